"""A regular invoice that gives back what was reversed: so much less is left to credit where it was billed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.creditable import BilledLine, BilledShare
from services.billing.queries import creditable, giving_back
from services.billing.queries.credit_notes import Note, Written


async def note(session: AsyncSession, organisation: str, invoice_id: UUID) -> None:
    """Of an invoice that is being issued: what its lines give back counts as undone where it was billed."""
    lines_of = await giving_back.reversals_of(session, invoice_id)
    origins = await creditable.origins(session, lines_of)
    for row in await creditable.billing_invoices(session, organisation, list(origins), lock=False):
        billed = await creditable.load_billed(session, row)
        backs = origins[row["id"]]
        facts = giving_back.Facts(organisation, billed.invoice_id, invoice_id)
        for line in billed.lines:
            _take(line, {origin: lines_of[back] for origin, back in backs.items()}, facts)
        await giving_back.write(session, facts)


def _take(line: BilledLine, lines_of: Mapping[int, UUID], facts: giving_back.Facts) -> None:
    """Everything that is left of the rows of one line, by the line that gives it back."""
    groups: dict[UUID, list[BilledShare]] = {}
    for share in line.standing:
        if share.row_id in lines_of:
            groups.setdefault(lines_of[share.row_id], []).append(share)
    for credit_line, shares in groups.items():
        amount, takes = line.take_all(shares)
        facts.add(credit_line, line.id, line.sign * amount)
        for take in takes:
            facts.add_share(credit_line, line.id, take.row_id, take.amount, whole=1)


async def undo(session: AsyncSession, note: Note, written: Sequence[Written], rows: Iterable[int]) -> None:
    """Of rows that come back and gave something back: that is to be given back again, and can be credited again."""
    lines_of = {take.row_id: one.id for one in written for take in one.line.takes}
    for invoice, undone in (await giving_back.given_back_by(session, rows)).items():
        (row,) = await creditable.billing_invoices(session, note.organisation, [invoice], lock=False)
        billed = await creditable.load_billed(session, row)
        facts = giving_back.Facts(note.organisation, invoice, note.id)
        for line in billed.lines:
            _restore(line, [one for one in undone if one.line_id == line.id], lines_of, facts)
        await giving_back.write(session, facts)


def _restore(
    line: BilledLine, undone: Sequence[giving_back.GivenBack], lines_of: Mapping[int, UUID], facts: giving_back.Facts
) -> None:
    groups: dict[UUID, dict[int, Decimal]] = {}
    for one in undone:
        groups.setdefault(lines_of[one.reversal_id], {})[one.row_id] = one.amount
    for credit_line, taken in groups.items():
        facts.add(credit_line, line.id, -line.sign * line.restore(taken))
        for row_id, amount in taken.items():
            facts.add_share(credit_line, line.id, row_id, -amount, whole=-1)
