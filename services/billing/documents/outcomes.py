"""What is asked of the press, and what becomes of each document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.billing.documents.content import DocumentKind, InvoiceContent
from services.billing.documents.ubl.elements import clean


class DocumentState(StrEnum):
    WAITING = "waiting"
    MADE = "made"
    FAILED = "failed"
    NONE = "none"


class Reason(StrEnum):
    """Why there is no document. The first two with state none, the others with failed."""

    PERSON = "customer-is-a-person"
    UNREACHABLE = "no-e-invoices-in-this-country"
    NO_E_ADDRESS = "no-e-address"
    INVALID = "invalid-e-invoice"
    NOT_TYPESET = "not-typeset"
    DIED = "maker-died"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Order:
    """Documents to make of one invoice. ``e_invoice``: made before, to be attached to the PDF."""

    invoice_id: UUID
    content: InvoiceContent
    wanted: frozenset[DocumentKind]
    e_invoice: bytes | None = None


@dataclass(frozen=True, slots=True)
class Made:
    content: bytes


@dataclass(frozen=True, slots=True)
class NotMade:
    """``detail`` is for people; ``state`` is failed or none."""

    state: DocumentState
    reason: Reason
    detail: str


Outcome = Made | NotMade


@dataclass(frozen=True, slots=True)
class Result:
    invoice_id: UUID
    outcomes: Mapping[DocumentKind, Outcome]


def failed(reason: Reason, detail: str) -> NotMade:
    return NotMade(DocumentState.FAILED, reason, clean(detail)[:2000])


def all_failed(order_id: UUID, wanted: Iterable[DocumentKind], reason: Reason, detail: str) -> Result:
    """Nothing of what was wanted of an invoice could be made, for one reason."""
    return Result(order_id, dict.fromkeys(wanted, failed(reason, detail)))
