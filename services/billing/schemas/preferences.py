"""HTTP shapes of invoicing preferences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from services.billing.domain.line_details import checked_details
from services.billing.domain.preferences import checked
from shared.contracts.base import Amount, Code, Percentage, Text
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
NotNegativeAmount = Annotated[Amount, Field(ge=0)]
LanguageText = Annotated[str, _WORD, AfterValidator(_checked("language"))]
DeductAdvancesText = Annotated[str, _WORD, AfterValidator(_checked("deduct_advances"))]


DetailNames = Annotated[list[Annotated[str, _WORD]], Field(max_length=20), AfterValidator(checked_details)]


class PreferencesIn(Body):
    """Fields that are left out stay as they are; null leaves the choice to the next wider place."""

    grouping: GroupingText | None = Field(None, description="Lines per entry, day, employee, hour type or phase.")
    rounding: RoundingText | None = Field(None, description="Of minutes.", examples=["up 15", "nearest 5", "none"])
    rounding_per: RoundingPerText | None = Field(None, description="entry, or employee and day.")
    payment_term: PaymentTermText | None = Field(None, examples=["cash", "30 days", "end of month + 15"])
    language: LanguageText | None = Field(None, description="Of documents: nl, en, fr or de.")
    bill_surcharges: bool | None = Field(None, description="Whether surcharges raise the price.")
    deduct_advances: DeductAdvancesText | None = Field(
        None, description="every regular invoice, or based on phases: those that deduct open advances."
    )
    expense_mark_up: Percentage | None = Field(None, description="Per cent on what an expense cost.")
    send_email: bool | None = Field(None, description="E-mail the documents to the customer after issue.")
    time_specification: bool | None = Field(None, description="An annex to the PDF with each entry behind the hours.")
    reference: Text | None = None
    footer: Text | None = None
    intro: Text | None = None
    details: DetailNames | None = Field(
        None,
        description="What lines show of their entries: day, employee, clock, work order, hour type, phase, notes.",
    )
    number_series: Code | None = Field(None, description="Series of its invoices' numbers.")
    advance_series: Code | None = Field(None, description="Of its advances; null: as its invoices.")
    credit_series: Code | None = Field(None, description="Of its credit notes.")
    write_off_limit: NotNegativeAmount | None = Field(
        None, description="The most that is written off of one invoice, VAT included; 5.00 unless said otherwise."
    )


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
    send_email: bool | None = None
    time_specification: bool | None = None
    reference: str | None = None
    footer: str | None = None
    intro: str | None = None
    details: list[str] | None = None
    number_series: str | None = None
    advance_series: str | None = None
    credit_series: str | None = None
    write_off_limit: DecimalStr | None = None


class PreferencesAnswer(Answer):
    """``own``: what is preferred here. ``effective``: what holds, wider places and defaults included."""

    own: PreferencesOut
    effective: PreferencesOut
