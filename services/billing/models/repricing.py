"""Re-pricings: the user asked that what is unbilled takes the prices of now."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, text
from sqlmodel import Field

from services.billing.models.base import Base

_ZERO = {"server_default": text("0")}


class Repricing(Base, table=True):
    """Who re-priced what of an account, and what it came to. Its ledger rows name it (``ledger_rows.repricing_id``).

    ``repriced`` + ``unchanged`` + ``without_price`` = what was looked at; the last kept the price that they had.
    """

    __tablename__ = "repricings"
    __table_args__ = (
        CheckConstraint("repriced >= 0 AND unchanged >= 0 AND without_price >= 0", name="counts"),
        Index("ix_repricings_account_id_id", "account_id", "id"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    account_id: UUID = Field(foreign_key="accounts.id")
    from_day: date = Field(description="Work of this day and later.")
    repriced: int = Field(default=0, sa_column_kwargs=_ZERO)
    unchanged: int = Field(default=0, sa_column_kwargs=_ZERO)
    without_price: int = Field(default=0, sa_column_kwargs=_ZERO)
    #: Of the rows that were priced anew, exact (shared/money.py).
    parts_before: Decimal = Field(default=Decimal(0), sa_type=Numeric, sa_column_kwargs=_ZERO)
    parts_after: Decimal = Field(default=Decimal(0), sa_type=Numeric, sa_column_kwargs=_ZERO)
    asked_by: str
    asked_at: datetime
