"""The content of a regular draft: from ledger rows and what the user chose, always in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.content import Content, Limits, regular_content
from services.billing.domain.discounts import Discount
from services.billing.domain.edits import (
    by_hand,
    carried_over,
    in_chosen_order,
    known_deductions,
    taxed_anew,
    with_known_deductions,
)
from services.billing.domain.lines import Grouping, Line, OpenRow, Style, make_lines
from services.billing.domain.preferences import Preferences
from services.billing.domain.vat import Vat, VatBasis
from services.billing.domain.way import Way
from services.billing.handlers import refusals
from services.billing.queries import advances, deduction_limits, draft_lines, issuing, preferences
from services.billing.queries.draft_lines import whole_discount_of
from services.billing.queries.invoicing import BilledAccount


@dataclass(frozen=True, slots=True)
class Kept:
    """What the user chose about a draft, and its lines as they were; nothing of it for a new draft.

    ``removed`` and ``added`` are ledger rows that the draft leaves out of, or takes beside, its selection.
    """

    lines: Sequence[Line] = ()
    deductions: Mapping[tuple[UUID, Vat], Line] = field(default_factory=dict)
    discount: Discount | None = None
    limits: Limits = field(default_factory=dict)
    language: str | None = None
    own_order: bool = False
    removed: frozenset[int] = frozenset()
    added: frozenset[int] = frozenset()

    @classmethod
    async def of(cls, session: AsyncSession, row: Mapping[str, Any]) -> Self:
        """What the draft with this row keeps."""
        lines = await draft_lines.load_lines(session, row["id"])
        return cls(
            lines=lines,
            deductions=known_deductions(lines, await issuing.deductions_of(session, row["id"])),
            discount=whole_discount_of(row),
            limits=await deduction_limits.limits_of(session, row["id"]),
            language=row["language"],
            own_order=row["own_order"],
            removed=frozenset(row["removed_rows"]),
            added=frozenset(row["added_rows"]),
        )

    def choose(self, rows: Sequence[OpenRow], beside: Sequence[OpenRow]) -> list[OpenRow]:
        """Of the ``rows`` that are selected those that were not removed, and those ``beside`` that were added."""
        chosen = {row.row_id: row for row in [*rows, *beside] if row.row_id not in self.removed}
        return list(chosen.values())


async def preferred(session: AsyncSession, account: BilledAccount) -> Preferences:
    return await preferences.effective(session, account.organisation, account.customer, account.project)


def name_on(account: BilledAccount, accounts: Sequence[BilledAccount]) -> str | None:
    """How lines and advances of an account are told apart, on an invoice of several (domain/lines.py)."""
    return None if len(accounts) == 1 else account.project or ""


async def lines_of(
    session: AsyncSession, accounts: Sequence[BilledAccount], rows: Mapping[UUID, Sequence[OpenRow]], kept: Kept
) -> list[Line]:
    """The lines of each account's ``rows``, as it prefers them, with what the user had changed about them."""
    lines: list[Line] = []
    for account in accounts:
        wanted = await preferred(session, account)
        with refusals.content_refused(account.basis.country):
            lines += make_lines(
                rows.get(account.id, ()),
                Grouping(wanted.grouping),
                account.basis,
                account.currency,
                Style(name_on(account, accounts), kept.language or wanted.language, wanted.details),
            )
    return carried_over(kept.lines, lines)


def with_standing(lines: Sequence[Line], kept: Kept, basis: VatBasis) -> list[Line]:
    """``lines``, then those by hand, taxed as the customer is now; or all of them as the user ordered them."""
    with refusals.content_refused(basis.country):
        everything = [*lines, *taxed_anew(by_hand(kept.lines), basis)]
    if not kept.own_order:
        return everything
    return in_chosen_order(everything, [line.id for line in kept.lines if line.id is not None])


async def regular(
    session: AsyncSession, accounts: Sequence[BilledAccount], lines: Sequence[Line], *, way: Way, kept: Kept
) -> Content:
    """What a regular invoice of these lines comes to: discounts, and open advances deducted of it.

    Of several accounts each settles its own advances from its own lines, if it prefers that.
    """
    first = accounts[0]
    deducting = {
        name_on(account, accounts)
        for account in accounts
        if way.deducts_advances((await preferred(session, account)).deduct_advances)
    }
    found = await advances.open_advances(session, [one.id for one in accounts]) if deducting else []
    project = first.project if len(accounts) == 1 else None
    overall = await preferences.effective(session, first.organisation, first.customer, project)
    with refusals.content_refused(first.basis.country):
        content = regular_content(
            lines,
            [advance for advance in found if advance.project in deducting],
            first.currency,
            discount=kept.discount,
            limits=kept.limits,
            language=kept.language or overall.language,
        )
    return with_known_deductions(content, kept.deductions)
