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
from services.billing.api.shown_documents import document_out
from services.billing.domain.payment_state import is_overdue, outstanding, owed
from services.billing.handlers.fixing import with_reasons
from services.billing.queries import documents, emails, invoices, payments, preferences, vat_texts
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
InvoiceRow = Mapping[str, Any] | asyncpg.Record


async def invoice_out(session: AsyncSession, organisation: str, invoice_id: UUID, now: datetime) -> InvoiceOut:
    """The whole invoice. Raises ``not-found``."""
    row = await invoices.find(session, organisation, invoice_id)
    if row is None:
        raise not_found("invoice", invoice_id)
    return InvoiceOut(**await invoice_fields(session, row, now))


async def invoice_fields(session: AsyncSession, row: InvoiceRow, now: datetime) -> dict[str, Any]:
    """The fields of the invoice with this row."""
    organisation, invoice_id = row["organisation"], row["id"]
    lines = await invoices.lines(session, invoice_id)
    entries = await invoices.entries_of_lines(session, invoice_id)
    paid = await payments.listed(session, invoice_id)
    return dict(
        **_summary(row, now),
        lines=_lines(lines, entries, row["currency"]),
        vat_lines=[_vat_line(line) for line in await _vat_lines(session, row)],
        payments=[payment_out(payment) for payment in paid],
        documents=[document_out(made) for made in await documents.listed(session, organisation, invoice_id)],
        email=await emails.last_state(session, invoice_id),
        seller=row["seller"],
        buyer=row["buyer"],
        deal=await of_deal(session, invoice_id, row["origin"], row["currency"]),
        subscription=await of_subscription(session, invoice_id, row["origin"]),
        **{name: row[name] for name in _TEXTS},
        discount_percentage=row["discount_percentage"],
        discount_amount=_money(row["discount_amount"], row["currency"]),
        discount=as_money(row["discount"], row["currency"]),
    )


async def _vat_lines(session: AsyncSession, row: InvoiceRow) -> Sequence[Mapping[str, Any]]:
    """VAT per rate. Issued invoices say why none is charged as it was fixed, drafts as it would be now."""
    lines: Sequence[Mapping[str, Any]] = row["vat_lines"]
    if row["state"] != InvoiceState.DRAFT or all(Decimal(line["rate"]) > 0 or "reason" in line for line in lines):
        return lines
    wanted = await preferences.effective(session, row["organisation"], row["customer"], row["project"])
    language = row["language"] or wanted.language
    texts = await vat_texts.of_customer(session, row["organisation"], row["customer"], language)
    return with_reasons(lines, texts)


def summary_out(row: InvoiceRow, now: datetime) -> InvoiceSummary:
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
    "credits_invoice_id",
    "reason",
    "created_at",
    "version",
    "payment_reference",
)
_TEXTS = (
    "intro",
    "footer",
    "buyer_reference",
    "order_reference",
    "period_from",
    "period_until",
    "language",
    "wanted_series",
)


def _summary(row: InvoiceRow, now: datetime) -> dict[str, Any]:
    today = now.astimezone(zone(row["time_zone"])).date()
    to_pay, credited, paid = row["to_pay"], row["credited"], row["paid"]
    amounts = {
        "net": row["net"],
        "vat": row["vat"],
        "to_pay": to_pay,
        "paid": paid,
        "credited": credited,
        "owed": owed(to_pay, credited),
        "written_off": row["written_off"],
        "outstanding": outstanding(to_pay, credited, paid, row["written_off"]),
    }
    return {
        **{name: row[name] for name in _AS_IT_STANDS},
        "overdue": is_overdue(InvoiceState(row["state"]), row["due_date"], today) and amounts["outstanding"] > 0,
        **{name: as_money(amount, row["currency"]) for name, amount in amounts.items()},
    }


def _lines(lines: Sequence[Row], entries: Sequence[Row], currency: str) -> list[dict[str, Any]]:
    """What ``LineOut`` takes; as dictionaries, which pydantic makes into models quickly (there can be 13,000)."""
    billed: dict[UUID, dict[UUID, dict[str, Any]]] = {}
    for entry in entries:
        # An entry that was given back and billed anew can stand twice on a line.
        out = {"entry_id": entry["entry_id"], "name": entry["name"] or ""}
        billed.setdefault(entry["line_id"], {}).setdefault(entry["entry_id"], out)
    return [
        {
            **line,
            **{name: _money(line[name], currency) for name in _DISCOUNTS},
            "entries": billed.get(line["id"], {}).values(),
            "advance": _advance(line),
        }
        for line in lines
    ]


_DISCOUNTS = ("discount_amount", "discount", "invoice_discount")


def _advance(line: Row) -> AdvanceRef | None:
    if line["advance_id"] is None:
        return None
    return AdvanceRef(invoice_id=line["advance_id"], number=line["advance_number"])


def _money(amount: Decimal | None, currency: str) -> Decimal | None:
    return None if amount is None else as_money(amount, currency)


def _vat_line(line: Mapping[str, Any]) -> VatLineOut:
    return VatLineOut(
        rate=Decimal(line["rate"]),
        category=line["category"],
        reason=line.get("reason"),
        vatex=line.get("vatex"),
        net=Decimal(line["net"]),
        vat=Decimal(line["vat"]),
    )


def payment_out(payment: Payment) -> PaymentOut:
    return PaymentOut(
        id=payment.id,
        invoice_id=payment.invoice_id,
        kind=payment.kind,
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
