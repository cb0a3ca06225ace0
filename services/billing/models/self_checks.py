"""What self-checks found (queries/self_check)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.billing.models.base import Base


class SelfCheckRun(Base, table=True):
    """A look at one organisation, or at all of them (``organisation`` is None)."""

    __tablename__ = "self_check_runs"
    __table_args__ = (Index("ix_self_check_runs_organisation_ran_at", "organisation", "ran_at"),)

    id: UUID = Field(primary_key=True)
    organisation: str | None = Field(default=None, foreign_key="organisations.code")
    ran_at: datetime
    seconds: Decimal = Field(sa_type=Numeric)
    checks: list[str] = Field(sa_type=ARRAY(String))
    findings: int = Field(sa_type=BigInteger, description="How many there are; those that are told have rows.")


class SelfCheckFinding(Base, table=True):
    """A place where a check did not hold. ``of``: how many such places its organisation had."""

    __tablename__ = "self_check_findings"

    run_id: UUID = Field(primary_key=True, foreign_key="self_check_runs.id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    check_name: str
    organisation: str
    what: str
    place: str = Field(description="Id of the record.")
    expected: str
    found: str
    of: int = Field(sa_type=BigInteger)
