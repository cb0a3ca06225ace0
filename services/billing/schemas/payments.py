"""HTTP shapes of payments."""

from __future__ import annotations

from pydantic import Field

from services.billing.schemas.invoices import PositiveAmount
from shared.contracts.base import Day, ExternalId
from shared.http.fields import Body


class PaymentIn(Body):
    amount: PositiveAmount = Field(description="Including VAT.", examples=["825.52"])
    reference: ExternalId = Field(description="Counts once in the organisation.", examples=["BANK-1"])
    paid_on: Day | None = Field(None, description="Today by default.")
