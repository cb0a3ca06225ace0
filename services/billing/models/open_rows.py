"""What the ledger holds that nobody has claimed, and which invoice an entry is on.

``open_rows`` and ``open_balances`` follow from ``ledger_rows`` and ``ledger_claims``. Triggers of the database keep
them (migration 0003): whoever writes a row or a claim, they are right in the same transaction. With them an invoice,
the list of proposals and the list of unbilled entries cost as much as what is open, not as much as all that ever was.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric
from sqlmodel import Field

from services.billing.models.base import Base


class OpenRow(Base, table=True):
    """A ledger row (other than ``billed``) without claim."""

    __tablename__ = "open_rows"
    __table_args__ = (Index("ix_open_rows_account_id_day", "account_id", "day", postgresql_include=["parts"]),)

    row_id: int = Field(
        primary_key=True, sa_type=BigInteger, foreign_key="ledger_rows.id", sa_column_kwargs={"autoincrement": False}
    )
    organisation: str
    account_id: UUID
    day: date
    parts: Decimal = Field(sa_type=Numeric)


class OpenBalance(Base, table=True):
    """Σ ``open_rows`` of an account: unbilled − reserved by drafts."""

    __tablename__ = "open_balances"

    account_id: UUID = Field(primary_key=True, foreign_key="accounts.id")
    organisation: str = Field(index=True)
    rows: int
    parts: Decimal = Field(sa_type=Numeric)


class BilledEntry(Base, table=True):
    """Which invoice an entry is on now. ``sequence`` is raised with every change that is published."""

    __tablename__ = "billed_entries"

    organisation: str = Field(primary_key=True)
    entry_id: UUID = Field(primary_key=True)
    sequence: int
    invoice_id: UUID | None = None
