"""HTTP shapes of the customer's credit, refunds and write-offs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from services.billing.schemas.invoices import PositiveAmount
from shared.contracts.base import Day, ExternalId, Text
from shared.http.fields import Answer, Body, MoneyOut

RefundState = Literal["due", "paid", "cancelled"]


class UseCreditIn(Body):
    amount: PositiveAmount | None = Field(
        None, description="Left out: as much as is open of the invoice and there is."
    )


class PayBackIn(Body):
    """Money back to a customer, out of its credit: due, or, with a reference, paid at once."""

    amount: PositiveAmount
    reference: ExternalId | None = Field(None, description="The bank's, if it is paid already: it counts once.")
    paid_on: Day | None = Field(None, description="Today by default.")

    @model_validator(mode="after")
    def _paid_with_reference(self) -> Self:
        if self.paid_on is not None and self.reference is None:
            raise ValueError("paid_on needs the reference of the payment")
        return self


class RefundPaidIn(Body):
    reference: ExternalId = Field(description="The bank's: it counts once.", examples=["BANK-9"])
    paid_on: Day | None = Field(None, description="Today by default.")


class WriteOffIn(Body):
    amount: PositiveAmount | None = Field(None, description="Including VAT. Left out: all that is open.")
    reason: Annotated[Text, StringConstraints(min_length=1, strip_whitespace=True)] = Field(
        description="Why it is not asked for any more.", examples=["rounding of the bank"]
    )


class CreditBalanceOut(Answer):
    customer: str
    balance: MoneyOut = Field(description="What can be used on invoices or paid back.")
    currency: str


class CreditMovementOut(Answer):
    id: UUID
    why: str = Field(description="overpaid, credited, used, refund, or refund cancelled")
    amount: MoneyOut = Field(description="Below zero: it is used or paid back.")
    currency: str
    invoice_id: UUID | None
    invoice_number: str | None
    credit_note_id: UUID | None
    credit_note_number: str | None
    payment_id: UUID | None
    refund_id: UUID | None
    at: datetime


class RefundOut(Answer):
    id: UUID
    customer: str
    amount: MoneyOut
    currency: str
    state: RefundState
    invoice_id: UUID | None = Field(description="What it was paid or credited on, where that is known.")
    credit_note_id: UUID | None
    reference: str | None
    paid_on: date | None
    created_at: datetime
    created_by: str


class WriteOffOut(Answer):
    id: UUID
    invoice_id: UUID
    amount: MoneyOut
    currency: str
    reason: str
    written_off_on: date
    created_at: datetime
    created_by: str
