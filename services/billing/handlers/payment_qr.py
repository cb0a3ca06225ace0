"""The QR code that a banking app reads to pay an invoice (EPC069-12, "SEPA credit transfer")."""

from __future__ import annotations

import io
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from segno import QRCode, helpers

from services.billing.domain.payment_state import outstanding
from shared.http.problems import conflict, register_problems
from shared.words import InvoiceState, InvoiceType

#: What the payload has room for (EPC069-12).
_LONGEST_NAME: Final = 70
_MOST: Final = Decimal("999999999.99")
#: Points of a module, so that it can be read from paper.
_SCALE: Final = 5

register_problems({"no-payment-qr": "The invoice has no payment QR code"})


def payment_qr(invoice: Mapping[str, Any]) -> QRCode:
    """The code for what is still owed on an issued invoice. Raises ``no-payment-qr``, saying why."""
    seller, owed = _payable(invoice)
    reference: str = invoice["payment_reference"] or invoice["number"]
    structured = reference.startswith("RF")
    return helpers.make_epc_qr(
        name=(seller.get("legal_name") or seller["name"])[:_LONGEST_NAME],
        iban=seller["iban"],
        amount=owed,
        reference=reference if structured else None,
        text=None if structured else reference,
        bic=seller.get("bic"),
    )


def _payable(invoice: Mapping[str, Any]) -> tuple[Mapping[str, Any], Decimal]:
    if invoice["state"] == InvoiceState.DRAFT:
        raise _none("A draft is not paid: issue it first.")
    if invoice["type"] == InvoiceType.CREDIT_NOTE:
        raise _none("A credit note is not paid by the customer.")
    seller: Mapping[str, Any] = invoice["seller"]
    if invoice["currency"] != "EUR":
        raise _none(f"Such codes are for EUR, not for {invoice['currency']}.")
    if not seller.get("iban"):
        raise _none("The organisation had no IBAN when the invoice was issued.")
    owed = outstanding(invoice["to_pay"], invoice["credited"], invoice["paid"] + invoice["written_off"])
    if not 0 < owed <= _MOST:
        raise _none("Nothing is owed that such a code could say.")
    return seller, owed


def _none(why: str) -> Exception:
    return conflict("no-payment-qr", why)


def drawn(code: QRCode, kind: str) -> bytes:
    """The code as a picture: ``svg`` or ``png``."""
    picture = io.BytesIO()
    code.save(picture, kind=kind, scale=_SCALE)
    return picture.getvalue()
