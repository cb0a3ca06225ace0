"""Bank statements over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import PositiveAmount, Text
from shared.http.fields import Answer, Body, MoneyOut

TransactionState = Literal["matched", "unmatched", "ignored", "debit"]


class StatementTaken(Answer):
    """What became of a statement. Each transaction counts once, on whichever statement it stands."""

    id: UUID
    account: str
    reference: str = Field(description="The statement's id, as the bank gave it.")
    first_day: date | None = Field(serialization_alias="from")
    last_day: date | None = Field(serialization_alias="until")
    matched: int = Field(description="Booked as payments.")
    unmatched: int = Field(description="For a person to look at.")
    debits: int
    duplicates: int = Field(description="Known already: nothing changed.")


class StatementsTaken(Answer):
    statements: list[StatementTaken]


class StatementOut(Answer):
    id: UUID
    account: str
    reference: str
    first_day: date | None = Field(serialization_alias="from")
    last_day: date | None = Field(serialization_alias="until")
    transactions: int
    matched: int
    unmatched: int
    ignored: int
    debits: int
    received_at: datetime
    received_by: str


class BankPaymentOut(Answer):
    payment_id: UUID
    invoice_id: UUID
    number: str
    amount: MoneyOut


class SuggestionOut(Answer):
    """An invoice that the transaction names, or whose open amount it is."""

    invoice_id: UUID
    number: str
    customer: str
    outstanding: MoneyOut


class TransactionOut(Answer):
    id: UUID
    statement_id: UUID
    statement: str
    account: str
    booked_on: date
    amount: MoneyOut
    currency: str
    direction: Literal["credit", "debit"]
    returned: bool = Field(description="Money that was booked before and comes or goes back.")
    name: str | None = Field(description="Who paid, or was paid.")
    counter_account: str | None
    end_to_end_id: str | None
    references: list[str]
    text: str
    state: TransactionState
    reason: str | None = Field(
        description="Why unmatched: `no-reference`, `amount-differs`, `foreign-currency`, `returned`; or why ignored."
    )
    payments: list[BankPaymentOut]
    suggestions: list[SuggestionOut]
    decided_at: datetime | None
    decided_by: str | None


class PartIn(Body):
    invoice_id: UUID
    amount: PositiveAmount


class MatchIn(Body):
    """All of the transaction's amount, on one invoice or several."""

    invoices: list[PartIn] = Field(min_length=1, max_length=100)


class IgnoreIn(Body):
    reason: Annotated[Text, Field(min_length=1, description="Why it pays no invoice.")]
