"""Article lines: made by hand, billed as they stand; they touch no ledger (domain.md, "Invoices")."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from services.billing.domain.lines import Line, LineKind
from services.billing.domain.vat import VatBasis
from shared.money import as_money


@dataclass(frozen=True, slots=True)
class Article:
    """``price`` of one unit excluding VAT, zero or more; ``vat_rate`` None: the standard rate.

    ``discount_percentage`` or ``discount_amount``: at most one of them.
    """

    description: str
    quantity: Decimal
    price: Decimal
    unit: str = ""
    vat_rate: Decimal | None = None
    article: str | None = None
    discount_percentage: Decimal | None = None
    discount_amount: Decimal | None = None


def article_line(article: Article, kind: LineKind, basis: VatBasis, currency: str) -> Line:
    """The line of ``article``, before its discount is taken off. Raises UnknownStandardRateError."""
    return Line(
        kind=kind,
        description=article.description,
        quantity=article.quantity,
        unit=article.unit,
        price=article.price,
        surcharge=Decimal(0),
        net=as_money(article.quantity * article.price, currency),
        vat=basis.of(article.vat_rate),
        article=article.article,
        asked_vat_rate=article.vat_rate,
        own_text=True,
        discount_percentage=article.discount_percentage,
        discount_amount=article.discount_amount,
    )
