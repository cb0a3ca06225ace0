"""The EPC QR code (EPC069-12) with which a banking app fills in the payment."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from typing import Final

from segno import helpers

from services.billing.documents.content import InvoiceContent

#: A creditor reference (ISO 11649) is a field of its own; everything else is text.
_CREDITOR_REFERENCE: Final = re.compile(r"RF[0-9]{2}[A-Z0-9]{1,21}")
_MOST: Final = Decimal("999999999.99")
_NAME: Final = 70
_TEXT: Final = 140


def payment_qr(content: InvoiceContent) -> str | None:
    """The code as SVG; None where nothing is owed, or not in euro, or there is no account to pay to."""
    seller = content.seller
    payable = content.currency == "EUR" and 0 < content.to_pay <= _MOST
    if content.is_credit_note or not payable or not seller.iban or content.number is None:
        return None
    reference = content.payment_reference or content.number
    compact = re.sub(r"\s", "", reference).upper()
    structured = bool(_CREDITOR_REFERENCE.fullmatch(compact))
    code = helpers.make_epc_qr(
        name=seller.official_name[:_NAME].strip(),
        iban=seller.iban,
        amount=content.to_pay,
        bic=seller.bic,
        reference=compact if structured else None,
        text=None if structured else reference[:_TEXT],
        encoding="utf-8",
    )
    out = io.BytesIO()
    code.save(out, kind="svg", border=0, xmldecl=False, nl=False)
    return out.getvalue().decode()
