"""VAT: which rate a line takes, and the sum per rate.

Categories are those of UN/CEFACT 5305 that EN 16931 uses: S standard (any rate above zero), Z zero rated,
AE reverse charge, E exempt. VAT is the sum of the lines per rate × the rate, rounded once per rate (domain.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from services.billing.domain.vat_rates import is_allowed, rates_on
from shared.money import as_money


class VatTreatment(StrEnum):
    """How a customer is taxed."""

    STANDARD = "standard"
    REVERSE_CHARGE = "reverse charge"
    EXEMPT = "exempt"


class VatCategory(StrEnum):
    STANDARD = "S"
    ZERO = "Z"
    REVERSE_CHARGE = "AE"
    EXEMPT = "E"


_WITHOUT_VAT: Final = {
    VatTreatment.REVERSE_CHARGE: VatCategory.REVERSE_CHARGE,
    VatTreatment.EXEMPT: VatCategory.EXEMPT,
}


@dataclass(frozen=True, slots=True, order=True)
class Vat:
    """What lines share that are taxed together: a rate in per cent, and its category."""

    rate: Decimal
    category: VatCategory


class UnknownStandardRateError(LookupError):
    """The seller's country has no standard rate here, and a line brings none of its own."""


@dataclass(frozen=True, slots=True)
class VatBasis:
    """What decides about the VAT of an invoice: the seller's country and the customer's treatment."""

    country: str
    treatment: VatTreatment

    def of(self, rate: Decimal | None, day: date | None = None) -> Vat:
        """VAT of a line that brings ``rate`` (per cent), or none of its own: then the standard rate of ``day``.

        ``day`` None: the standard rate as it is now. Raises UnknownStandardRateError.
        """
        without = _WITHOUT_VAT.get(self.treatment)
        if without is not None:
            return Vat(Decimal(0), without)
        if rate is None:
            rates = rates_on(self.country, day)
            if rates is None:
                raise UnknownStandardRateError(self.country)
            rate = rates.standard
        return Vat(rate.normalize() + 0, VatCategory.STANDARD if rate > 0 else VatCategory.ZERO)

    def allows(self, vat: Vat, *days: date | None) -> bool:
        """Whether the seller's country has that rate on one of ``days``, for what is taxed."""
        if vat.category in (VatCategory.REVERSE_CHARGE, VatCategory.EXEMPT):
            return True
        return is_allowed(self.country, vat.rate, *days)


@dataclass(frozen=True, slots=True)
class VatTotal:
    vat: Vat
    net: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """What an invoice comes to. ``to_pay`` = ``net`` + ``vat``; negative only for what gives money back."""

    net: Decimal
    vat: Decimal
    per_rate: tuple[VatTotal, ...]

    @property
    def to_pay(self) -> Decimal:
        return self.net + self.vat


def vat_amount(net: Decimal, rate: Decimal, currency: str) -> Decimal:
    """VAT on ``net`` at ``rate`` per cent, rounded once."""
    return as_money(net * rate / 100, currency)


def totals(lines: Iterable[tuple[Vat, Decimal]], currency: str) -> Totals:
    """Sum of the (VAT, net) of all lines: per rate, highest first, and over all."""
    nets: dict[Vat, Decimal] = {}
    for vat, net in lines:
        nets[vat] = nets.get(vat, Decimal(0)) + net
    per_rate = tuple(
        VatTotal(vat, as_money(net, currency), vat_amount(net, vat.rate, currency))
        for vat, net in sorted(nets.items(), reverse=True)
    )
    zero = as_money(Decimal(0), currency)
    net, amount = sum((t.net for t in per_rate), zero), sum((t.amount for t in per_rate), zero)
    return Totals(net, amount, per_rate)
