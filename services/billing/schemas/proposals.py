"""HTTP shapes of what can be invoiced."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from services.billing.schemas.invoices import OpenAdvanceOut
from shared.http.fields import Answer, MoneyOut


class ProposalOut(Answer):
    """A project, or a customer's work without project, with something to invoice."""

    customer: str
    project: str | None
    currency: str
    amount: MoneyOut = Field(description="Unbilled and free; with `up_to` that of the days until then.")
    unbilled: MoneyOut
    reserved: MoneyOut = Field(description="Held by drafts.")
    advance_open: MoneyOut
    entries: int = Field(description="Unbilled and free rows behind the amount.")
    oldest_day: date | None


class CoveredOut(ProposalOut):
    advances: list[OpenAdvanceOut] = Field(description="What covers it, the oldest first.")


class Totals(Answer):
    """Over all pages."""

    accounts: int
    amount: MoneyOut
    advance_open: MoneyOut
    currency: str


class Proposals(Answer):
    items: list[ProposalOut]
    next: str | None = Field(description="Cursor of the next page; null on the last one.")
    totals: Totals


class Covered(Answer):
    items: list[CoveredOut]
    next: str | None = Field(description="Cursor of the next page; null on the last one.")
    totals: Totals
