"""HTTP shapes of accounts: what is unbilled, of which entries, and the ledger below it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import Field

from services.billing.schemas.price_list import ListPriceOwner
from services.billing.schemas.rates import RateOwner
from shared.http.fields import Answer, DecimalStr, MoneyOut, PriceOut


class AccountOut(Answer):
    customer: str
    project: str | None = Field(description="Null: the customer's own account, for work without a project.")
    unbilled: MoneyOut = Field(description="Approved, billable, on no issued invoice; drafts included.")
    reserved: MoneyOut | None = Field(description="What drafts hold of it; null for a past day: they leave no trace.")
    advance_open: MoneyOut = Field(description="Advance invoices: issued − settled − credited, excluding VAT.")
    proposed: bool | None = Field(description="unbilled − reserved > advance_open; null for a past day.")
    currency: str
    at: date | None = Field(None, description="As it was at the end of this day; null: as it is now.")


class UnbilledEntryOut(Answer):
    """An entry (or external cost) that makes up the balance; a negative ``amount`` is to be given back."""

    entry_id: UUID | None
    external_cost_id: UUID | None
    name: str | None
    ledger_row: int
    day: date
    kind: str = Field(description="labour, travel, distance, expense, material or cost")
    phase: str | None
    employee: str | None
    hour_type: str | None
    description: str | None
    minutes: int | None
    billed_minutes: int | None
    quantity: DecimalStr | None
    unit: str | None
    price: PriceOut | None = Field(description="Of an hour or unit; null where the pieces of an entry differ.")
    amount: MoneyOut = Field(description="Rounded for showing; the balance is the exact sum.")
    currency: str
    to_give_back: bool
    draft: UUID | None = Field(description="The draft invoice that holds it.")


class LedgerRowOut(Answer):
    """A row of the append-only ledger."""

    id: int
    kind: str
    entry_id: UUID | None
    entry_version: int | None
    external_cost_id: UUID | None
    name: str | None
    day: date
    phase: str | None
    minutes: int | None
    billed_minutes: int | None
    quantity: DecimalStr | None
    price: PriceOut | None
    amount: MoneyOut
    exact: DecimalStr = Field(description="The amount in 1/6000 of the currency's unit.")
    reverses: int | None
    repricing: UUID | None = Field(description="The re-pricing that wrote it.")
    invoice: UUID | None
    at: datetime


class PieceOut(Answer):
    minutes: int
    billed_minutes: int
    hour_type: str | None
    surcharge: DecimalStr
    price: PriceOut
    amount: MoneyOut
    rate: RateOwner


class RepricedOut(Answer):
    """It was priced anew since it was accrued."""

    from_day: date = Field(serialization_alias="from", description="What was asked: work of this day and later.")
    asked_by: str
    asked_at: datetime
    price_before: PriceOut | None
    amount_before: MoneyOut | None


class PriceOfEntry(Answer):
    """How an entry came to its price; ``rate`` is null for what is no time, and where pieces took different ones."""

    entry_id: UUID
    name: str
    state: str = Field(description="accrued, suspended, fixed price or non-billable")
    explanation: str
    price: PriceOut | None = None
    currency: str
    amount: MoneyOut | None = None
    minutes: int | None = None
    billed_minutes: int | None = None
    quantity: DecimalStr | None = None
    unit: str | None = None
    mark_up: DecimalStr | None = None
    rate: RateOwner | None = None
    list_price: ListPriceOwner | None = Field(None, description="The price of the price list that it took.")
    pieces: list[PieceOut] = Field(default_factory=list)
    repriced: RepricedOut | None = None


class SuspendedOut(Answer):
    """An approved entry that cannot be priced yet; it goes on by itself."""

    entry_id: UUID
    name: str
    version: int
    reason: str = Field(
        description="The first of unknown-project, unknown-phase, unknown-customer, foreign-currency and no-rate."
    )
    since: datetime
    day: date
    kind: str
    customer: str | None
    project: str | None
    phase: str | None
    employee: str | None
    hour_type: str | None
    minutes: int | None
    quantity: Decimal | None
    currency: str | None
