"""Subscriptions: what is billed again every period, their prices, the periods that were billed, and runs by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.billing.models.base import Base


def _of_subscription() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["organisation", "subscription"], ["subscriptions.organisation", "subscriptions.code"])


class Subscription(Base, table=True):
    """Of a project (advances) or of a customer (plain invoices). A period begins on ``start_day`` + n ×
    ``every`` units.

    ``next_day`` is the first period that was not billed, None when none is left; ``bill_on`` is ``days_ahead`` before.
    ``failure_…`` say why the last try made no invoice; the scheduler tries again at ``retry_at``.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        ForeignKeyConstraint(["organisation", "project"], ["projects.organisation", "projects.code"]),
        ForeignKeyConstraint(["organisation", "customer"], ["customers.organisation", "customers.code"]),
        CheckConstraint("num_nonnulls(project, customer) = 1", name="account"),
        CheckConstraint("unit IN ('day', 'week', 'month', 'quarter', 'year') AND every >= 1", name="rhythm"),
        CheckConstraint("days_ahead >= 0", name="days_ahead"),
        CheckConstraint("(next_day IS NULL) = (bill_on IS NULL)", name="next"),
        CheckConstraint("(failure_slug IS NULL) = (failures = 0)", name="failure"),
        Index("ix_subscriptions_due", "bill_on", postgresql_where=text("NOT paused AND bill_on IS NOT NULL")),
        Index("ix_subscriptions_organisation_project", "organisation", "project"),
    )

    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    code: str = Field(primary_key=True)
    project: str | None = None
    customer: str | None = None
    reference: str | None = Field(default=None, description="What another system calls it: any text.")
    currency: str
    unit: str
    every: int
    start_day: date
    end_day: date | None = Field(default=None, description="No period begins after it; before the start: none at all.")
    days_ahead: int
    issue: bool = Field(description="False: drafts are left for the back office.")
    paused: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    revision: int | None = Field(default=None, description="Of the last event that changed it, if it said one.")
    next_day: date | None = None
    bill_on: date | None = None
    failures: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    failure_slug: str | None = None
    failure_detail: str | None = None
    failed_at: datetime | None = None
    retry_at: datetime | None = None
    created_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
    created_by: str


class SubscriptionPrice(Base, table=True):
    """What a period costs that begins on ``valid_from`` or later: an amount, or lines."""

    __tablename__ = "subscription_prices"
    __table_args__ = (
        _of_subscription(),
        CheckConstraint("num_nonnulls(amount, lines) = 1 AND amount > 0", name="content"),
    )

    organisation: str = Field(primary_key=True)
    subscription: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    amount: Decimal | None = Field(default=None, sa_type=Numeric)
    vat_rate: Decimal | None = Field(default=None, sa_type=Numeric)
    description: str | None = None
    #: [{description, quantity, price, vat_rate}] with decimals as text.
    lines: list[dict[str, Any]] | None = Field(default=None, sa_type=JSONB(none_as_null=True))


class SubscriptionPeriod(Base, table=True):
    """A period that was billed: its key is the day on which it begins, so that none is billed twice.

    ``invoice_id`` None: its draft was deleted; it stays as it is until somebody frees the period.
    """

    __tablename__ = "subscription_periods"
    __table_args__ = (_of_subscription(), UniqueConstraint("invoice_id"))

    organisation: str = Field(primary_key=True)
    subscription: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    invoice_id: UUID | None = Field(default=None, foreign_key="invoices.id", ondelete="SET NULL")
    billed_at: datetime
    billed_by: str


class SubscriptionRun(Base, table=True):
    """A run by hand. ``finished_at`` None: it is under way, or its process ended before it did."""

    __tablename__ = "subscription_runs"
    __table_args__ = (Index("ix_subscription_runs_organisation_id", "organisation", "id"),)

    id: UUID = Field(primary_key=True)
    organisation: str = Field(foreign_key="organisations.code")
    until: date
    started_at: datetime
    started_by: str
    finished_at: datetime | None = None


class SubscriptionRunResult(Base, table=True):
    """A period that a run billed (``invoice_id``), or could not bill (``slug``)."""

    __tablename__ = "subscription_run_results"

    run_id: UUID = Field(primary_key=True, foreign_key="subscription_runs.id")
    position: int = Field(primary_key=True)
    organisation: str
    subscription: str
    day: date
    invoice_id: UUID | None = Field(default=None, foreign_key="invoices.id", ondelete="SET NULL")
    slug: str | None = None
    detail: str | None = None
