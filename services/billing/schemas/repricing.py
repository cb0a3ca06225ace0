"""HTTP shapes of re-pricing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Day
from shared.http.fields import Answer, Body, MoneyOut


class RepricingIn(Body):
    from_day: Day = Field(alias="from", description="Work of this day and later.", examples=["2026-03-01"])


class RepricingOut(Answer):
    """What was looked at is `repriced` + `unchanged` + `without_price`; the last kept the price that it had."""

    id: UUID
    from_day: Day = Field(serialization_alias="from")
    repriced: int
    unchanged: int
    without_price: int = Field(description="There is no rate for it any more.")
    before: MoneyOut = Field(description="Of what was priced anew.")
    after: MoneyOut
    currency: str
    asked_by: str
    asked_at: datetime


class RepricingDone(RepricingOut):
    outdated_drafts: list[UUID] = Field(description="Refresh them before they are issued.")
