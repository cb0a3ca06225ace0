"""Credits as the HTTP shapes of credit notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.creditable import Billed, BilledLine
from services.billing.domain.credits import Credit, CreditLine
from services.billing.domain.payment_state import outstanding, overpaid, owed
from services.billing.domain.vat import VatTotal
from services.billing.queries import credit_notes, invoices
from services.billing.schemas.credits import (
    CreditedInvoiceOut,
    CreditLineOut,
    CreditNoteRef,
    CreditPreviewOut,
    ReferencesOut,
    RemainingEntryOut,
    RemainingLineOut,
    RemainingOut,
    RemainingRateOut,
)
from services.billing.schemas.invoices import EntryOut, VatLineOut
from shared.http.problems import not_found
from shared.money import as_money
from shared.words import InvoiceType


def remaining_out(billed: Billed) -> RemainingOut:
    currency = billed.currency
    return RemainingOut(
        invoice_id=billed.invoice_id,
        number=billed.number,
        currency=currency,
        to_pay=as_money(billed.to_pay, currency),
        credited=as_money(billed.credited, currency),
        left=as_money(billed.to_pay - billed.credited, currency),
        lines=[_remaining_line(billed, line) for line in billed.lines],
        rates=[
            RemainingRateOut(
                rate=vat.rate,
                category=vat.category,
                left=as_money(rate.net - rate.given_back - rate.credited_net, currency),
            )
            for vat, rate in billed.rates.items()
        ],
    )


def _remaining_line(billed: Billed, line: BilledLine) -> RemainingLineOut:
    entries: dict[UUID, list[Any]] = {}
    for share in line.standing:
        if share.entry_id is not None:
            entries.setdefault(share.entry_id, []).append(share)
    return RemainingLineOut(
        line=line.position,
        kind=line.kind,
        description=line.description,
        net=as_money(line.net, line.currency),
        credited=as_money(line.sign * line.credited, line.currency),
        left=as_money(billed.left_of(line), line.currency),
        vat_rate=line.vat.rate,
        entries=[
            RemainingEntryOut(entry_id=entry, left=as_money(line.left_of(shares), line.currency))
            for entry, shares in entries.items()
        ],
    )


async def preview_out(
    session: AsyncSession, parts: Sequence[tuple[Mapping[str, Any], Credit]], *, keep: bool = True
) -> CreditPreviewOut:
    """``keep``: nothing comes back."""
    rows = {row for _, credit in parts for row in credit.rows} if not keep else set()
    ids = {take.entry_id for _, c in parts for one in c.lines for take in one.takes if take.entry_id is not None}
    names = await invoices.names_of_entries(session, [row["id"] for row, _ in parts])
    back = {take.entry_id for _, c in parts for one in c.lines for take in one.takes if take.row_id in rows}
    currency = parts[0][0]["currency"]
    lines = [one for _, credit in parts for one in credit.lines]
    totals = [total for _, credit in parts for total in credit.rates]
    net, vat = sum((t.net for t in totals), Decimal(0)), sum((t.amount for t in totals), Decimal(0))
    return CreditPreviewOut(
        net=as_money(-net, currency),
        vat=as_money(-vat, currency),
        to_pay=as_money(-net - vat, currency),
        currency=currency,
        lines=[_line_out(position, one, names) for position, one in enumerate(lines, start=1)],
        vat_lines=_vat_lines(totals),
        invoices=[_credited_out(row, credit) for row, credit in parts],
        come_back=[_entry(entry, names) for entry in sorted(ids & back)],
    )


def _entry(entry: UUID, names: Mapping[UUID, str]) -> EntryOut:
    return EntryOut(entry_id=entry, name=names.get(entry, ""))


def _line_out(position: int, one: CreditLine, names: Mapping[UUID, str]) -> CreditLineOut:
    line = one.line
    entries = dict.fromkeys(take.entry_id for take in one.takes if take.entry_id is not None)
    return CreditLineOut(
        position=position,
        credits_line=one.credits.position,
        kind=line.kind,
        description=line.description,
        quantity=line.quantity,
        unit=line.unit,
        price=line.price,
        surcharge=line.surcharge,
        net=line.net,
        vat_rate=line.vat.rate,
        vat_category=line.vat.category,
        entries=[_entry(entry, names) for entry in entries],
    )


def _vat_lines(totals: Iterable[VatTotal]) -> list[VatLineOut]:
    sums: dict[Any, tuple[Decimal, Decimal]] = {}
    for total in totals:
        net, vat = sums.get(total.vat, (Decimal(0), Decimal(0)))
        sums[total.vat] = (net + total.net, vat + total.amount)
    return [
        VatLineOut(rate=vat.rate, category=vat.category, reason=None, vatex=None, net=-net + 0, vat=-amount + 0)
        for vat, (net, amount) in sorted(sums.items(), reverse=True)
    ]


def _credited_out(row: Mapping[str, Any], credit: Credit) -> CreditedInvoiceOut:
    to_pay, before, paid, currency = row["to_pay"], row["credited"], row["paid"], row["currency"]
    after = before + credit.to_pay
    amounts = {
        "credited": credit.to_pay,
        "owed": owed(to_pay, after),
        "outstanding": outstanding(to_pay, after, paid, row["written_off"]),
        "surplus": overpaid(to_pay, after, paid) - overpaid(to_pay, before, paid),
    }
    shown = {name: as_money(amount, currency) for name, amount in amounts.items()}
    return CreditedInvoiceOut(invoice_id=row["id"], number=row["number"], **shown)


async def references_out(session: AsyncSession, organisation: str, invoice_id: UUID) -> ReferencesOut:
    row = await invoices.find(session, organisation, invoice_id)
    if row is None:
        raise not_found("invoice", invoice_id)
    ask = credit_notes.credited_by if row["type"] == InvoiceType.CREDIT_NOTE else credit_notes.notes_of
    currency = row["currency"]
    items = [
        CreditNoteRef(
            invoice_id=one["id"],
            number=one["number"],
            issue_date=one["issue_date"],
            net=as_money(one["net"], currency),
            vat=as_money(one["vat"], currency),
        )
        for one in await ask(session, invoice_id)
    ]
    return ReferencesOut(items=items, currency=currency)
