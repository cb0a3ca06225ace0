from decimal import Decimal

import pytest
from pydantic import ValidationError

from shared.http.fields import Answer, Body, DecimalStr, MoneyOut, PriceOut, money, plain, price


@pytest.mark.parametrize(
    ("value", "text"),
    [("38.00", "38"), ("61.50", "61.5"), ("0.000", "0"), ("1E+3", "1000"), ("-0", "0"), ("21", "21")],
)
def test_quantities_and_rates_have_no_trailing_zeros(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


@pytest.mark.parametrize(
    ("value", "text"), [("0.4", "0.40"), ("75", "75.00"), ("0.1234", "0.1234"), ("0.1230", "0.123"), ("-5.5", "-5.50")]
)
def test_prices_have_two_decimals_or_more(value: str, text: str) -> None:
    assert price(Decimal(value)) == text


@pytest.mark.parametrize(
    ("value", "currency", "text"), [("682.2500", "EUR", "682.25"), ("0.005", "EUR", "0.01"), ("1000.4", "JPY", "1000")]
)
def test_money_has_the_decimals_of_its_currency(value: str, currency: str, text: str) -> None:
    assert money(Decimal(value), currency) == text


class _Out(Answer):
    quantity: DecimalStr
    unit_price: PriceOut
    net: MoneyOut
    discount: MoneyOut | None = None


def test_decimals_are_text_on_the_wire_and_in_the_schema() -> None:
    out = _Out(quantity=Decimal("61.50"), unit_price=Decimal("0.4000"), net=Decimal("682.25"))
    assert out.model_dump_json() == '{"quantity":"61.5","unit_price":"0.40","net":"682.25","discount":null}'
    schema = _Out.model_json_schema(mode="serialization")["properties"]
    assert schema["quantity"]["type"] == schema["net"]["type"] == "string"


class _In(Body):
    name: str | None = None
    size: int = 0


def test_a_body_refuses_unknown_fields_and_knows_what_was_sent() -> None:
    assert _In.model_validate({"name": None}).given() == {"name": None}
    with pytest.raises(ValidationError, match="sise"):
        _In.model_validate({"sise": 3})
