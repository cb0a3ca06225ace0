"""Approved entries that are not in the ledger: those that wait, those without a price, and facts that came early."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.billing.models.base import Base


class SuspendedEntry(Base, table=True):
    """An approved billable entry that cannot be priced yet. It goes on by itself once the reason is gone.

    The version is part of the key: facts of one entry travel on two partitions when a correction moves it to
    another project, so the next approval can come before the reversal of the last one.
    """

    __tablename__ = "suspense"
    __table_args__ = (
        CheckConstraint(
            "reason IN ('unknown-project', 'unknown-phase', 'unknown-customer', 'foreign-currency', 'no-rate')",
            name="reason",
        ),
        Index("ix_suspense_organisation_project", "organisation", "project"),
        Index("ix_suspense_organisation_customer", "organisation", "customer"),
        Index("ix_suspense_organisation_employee", "organisation", "employee"),
        Index("ix_suspense_organisation_generation", "organisation", "generation"),
    )

    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    entry_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    reason: str
    #: Of the organisation's master data when it was last looked at (models/organisations.py).
    generation: int
    name: str
    project: str | None = None
    customer: str | None = None
    employee: str | None = None
    #: The approval as it came (timesheets.EntryApproved).
    event: dict[str, Any] = Field(sa_type=JSONB)
    traceparent: str | None = None
    since: datetime = Field(sa_column_kwargs={"server_default": func.now()})


class UnpricedEntry(Base, table=True):
    """An approved entry that is billed by nothing of its own: of a fixed-price or non-billable phase, or of a
    non-billable hour type. It stands against its phase, for post-calculation; taken back, it keeps ``reversed_at``.
    """

    __tablename__ = "unpriced_entries"
    __table_args__ = (
        CheckConstraint("why IN ('fixed price', 'non-billable')", name="why"),
        Index("ix_unpriced_entries_organisation_project_phase", "organisation", "project", "phase"),
    )

    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    entry_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    why: str
    name: str
    project: str | None = None
    phase: str | None = None
    customer: str | None = None
    employee: str | None = None
    entry_kind: str
    hour_type: str | None = None
    day: date
    minutes: int | None = None
    #: The approval as it came (timesheets.EntryApproved).
    event: dict[str, Any] = Field(sa_type=JSONB)
    traceparent: str | None = None
    created_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
    reversed_at: datetime | None = None


class PendingReversal(Base, table=True):
    """A version of an entry that was taken back while the ledger did not hold it: before its approval came, or
    while it waited in suspense. The approval that it names accrues nothing, however late and often it comes.
    """

    __tablename__ = "pending_reversals"
    __table_args__ = (
        Index(
            "ix_pending_reversals_organisation_since",
            "organisation",
            "since",
            postgresql_where=text("met_at IS NULL"),
        ),
    )

    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    entry_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True, description="The version that was approved and is taken back.")
    reversed_by: int = Field(description="The version of the entry that took it back.")
    since: datetime = Field(sa_column_kwargs={"server_default": func.now()})
    met_at: datetime | None = Field(default=None, description="When the approval was there too.")
