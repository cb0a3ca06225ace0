"""What a credit note changes: written, booked, numbered and announced. The accounts and invoices are locked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.credits import Credit
from services.billing.domain.payment_state import overpaid, state_after
from services.billing.domain.terms import CASH
from services.billing.domain.vat import Vat, VatTotal
from services.billing.handlers import announcements, given_back, refusals
from services.billing.handlers.customer_credit import keep_surplus
from services.billing.handlers.dates import issue_date
from services.billing.handlers.numbering import series_for, take_number
from services.billing.queries import (
    accounts,
    credit_notes,
    invoices,
    invoicing,
    issuing,
    placing,
    preferences,
    releasing,
)
from services.billing.queries.billed_nets import billed_nets
from services.billing.queries.credit_notes import Note, Written
from services.billing.queries.outdated import mark_outdated
from shared.ids import new_id
from shared.words import InvoiceState, InvoiceType


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A credit note to be issued.

    ``credits``: rows of the invoices that it credits, with what of each. ``like``: the one whose parties it names.
    ``instead``: of what is given back, the reversal's row (and its parts) that it takes for each row that was billed.
    """

    organisation: str
    customer: str
    project: str | None
    like: Mapping[str, Any]
    credits_invoice_id: UUID | None
    credits: Sequence[tuple[Mapping[str, Any], Credit]]
    keep: bool = False
    refund: bool = False
    reason: str | None = None
    issue_date: date | None = None
    instead: Mapping[int, tuple[int, Decimal]] = field(default_factory=dict)

    @property
    def touched(self) -> set[int]:
        """Ledger rows of which it undoes something."""
        return {row for _, credit in self.credits for row in credit.touched}


async def book(session: AsyncSession, asked: CreditNote, by: str, now: datetime) -> UUID:
    """Issue it; its id."""
    time_zone = await invoicing.time_zone_of(session, asked.organisation)
    issued = issue_date(asked.issue_date, now, time_zone or "UTC")
    for row, _ in asked.credits:
        if issued < row["issue_date"]:
            raise refusals.before_what_it_credits(issued, row["number"], row["issue_date"])
    note = Note(
        id=new_id(),
        organisation=asked.organisation,
        customer=asked.customer,
        project=asked.project,
        currency=asked.like["currency"],
        like=asked.like,
        invoices=[row for row, _ in asked.credits],
        credits_invoice_id=asked.credits_invoice_id,
        selection={"keep_entries_billed": asked.keep},
        rates=_rates([credit for _, credit in asked.credits]),
        reason=asked.reason,
        by=by,
    )
    await _write(session, asked, note, now, issued)
    for row, credit in asked.credits:
        await _settle(session, note, row, credit, refund=asked.refund, by=by, now=now)
    entries = await _place(session, asked)
    await _number(session, note, by, now, issued)
    await _announce(session, asked, note, entries, now)
    return note.id


def _rates(parts: Sequence[Credit]) -> list[VatTotal]:
    """The sums of a credit note per VAT rate, highest first."""
    nets: dict[Vat, Decimal] = {}
    amounts: dict[Vat, Decimal] = {}
    for total in (total for credit in parts for total in credit.rates):
        nets[total.vat] = nets.get(total.vat, Decimal(0)) + total.net
        amounts[total.vat] = amounts.get(total.vat, Decimal(0)) + total.amount
    return [VatTotal(vat, nets[vat], amounts[vat]) for vat in sorted(nets, reverse=True)]


async def _write(session: AsyncSession, asked: CreditNote, note: Note, now: datetime, issued: date) -> None:
    """The credit note, the facts of what it undoes, the ledger and the advances."""
    written = await credit_notes.insert_note(session, note, [line for _, c in asked.credits for line in c.lines])
    await credit_notes.link_accounts(session, note, [row["id"] for row, _ in asked.credits])
    if asked.instead:
        await credit_notes.write_given_back(session, note, written, asked.instead)
    else:
        await credit_notes.write_shares(session, note, written)
    parted = _parted(asked, written)
    await credit_notes.write_credits(session, note, parted)
    for credit, _ in parted:
        await credit_notes.reopen_advances(session, credit.lines)
        if credit.billed.open is not None:
            await credit_notes.credit_advance(session, credit.billed.invoice_id, credit.rates)
            outdated = await credit_notes.drafts_that_deduct_more(session, credit.billed.invoice_id)
            await mark_outdated(session, outdated)
    if asked.instead:
        await issuing.claim_shares(session, note.id)
        await issuing.bill_claimed_rows(session, note.id, issued, now)
    else:
        await _release(session, asked, note, written, now)


def _parted(asked: CreditNote, written: Sequence[Written]) -> list[tuple[Credit, Sequence[Written]]]:
    """The lines as they were written, by the invoice that they credit."""
    parted, start = [], 0
    for _, credit in asked.credits:
        parted.append((credit, written[start : start + len(credit.lines)]))
        start += len(credit.lines)
    return parted


