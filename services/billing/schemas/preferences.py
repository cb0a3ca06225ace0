"""HTTP shapes of invoicing preferences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from services.billing.domain.preferences import checked
from shared.contracts.base import Percentage, Text
from shared.http.fields import Answer, Body, DecimalStr


def _checked(name: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        return checked(name, value)

    return check


_WORD = StringConstraints(max_length=64)
GroupingText = Annotated[str, _WORD, AfterValidator(_checked("grouping"))]
RoundingText = Annotated[str, _WORD, AfterValidator(_checked("rounding"))]
RoundingPerText = Annotated[str, _WORD, AfterValidator(_checked("rounding_per"))]
PaymentTermText = Annotated[str, _WORD, AfterValidator(_checked("payment_term"))]
LanguageText = Annotated[str, _WORD, AfterValidator(_checked("language"))]
DeductAdvancesText = Annotated[str, _WORD, AfterValidator(_checked("deduct_advances"))]


class PreferencesIn(Body):
    """Fields that are left out stay as they are; null leaves the choice to the next wider place."""

    grouping: GroupingText | None = None
    rounding: RoundingText | None = None
    rounding_per: RoundingPerText | None = None
    payment_term: PaymentTermText | None = None
    language: LanguageText | None = None
    bill_surcharges: bool | None = None
    deduct_advances: DeductAdvancesText | None = None
    expense_mark_up: Percentage | None = None
    reference: Text | None = None
    footer: Text | None = None


class PreferencesOut(Answer):
    """What is preferred at this place; null where it says nothing."""

    grouping: str | None = None
    rounding: str | None = None
    rounding_per: str | None = None
    payment_term: str | None = None
    language: str | None = None
    bill_surcharges: bool | None = None
    deduct_advances: str | None = None
    expense_mark_up: DecimalStr | None = None
    reference: str | None = None
    footer: str | None = None


class PreferencesAnswer(Answer):
    """``own``: what is preferred here. ``effective``: what holds, wider places and defaults included."""

    own: PreferencesOut
    effective: PreferencesOut
