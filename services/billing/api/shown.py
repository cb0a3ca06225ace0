"""Rows as the HTTP shapes of invoices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.api.origins import of_deal, of_subscription
from services.billing.domain.payment_state import is_overdue, outstanding, owed
from services.billing.domain.vat import REASONS, VatCategory
from services.billing.queries import invoices, payments
from services.billing.queries.payments import Payment
from services.billing.schemas.invoices import (
    AdvanceRef,
    InvoiceOut,
    InvoiceSummary,
    OpenAdvanceOut,
    PaymentOut,
    VatLineOut,
)
from shared.clock import zone
from shared.http.problems import not_found
from shared.money import as_money
from shared.words import InvoiceState

Row = asyncpg.Record


async def invoice_out(session: AsyncSession, organisation: str, invoice_id: UUID, now: datetime) -> InvoiceOut:
    """The whole invoice. Raises ``not-found``."""
    row = await invoices.find(session, organisation, invoice_id)
    if row is None:
        raise not_found("invoice", invoice_id)
    lines = await invoices.lines(session, invoice_id)
    entries = await invoices.entries_of_lines(session, invoice_id)
    paid = await payments.listed(session, invoice_id)
    return InvoiceOut(
        **_summary(row, now),
        lines=_lines(lines, entries),
        vat_lines=[_vat_line(line) for line in row["vat_lines"]],
        payments=[payment_out(payment) for payment in paid],
        seller=row["seller"],
        buyer=row["buyer"],
        deal=await of_deal(session, invoice_id, row["origin"], row["currency"]),
        subscription=await of_subscription(session, invoice_id, row["origin"]),
    )


def summary_out(row: Row, now: datetime) -> InvoiceSummary:
    return InvoiceSummary(**_summary(row, now))


_AS_IT_STANDS = (
    "id",
    "type",
    "origin",
    "state",
    "number",
    "series",
    "fiscal_year",
    "sequence",
    "issue_date",
    "due_date",
    "customer",
    "project",
    "currency",
    "outdated",
    "created_at",
)


def _summary(row: Row, now: datetime) -> dict[str, Any]:
    today = now.astimezone(zone(row["time_zone"])).date()
    to_pay, credited, paid = row["to_pay"], row["credited"], row["paid"]
    amounts = {
        "net": row["net"],
        "vat": row["vat"],
        "to_pay": to_pay,
        "paid": paid,
        "credited": credited,
        "owed": owed(to_pay, credited),
        "outstanding": outstanding(to_pay, credited, paid),
    }
    return {
        **{name: row[name] for name in _AS_IT_STANDS},
        "overdue": is_overdue(InvoiceState(row["state"]), row["due_date"], today),
        **{name: as_money(amount, row["currency"]) for name, amount in amounts.items()},
    }


def _lines(lines: Sequence[Row], entries: Sequence[Row]) -> list[dict[str, Any]]:
    """What ``LineOut`` takes; as dictionaries, which pydantic makes into models quickly (there can be 13,000)."""
    billed: dict[UUID, dict[UUID, dict[str, Any]]] = {}
    for entry in entries:
        # An entry that was given back and billed anew can stand twice on a line.
        out = {"entry_id": entry["entry_id"], "name": entry["name"] or ""}
        billed.setdefault(entry["line_id"], {}).setdefault(entry["entry_id"], out)
    return [{**line, "entries": billed.get(line["id"], {}).values(), "advance": _advance(line)} for line in lines]


def _advance(line: Row) -> AdvanceRef | None:
    if line["advance_id"] is None:
        return None
    return AdvanceRef(invoice_id=line["advance_id"], number=line["advance_number"])


def _vat_line(line: Mapping[str, str]) -> VatLineOut:
    return VatLineOut(
        rate=Decimal(line["rate"]),
        category=line["category"],
        reason=REASONS.get(VatCategory(line["category"])),
        net=Decimal(line["net"]),
        vat=Decimal(line["vat"]),
    )


def payment_out(payment: Payment) -> PaymentOut:
    return PaymentOut(
        id=payment.id,
        invoice_id=payment.invoice_id,
        reference=payment.reference,
        amount=as_money(payment.amount, payment.currency),
        currency=payment.currency,
        paid_on=payment.paid_on,
    )


def open_advance_out(row: Row, currency: str) -> OpenAdvanceOut:
    return OpenAdvanceOut(
        invoice_id=row["invoice_id"],
        number=row["number"],
        issue_date=row["issue_date"],
        vat_rate=row["vat_rate"],
        net=as_money(row["net"], currency),
        open=as_money(row["open"], currency),
    )
