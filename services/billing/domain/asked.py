"""Lines as they were asked for, before the customer's VAT treatment and the currency are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from shared.money import as_money


@dataclass(frozen=True, slots=True)
class AskedLine:
    """``price`` of one unit, excluding VAT. ``vat_rate`` None: the standard rate of the organisation's country."""

    description: str
    quantity: Decimal
    price: Decimal
    vat_rate: Decimal | None = None

    def net(self, currency: str) -> Decimal:
        return as_money(self.quantity * self.price, currency)

    def document(self) -> dict[str, Any]:
        """As it is kept: decimals as text."""
        rate = None if self.vat_rate is None else str(self.vat_rate)
        numbers = {"quantity": str(self.quantity), "price": str(self.price), "vat_rate": rate}
        return {"description": self.description, **numbers}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """What :meth:`document` kept."""
        rate = document["vat_rate"]
        quantity, price = Decimal(document["quantity"]), Decimal(document["price"])
        return cls(document["description"], quantity, price, None if rate is None else Decimal(rate))
