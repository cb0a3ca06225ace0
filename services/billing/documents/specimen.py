"""A specimen: an invoice of nothing, on which a logo is tried."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.billing.documents.content import InvoiceContent, Party
from shared.words import InvoiceType


def specimen() -> InvoiceContent:
    nobody = Party(name="Specimen", country="NL")
    zero = Decimal("0.00")
    return InvoiceContent(
        type=InvoiceType.PLAIN,
        number=None,
        issue_date=date(2026, 1, 1),
        due_date=None,
        payment_term="cash",
        language="en",
        currency="EUR",
        seller=nobody,
        buyer=nobody,
        net=zero,
        vat=zero,
        to_pay=zero,
        lines=(),
        vat_lines=(),
    )
