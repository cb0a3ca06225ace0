"""Which accounts of the firm's books the journal posts to (domain/journal.py)."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric
from sqlmodel import Field

from services.billing.models.base import Base


class ChartRule(Base, table=True):
    """An account code, and what it takes: None fits all. The most specific counts."""

    __tablename__ = "chart_rules"
    __table_args__ = (CheckConstraint("use IN ('receivables', 'revenue', 'advances', 'vat')", name="use"),)

    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    position: int = Field(primary_key=True)
    use: str
    code: str
    kind: str | None = None
    vat_category: str | None = None
    vat_rate: Decimal | None = Field(default=None, sa_type=Numeric)
