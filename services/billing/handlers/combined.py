"""One regular invoice for several accounts of a customer: its projects, and its work without project.

Each project's lines stand together, grouped as that project prefers, and each project settles its own advances from
the value of its own lines. What an account does not propose any more is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.content import Content
from services.billing.domain.lines import OpenRow
from services.billing.domain.proposals import is_proposed
from services.billing.domain.way import Selection, Way
from services.billing.handlers import refusals
from services.billing.handlers.composing import Kept, lines_of, regular, with_standing
from services.billing.queries import drafts, open_rows
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


async def content(
    session: AsyncSession, accounts: Sequence[BilledAccount], selection: Selection, kept: Kept | None = None
) -> Content:
    """What an invoice of these accounts says; those that are not proposed are left out of one from the list."""
    kept = kept or Kept()
    ids = [account.id for account in accounts]
    rows: dict[UUID, Sequence[OpenRow]] = {}
    for account in accounts:
        beside = await open_rows.load_these(session, [account.id], kept.added) if kept.added else []
        rows[account.id] = kept.choose(await _rows(session, account, selection), beside)
    if not any(rows[one] for one in ids):
        raise refusals.nothing_to_invoice(
            "None of this is proposed: nothing is unbilled and free, or open advances cover it."
        )
    lines = with_standing(await lines_of(session, accounts, rows, kept), kept, accounts[0].basis)
    return await regular(session, accounts, lines, way=selection.way, kept=kept)


async def _rows(session: AsyncSession, account: BilledAccount, selection: Selection) -> list[OpenRow]:
    if selection.way is Way.TIMETRACKING:
        open_parts = await open_rows.open_parts(session, account.id, selection.up_to)
        if not is_proposed(open_parts, Decimal(0), account.advance_open, account.currency):
            return []
    return await open_rows.load_open_rows(session, account.id, selection.up_to, selection.phases)
