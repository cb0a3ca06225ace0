"""Bank statements, their transactions, and which invoices these pay."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, String, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.billing.models.base import Base


class BankStatement(Base, table=True):
    """A statement of one account, as the bank names it. Received again it is the same one."""

    __tablename__ = "bank_statements"
    __table_args__ = (
        UniqueConstraint("organisation", "account", "reference"),
        Index("ix_bank_statements_organisation_id", "organisation", "id"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str = Field(foreign_key="organisations.code")
    account: str = Field(description="IBAN, or the bank's number of it.")
    reference: str
    first_day: date | None = None
    last_day: date | None = None
    received_at: datetime
    received_by: str


class BankTransaction(Base, table=True):
    """A transaction, once, on whichever statement it stands (``key``, domain/bank.py).

    ``state``: ``matched`` (payments are booked), ``unmatched`` (a person looks), ``ignored`` (by a person), ``debit``
    (money that went out: nothing to do). ``suggested``: invoices that it may pay.
    """

    __tablename__ = "bank_transactions"
    __table_args__ = (
        UniqueConstraint("organisation", "account", "key"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("direction IN ('credit', 'debit')", name="direction"),
        CheckConstraint("state IN ('matched', 'unmatched', 'ignored', 'debit')", name="state"),
        Index("ix_bank_transactions_organisation_state_id", "organisation", "state", "id"),
        Index("ix_bank_transactions_statement_id", "statement_id"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    statement_id: UUID = Field(foreign_key="bank_statements.id")
    account: str
    key: str
    booked_on: date
    amount: Decimal = Field(sa_type=Numeric)
    currency: str
    direction: str
    returned: bool
    name: str | None = None
    counter_account: str | None = None
    end_to_end_id: str | None = None
    references: list[str] = Field(sa_type=ARRAY(String))
    text: str
    state: str
    reason: str | None = Field(default=None, description="Why a person has to look, or why it is ignored.")
    suggested: list[UUID] = Field(sa_type=ARRAY(Uuid))
    decided_at: datetime | None = None
    decided_by: str | None = None


class BankMatch(Base, table=True):
    """What a transaction pays of an invoice: a payment."""

    __tablename__ = "bank_matches"

    payment_id: UUID = Field(primary_key=True, foreign_key="payments.id")
    organisation: str
    transaction_id: UUID = Field(foreign_key="bank_transactions.id", index=True)
    invoice_id: UUID = Field(foreign_key="invoices.id")