async def _release(
    session: AsyncSession, asked: CreditNote, note: Note, written: Sequence[Written], now: datetime
) -> None:
    """Put back what nothing is left of, unless it is to stay billed; what was taken back meanwhile goes out again."""
    gone = {row for _, credit in asked.credits for row in credit.rows}
    await mark_outdated(session, await releasing.drafts_that_give_back(session, asked.touched - gone))
    coming = await releasing.taken_back_meanwhile(session, gone) if asked.keep else gone
    if coming:
        released = await releasing.release(session, coming, note.id, now)
        await accounts.add_to_balances(session, releasing.sums(released))
        await releasing.net_with_reversals(session, [row["id"] for row in released])
        await given_back.undo(session, note, written, coming)


async def _settle(
    session: AsyncSession,
    note: Note,
    row: Mapping[str, Any],
    credit: Credit,
    *,
    refund: bool,
    by: str,
    now: datetime,
) -> None:
    """Less is owed of the invoice; what is too much paid now is kept for the customer, or goes back to it."""
    to_pay, before, paid = row["to_pay"], row["credited"], row["paid"]
    credited = before + credit.to_pay
    state = state_after(to_pay, credited, paid, row["written_off"], everything_credited=credit.everything)
    await credit_notes.book_credited(session, row["id"], credited, state)
    surplus = overpaid(to_pay, credited, paid) - overpaid(to_pay, before, paid)
    if surplus > 0:
        await keep_surplus(session, row, note.id, surplus, refund=refund, by=by, now=now)


async def _place(session: AsyncSession, asked: CreditNote) -> dict[UUID, announcements.Placed]:
    """Where the entries are now of which something was undone."""
    entries = {
        take.entry_id
        for _, credit in asked.credits
        for line in credit.lines
        for take in line.takes
        if take.entry_id is not None
    }
    if not entries:
        return {}
    placed = await placing.place(session, asked.organisation, entries)
    nets = await billed_nets(session, asked.organisation, entries)
    return {place.entry_id: announcements.Placed.at(place, nets.get(place.entry_id, Decimal(0))) for place in placed}


async def _number(session: AsyncSession, note: Note, by: str, now: datetime, issued: date) -> None:
    """Parties, language and texts are those of the invoice that it credits; its number is of a series of its own."""
    wanted = await preferences.effective(session, note.organisation, note.customer, note.project)
    series = series_for(InvoiceType.CREDIT_NOTE, None, wanted)
    number = await take_number(session, note.organisation, series, issued)
    like = note.like
    given = issuing.Issue(
        state=InvoiceState.ISSUED,
        series=number.series,
        fiscal_year=number.fiscal_year,
        sequence=number.sequence,
        number=number.text,
        issue_date=issued,
        due_date=issued,
        payment_term=CASH,
        seller=like["seller"],
        buyer=like["buyer"],
        issued_at=now,
        issued_by=by,
        language=like["language"],
        footer=like["footer"],
        buyer_reference=like["buyer_reference"],
        order_reference=like["order_reference"],
        period_from=like["period_from"],
        period_until=like["period_until"],
        vat_lines=await _with_reasons(session, note),
    )
    await issuing.write_issue(session, note.organisation, note.id, given)


async def _with_reasons(session: AsyncSession, note: Note) -> list[dict[str, Any]]:
    """The VAT of the note, with why none is charged as the invoice that it credits says it."""
    said = {line["category"]: (line.get("reason"), line.get("vatex")) for line in note.like["vat_lines"]}
    own = await invoices.find(session, note.organisation, note.id)
    assert own is not None, "it was written just now"
    nothing = (None, None)
    return [
        {**line, **dict(zip(("reason", "vatex"), said.get(line["category"], nothing), strict=True))}
        for line in own["vat_lines"]
    ]


async def _announce(
    session: AsyncSession,
    asked: CreditNote,
    note: Note,
    entries: Mapping[UUID, announcements.Placed],
    now: datetime,
) -> None:
    """The credit note is issued; each invoice that it credits is credited, with its entries."""
    own = await invoices.find(session, note.organisation, note.id)
    assert own is not None, "it was written just now"
    await announcements.publish_issued(session, announcements.Announced.issued(dict(own)), [], now)
    for row, credit in asked.credits:
        invoice = await invoices.find(session, note.organisation, row["id"])
        assert invoice is not None, "it is locked"
        ids = {take.entry_id for line in credit.lines for take in line.takes if take.entry_id is not None}
        await announcements.publish_credited(
            session,
            announcements.Announced.issued(dict(invoice)),
            announcements.CreditedBy(note.id, own["number"], credit.to_pay, invoice["credited"], invoice["state"]),
            [entries[entry] for entry in sorted(ids)],
            now,
        )
