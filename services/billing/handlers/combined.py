"""One regular invoice for several accounts of a customer: its projects, and its work without project.

Each project's lines stand together, grouped as that project prefers, and each project settles its own advances from
the value of its own lines. What an account does not propose any more is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.content import Content, regular_content
from services.billing.domain.lines import Grouping, Line, OpenRow, make_lines
from services.billing.domain.proposals import is_proposed
from services.billing.domain.settlement import OpenAdvance
from services.billing.domain.way import Selection, Way
from services.billing.handlers import refusals
from services.billing.queries import advances, drafts, open_rows, preferences
from services.billing.queries.invoicing import BilledAccount
from shared.ids import new_id
from shared.words import InvoiceType


async def draft_combined(
    session: AsyncSession, accounts: Sequence[BilledAccount], selection: Selection, by: str
) -> UUID:
    """A draft of what is open on these locked accounts of one customer; its id. Raises ``nothing-to-invoice``."""
    first = accounts[0]
    made = await content(session, accounts, selection)
    draft = drafts.Draft(
        id=new_id(),
        organisation=first.organisation,
        type=InvoiceType.REGULAR,
        origin=selection.way.origin,
        customer=first.customer,
        project=None,
        currency=first.currency,
        selection=selection.document(),
        basis=first.basis,
        created_by=by,
    )
    await drafts.insert_draft(session, draft, [account.id for account in accounts], made)
    return draft.id


async def content(session: AsyncSession, accounts: Sequence[BilledAccount], selection: Selection) -> Content:
    """What an invoice of these accounts says; those that are not proposed are left out of one from the list."""
    lines: list[Line] = []
    deducting: set[str] = set()
    first = accounts[0]
    with refusals.content_refused(first.basis.country):
        for account in accounts:
            wanted = await preferences.effective(session, account.organisation, account.customer, account.project)
            rows = await _rows(session, account, selection)
            name = account.project or ""
            lines += make_lines(rows, Grouping(wanted.grouping), account.basis, account.currency, name)
            if selection.way.deducts_advances(wanted.deduct_advances):
                deducting.add(name)
        if not lines:
            raise refusals.nothing_to_invoice(
                "None of this is proposed: nothing is unbilled and free, or open advances cover it."
            )
        overall = await preferences.effective(session, first.organisation, first.customer, None)
        open_advances = await _advances(session, accounts, deducting)
        return regular_content(lines, open_advances, first.currency, language=overall.language)


async def _rows(session: AsyncSession, account: BilledAccount, selection: Selection) -> list[OpenRow]:
    if selection.way is Way.TIMETRACKING:
        open_parts = await open_rows.open_parts(session, account.id, selection.up_to)
        if not is_proposed(open_parts, Decimal(0), account.advance_open, account.currency):
            return []
    return await open_rows.load_open_rows(session, account.id, selection.up_to, selection.phases)


async def _advances(
    session: AsyncSession, accounts: Sequence[BilledAccount], deducting: set[str]
) -> list[OpenAdvance]:
    found = await advances.open_advances(session, [account.id for account in accounts])
    return [advance for advance in found if advance.project in deducting]
