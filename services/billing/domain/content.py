"""What stands on an invoice: its lines, discounts, what it deducts, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from services.billing.domain import words
from services.billing.domain.articles import Article, article_line
from services.billing.domain.discounts import Discount, whole_discount, with_discounts
from services.billing.domain.lines import Line, LineKind
from services.billing.domain.settlement import Deduction, OpenAdvance, is_payable, settle_by_project
from services.billing.domain.vat import Totals, Vat, VatBasis, totals


class NegativeTotalError(ValueError):
    """More is given back than billed: no invoice says that (a credit note does)."""


@dataclass(frozen=True, slots=True)
class Content:
    """``deductions`` belong to the last lines, one each, in the same order. ``discount``: on the whole, in money."""

    lines: Sequence[Line]
    totals: Totals
    deductions: Sequence[Deduction] = ()
    discount: Decimal = Decimal(0)


#: An advance is deducted up to this amount only: by invoice id and VAT.
Limits = Mapping[tuple[UUID, Vat], Decimal]


def regular_content(
    lines: Sequence[Line],
    advances: Sequence[OpenAdvance],
    currency: str,
    *,
    discount: Discount | None = None,
    limits: Limits | None = None,
    language: str = "en",
) -> Content:
    """A regular invoice of ``lines`` that settles ``advances``, which come oldest first, within ``limits``.

    ``lines`` bring what they come to before discounts. Raises NegativeTotalError, DiscountError.
    """
    lines = with_discounts(lines, discount, currency)
    if not is_payable(totals(((line.vat, line.net) for line in lines), currency)):
        raise NegativeTotalError
    value = {
        project: value_per_rate((line.vat, line.net) for line in lines if line.project == project)
        for project in dict.fromkeys(line.project for line in lines)
    }
    deductions = settle_by_project(value, [_limited(advance, limits or {}) for advance in advances], currency)
    known = {advance.invoice_id: advance for advance in advances}
    everything = [
        *lines,
        *(_deduction_line(deduction, known[deduction.invoice_id], language) for deduction in deductions),
    ]
    sums = totals(((line.vat, line.net) for line in everything), currency)
    return Content(everything, sums, deductions, whole_discount(lines))


def article_content(
    articles: Sequence[Article], kind: LineKind, basis: VatBasis, currency: str, discount: Discount | None = None
) -> Content:
    """An invoice of lines by hand: of an advance (``kind`` advance) or a plain one (article).

    They take the customer's VAT treatment whatever rate was asked. Raises DiscountError.
    """
    lines = [article_line(article, kind, basis, currency) for article in articles]
    return standing_content(lines, currency, discount)


def standing_content(lines: Sequence[Line], currency: str, discount: Discount | None = None) -> Content:
    """An invoice of lines as they stand, which settles nothing. Raises DiscountError."""
    lines = with_discounts(lines, discount, currency)
    return Content(lines, totals(((line.vat, line.net) for line in lines), currency), (), whole_discount(lines))


def _limited(advance: OpenAdvance, limits: Limits) -> OpenAdvance:
    return replace(advance, open=min(advance.open, limits.get((advance.invoice_id, advance.vat), advance.open)))


def value_per_rate(nets: Iterable[tuple[Vat, Decimal]]) -> dict[Vat, Decimal]:
    """The value of lines at each VAT rate."""
    value: dict[Vat, Decimal] = {}
    for vat, net in nets:
        value[vat] = value.get(vat, Decimal(0)) + net
    return value


def _deduction_line(deduction: Deduction, advance: OpenAdvance, language: str) -> Line:
    """Quantity −1 and the amount as price: a negative price is none (EN 16931, BR-27)."""
    text = f"{words.ADVANCE[language]} {advance.number}"
    amount = deduction.amount
    one = Decimal(-1)
    return Line(LineKind.DEDUCTION, text, one, "", amount, Decimal(0), -amount, deduction.vat, project=advance.project)
