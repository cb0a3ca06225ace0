"""What the documents of an invoice say: plain values, which go to the process that makes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from shared.words import InvoiceType


class DocumentKind(StrEnum):
    PDF = "pdf"
    E_INVOICE = "e-invoice"


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer as copied when the invoice was issued; empty texts are None."""

    name: str
    country: str
    legal_name: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    code: str | None = None
    vat_id: str | None = None
    registration_number: str | None = None
    email: str | None = None
    iban: str | None = None
    bic: str | None = None
    kind: str = "business"

    @property
    def official_name(self) -> str:
        return self.legal_name or self.name

    def identifiers(self) -> dict[str, Any]:
        """What domain/e_address.py looks at."""
        return {
            "country": self.country,
            "vat_id": self.vat_id,
            "registration_number": self.registration_number,
        }


@dataclass(frozen=True, slots=True)
class Reference:
    """Another invoice that this one refers to."""

    number: str
    issue_date: date


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """What the customer wants to see of an entry of a line. ``quantity`` has the line's unit; ``clock`` is local."""

    quantity: Decimal
    day: date | None = None
    clock: str | None = None
    #: Employee, work order, hour type, phase, notes: those that are wanted.
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A line of the invoice. ``minutes`` is the exact time behind a quantity of hours, where there is one.

    ``net`` = quantity × price − discount, rounded, as the invoice has it; in a credit note it is negative.
    ``project``: its name, on an invoice of several projects.
    """

    position: int
    kind: str
    description: str
    quantity: Decimal
    unit: str
    price: Decimal
    net: Decimal
    vat_rate: Decimal
    vat_category: str
    discount: Decimal = Decimal(0)
    minutes: Decimal | None = None
    phase: str | None = None
    day: date | None = None
    advance: Reference | None = None
    project: str | None = None
    details: tuple[EntryDetail, ...] = ()


@dataclass(frozen=True, slots=True)
class VatLine:
    """VAT of one rate. ``reason``: own words why none is charged; ``code``: the same as VATEX code."""

    rate: Decimal
    category: str
    net: Decimal
    vat: Decimal
    reason: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class SpecifiedEntry:
    """An entry in the time specification. ``clock``: when it began, local time; ``minutes`` as billed."""

    day: date
    employee: str | None
    clock: str | None
    minutes: Decimal
    description: str
    phase: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceContent:
    """All that an invoice says. ``number`` and ``due_date`` are None in the preview of a draft."""

    type: InvoiceType
    number: str | None
    issue_date: date
    due_date: date | None
    payment_term: str
    language: str
    currency: str
    seller: Party
    buyer: Party
    net: Decimal
    vat: Decimal
    to_pay: Decimal
    lines: tuple[DocumentLine, ...]
    vat_lines: tuple[VatLine, ...]
    entries: tuple[SpecifiedEntry, ...] = ()
    credits: tuple[Reference, ...] = ()
    project: str | None = None
    project_name: str | None = None
    #: When what is billed was done or delivered.
    period_from: date | None = None
    period_until: date | None = None
    #: What the customer wants to see on its invoices, and the number of its order.
    reference: str | None = None
    order_reference: str | None = None
    payment_reference: str | None = None
    intro: str | None = None
    #: Why a credit note was made, in the user's words.
    reason: str | None = None
    footer: str | None = None
    logo: Logo | None = None
    phase_names: dict[str, str] = field(default_factory=dict)

    @property
    def is_credit_note(self) -> bool:
        return self.type is InvoiceType.CREDIT_NOTE


@dataclass(frozen=True, slots=True)
class Logo:
    """``format``: png, jpg or svg; checked by documents/logo.py."""

    format: str
    content: bytes
