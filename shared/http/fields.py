"""Types of fields in HTTP bodies: decimals are text on the wire, and unknown fields of a request are refused.

For what comes in, use the types of ``shared.contracts.base`` (Code, Text, Amount, UnitPrice, Quantity, …): they
refuse floats, NaN, NUL characters and too many digits. For what goes out, the types below.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema

from shared.money import as_money


class Body(BaseModel):
    """A request body. Unknown fields are refused, so that typing errors show."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    def given(self) -> dict[str, Any]:
        """The fields that the client sent, for merge semantics: what is left out stays."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Answer(BaseModel):
    """A response body."""

    model_config = ConfigDict(from_attributes=True, protected_namespaces=())


def plain(value: Decimal) -> str:
    """Without exponent and without trailing zeros: ``38``, ``61.5``, ``21``."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def price(value: Decimal) -> str:
    """At least two decimals, no trailing zeros beyond: ``0.40``, ``75.00``, ``0.1234``."""
    whole, _, fraction = plain(value).partition(".")
    return f"{whole}.{fraction:0<2}"


def money(value: Decimal, currency: str) -> str:
    """Rounded half up to the currency's decimals: ``682.25``."""
    return format(as_money(value, currency), "f")


def _decimal_type(to_text: Any, example: str) -> Any:
    schema = {"type": "string", "format": "decimal", "examples": [example]}
    return PlainSerializer(to_text, return_type=str, when_used="always"), WithJsonSchema(schema, mode="serialization")


#: Quantities and rates: no trailing zeros.
DecimalStr = Annotated[Decimal, *_decimal_type(plain, "61.5")]
#: Prices of one unit: two decimals or more.
PriceOut = Annotated[Decimal, *_decimal_type(price, "75.00")]
#: An amount of money that the service has rounded already (``shared.money.as_money``), as it stands.
MoneyOut = Annotated[Decimal, *_decimal_type(lambda value: format(value, "f"), "682.25")]
