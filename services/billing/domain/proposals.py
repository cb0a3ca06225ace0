"""What is proposed for invoicing (domain.md, "What is proposed")."""

from __future__ import annotations

from decimal import Decimal

from shared.money import parts_as_money


def is_proposed(unbilled: Decimal, reserved: Decimal, advance_open: Decimal, currency: str) -> bool:
    """proposed ⇔ unbilled − reserved by drafts > advance_open, in cents as shown.

    ``unbilled`` and ``reserved`` are exact (parts, shared/money.py); ``advance_open`` is money excluding VAT.
    """
    return parts_as_money(unbilled - reserved, currency) > advance_open
