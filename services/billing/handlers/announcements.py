"""Events about invoices, for timesheets, work orders and other systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal, Self, cast
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.queries.placing import Place
from shared.contracts.billing import BilledEntry, InvoiceCredited, InvoiceIssued, InvoicePaid
from shared.messaging.outbox import publish
from shared.words import InvoiceOrigin, InvoiceState, InvoiceType

PaidHow = Literal["payment", "customer credit", "write-off"]
#: Entries in one event (shared/contracts/billing.py).
_PART: Final = 1000
#: Thousands at a time.
_ENTRIES: Final = TypeAdapter(tuple[BilledEntry, ...])


@dataclass(frozen=True, slots=True)
class Placed:
    """On which invoice an entry is now (``invoice_id`` None: on none). ``number`` None: on the one being issued.

    ``net``: what issued invoices bill of it in all.
    """

    entry_id: UUID
    sequence: int
    invoice_id: UUID | None
    number: str | None
    work_order_id: UUID | None
    net: Decimal

    @classmethod
    def at(cls, place: Place, net: Decimal) -> Self:
        return cls(place.entry_id, place.sequence, place.invoice_id, place.number, place.work_order_id, net)


@dataclass(frozen=True, slots=True)
class Announced:
    """What every event about an invoice says of it."""

    organisation: str
    invoice_id: UUID
    number: str
    invoice_type: InvoiceType
    origin: InvoiceOrigin
    customer: str
    project: str | None
    issue_date: date
    due_date: date
    currency: str
    net: Decimal
    vat: Decimal
    to_pay: Decimal

    @classmethod
    def of(cls, row: Mapping[str, Any], number: str, issue_date: date, due_date: date) -> Self:
        """Of an invoice's row; number and dates apart, because a draft that is being issued has them not yet."""
        return cls(
            organisation=row["organisation"],
            invoice_id=row["id"],
            number=number,
            invoice_type=InvoiceType(row["type"]),
            origin=InvoiceOrigin(row["origin"]),
            customer=row["customer"],
            project=row["project"],
            issue_date=issue_date,
            due_date=due_date,
            currency=row["currency"],
            net=row["net"],
            vat=row["vat"],
            to_pay=row["to_pay"],
        )

    @classmethod
    def issued(cls, row: Mapping[str, Any]) -> Self:
        """Of an issued invoice's row."""
        return cls.of(row, row["number"], row["issue_date"], row["due_date"])


@dataclass(frozen=True, slots=True)
class CreditedBy:
    """A credit note; ``credited`` by it and ``total`` by all of them, VAT included; the invoice's state after it."""

    credit_note_id: UUID
    number: str
    credited: Decimal
    total: Decimal
    state: str


async def publish_issued(session: AsyncSession, invoice: Announced, placed: Sequence[Placed], at: datetime) -> None:
    """``InvoiceIssued``, with its entries in parts of at most 1,000. The invoice's row is locked."""
    parts = _parts(invoice, placed)
    events = [
        InvoiceIssued(**asdict(invoice), at=at, part=part, parts=len(parts), entries=chunk)
        for part, chunk in enumerate(parts, start=1)
    ]
    await publish(session, events)


async def publish_credited(
    session: AsyncSession, invoice: Announced, by: CreditedBy, placed: Sequence[Placed], at: datetime
) -> None:
    """``InvoiceCredited`` of the invoice that a credit note credits, with its entries as they stand now."""
    parts = _parts(invoice, placed)
    state = cast("Literal['issued', 'partly_paid', 'paid', 'credited']", by.state)
    events = [
        InvoiceCredited(
            **asdict(invoice),
            at=at,
            part=part,
            parts=len(parts),
            entries=chunk,
            credit_note_id=by.credit_note_id,
            credit_note_number=by.number,
            credited=by.credited,
            credited_total=by.total,
            state=state,
        )
        for part, chunk in enumerate(parts, start=1)
    ]
    await publish(session, events)


def _parts(invoice: Announced, placed: Sequence[Placed]) -> list[tuple[BilledEntry, ...]]:
    """At least one, also of an invoice without entries."""
    entries = _ENTRIES.validate_python([_billed(entry, invoice) for entry in placed])
    return [entries[start : start + _PART] for start in range(0, len(entries), _PART)] or [()]


def _billed(entry: Placed, invoice: Announced) -> dict[str, Any]:
    number = invoice.number if entry.invoice_id == invoice.invoice_id else entry.number
    return {
        "entry_id": entry.entry_id,
        "sequence": entry.sequence,
        "invoice_id": entry.invoice_id,
        "invoice_number": number,
        "work_order_id": entry.work_order_id,
        "net": entry.net,
    }


async def publish_paid(
    session: AsyncSession,
    invoice: Announced,
    *,
    reference: str,
    amount: Decimal,
    paid_total: Decimal,
    state: InvoiceState,
    at: datetime,
    how: PaidHow = "payment",
) -> None:
    """``InvoicePaid``: a payment was booked, or what counts like one. The invoice's row is locked."""
    after = cast("Literal['partly_paid', 'paid', 'credited']", state.value)
    event = InvoicePaid(
        **asdict(invoice), at=at, reference=reference, amount=amount, paid_total=paid_total, state=after, how=how
    )
    await publish(session, [event])
