"""Making the documents of one invoice after the other: the e-invoice, its validation, the PDF with it attached.

The typesetter and the compiled rules are made once in a process and used for all (``make`` is not for two threads).
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from services.billing.documents.content import DocumentKind, InvoiceContent
from services.billing.documents.outcomes import DocumentState, Made, NotMade, Order, Outcome, Reason, Result, failed
from services.billing.documents.pdf.typesetter import NotTypesetError, Typesetter
from services.billing.documents.ubl import e_invoice
from services.billing.documents.ubl.parties import NoEAddressError
from services.billing.documents.validation import Rules
from services.billing.domain.e_address import e_address, has_e_addresses

#: ``ru_maxrss`` counts kibibytes, on macOS bytes.
_MAXRSS_UNIT: Final = 1 if sys.platform == "darwin" else 1024


_Step = Callable[[InvoiceContent, bytes | None], Outcome]


@cache
def typesetter() -> Typesetter:
    return Typesetter()


@cache
def rules() -> Rules:
    return Rules()


def make(order: Order) -> Result:
    """All that is wanted of an invoice. What goes wrong with one document says so and hinders nothing else."""
    outcomes: dict[DocumentKind, Outcome] = {}
    attached = order.e_invoice
    if DocumentKind.E_INVOICE in order.wanted:
        outcome = outcomes[DocumentKind.E_INVOICE] = _guarded(_e_invoice, order.content, None)
        attached = outcome.content if isinstance(outcome, Made) else None
    if DocumentKind.PDF in order.wanted:
        outcomes[DocumentKind.PDF] = _guarded(_pdf, order.content, attached)
    return Result(order.invoice_id, outcomes)


def make_all(orders: Sequence[Order]) -> tuple[list[Result], int]:
    """The results, and the most memory that this process has used, in bytes."""
    results = [make(order) for order in orders]
    return results, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT


def why_none(content: InvoiceContent) -> NotMade | None:
    """Why an invoice has no e-invoice; None where it has one."""
    buyer = content.buyer
    if buyer.kind == "person":
        return NotMade(DocumentState.NONE, Reason.PERSON, "A person gets a PDF only.")
    if e_address(buyer.identifiers()) is None and not has_e_addresses(buyer.country):
        detail = f"Businesses of {buyer.country} have no electronic address that is known here."
        return NotMade(DocumentState.NONE, Reason.UNREACHABLE, detail)
    return None


def _e_invoice(content: InvoiceContent, _: bytes | None) -> Outcome:
    if (none := why_none(content)) is not None:
        return none
    try:
        document = e_invoice(content)
    except NoEAddressError as error:
        detail = f"{error} has no registration number or VAT id that makes an electronic address."
        return failed(Reason.NO_E_ADDRESS, detail)
    broken = rules().broken(document)
    return failed(Reason.INVALID, "\n".join(broken)) if broken else Made(document)


def _pdf(content: InvoiceContent, attached: bytes | None) -> Outcome:
    try:
        return Made(typesetter().pdf(content, attached))
    except NotTypesetError as error:
        return failed(Reason.NOT_TYPESET, str(error))


def _guarded(step: _Step, content: InvoiceContent, attached: bytes | None) -> Outcome:
    try:
        return step(content, attached)
    except Exception as error:  # a mistake of ours: it is told, and the other documents are made
        return failed(Reason.ERROR, f"{type(error).__name__}: {error}")
