"""Time entries: as they are now, their pieces, and all that ever happened to them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.timesheets.models.base import Base

_TIME = "kind IN ('labour', 'travel')"


class Entry(Base, table=True):
    """One line in the timesheet, or (state ``waiting``) one that waits to get there.

    The id follows from the business key (``shared.ids``): (organisation, source, external_id, line_id) of a line of
    a work order, (organisation, ref) of an entry by hand. What was worked stands in ``started_at``, ``ended_at`` and
    ``raw_minutes`` and is never rounded; what is counted of it stands in ``minutes`` and in the pieces.
    """

    __tablename__ = "entries"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'draft', 'submitted', 'approved', 'rejected', 'cancelled', 'reversed')",
            name="state",
        ),
        CheckConstraint("(state = 'approved') = (approved_version IS NOT NULL)", name="approved_has_approval"),
        CheckConstraint("state <> 'waiting' OR reason IS NOT NULL", name="waiting_has_reason"),
        CheckConstraint("(work_order_id IS NULL) = (ref IS NOT NULL)", name="one_origin"),
        CheckConstraint(f"({_TIME}) = (minutes IS NOT NULL)", name="time_has_minutes"),
        CheckConstraint("minutes IS NULL OR minutes = greatest(raw_minutes - break_minutes, 0)", name="minutes"),
        CheckConstraint("version >= 1", name="version"),
        Index("ix_entries_organisation_day_id", "organisation", "day", "id"),
        Index("ix_entries_organisation_employee_day", "organisation", "employee", "day"),
        Index("ix_entries_organisation_project_day", "organisation", "project", "day"),
        Index(
            "ix_entries_long",
            "organisation",
            "employee",
            postgresql_where=text("ended_at - started_at > interval '24 hours'"),
        ),
        Index("ix_entries_work_order_id", "work_order_id", postgresql_where=text("work_order_id IS NOT NULL")),
        Index("ix_entries_extra_to", "extra_to", postgresql_where=text("extra_to IS NOT NULL")),
        Index("ix_entries_waiting", "organisation", "created_at", "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_entries_submitted", "organisation", "day", "id", postgresql_where=text("state = 'submitted'")),
        Index(
            "ix_entries_flagged",
            "organisation",
            "day",
            "id",
            postgresql_where=text("flags <> '{}' AND state IN ('draft', 'submitted')"),
        ),
        Index(
            "ix_entries_unsubmitted",
            "organisation",
            "day",
            "id",
            postgresql_where=text("state IN ('draft', 'rejected')"),
        ),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    state: str
    version: int = Field(description="Raised with every published change.")

    work_order_id: UUID | None = None
    source: str | None = None
    external_id: str | None = None
    revision: int | None = None
    line_id: str | None = None
    position: int | None = Field(default=None, description="Place of the line in its order, from 0.")
    ref: str | None = Field(default=None, description="The client's own name of an entry by hand.")
    digest: str | None = Field(default=None, description="Of what was asked under this ref.")

    kind: str
    employee: str | None = None
    customer: str | None = None
    project: str | None = None
    phase: str | None = None
    hour_type: str | None = None
    day: date = Field(description="Local day of the start.")
    started_at: datetime | None = None
    ended_at: datetime | None = None
    raw_minutes: int | None = Field(default=None, description="As worked, break included.")
    break_minutes: int
    minutes: int | None = None
    quantity: Decimal | None = Field(default=None, sa_type=Numeric)
    unit: str | None = None
    unit_price: Decimal | None = Field(default=None, sa_type=Numeric)
    currency: str | None = None
    article: str | None = None
    vat_rate: Decimal | None = Field(default=None, sa_type=Numeric)
    description: str | None = None
    extra_to: UUID | None = Field(default=None, description="The entry that this one is an extra cost of.")

    billable: bool
    flags: list[str] = Field(sa_type=ARRAY(Text))
    reason: str | None = Field(default=None, description="Why it waits, was rejected, cancelled or reversed.")
    cost_amount: Decimal | None = Field(default=None, sa_type=Numeric)
    cost_currency: str | None = None

    approved_version: int | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None

    invoice_id: UUID | None = None
    invoice_number: str | None = None
    invoice_sequence: int | None = Field(
        default=None, description="Billing's own, for this entry: the highest counts."
    )

    billed_net: Decimal | None = Field(
        default=None, sa_type=Numeric, description="What issued invoices bill of it in all, as billing says."
    )

    line: dict[str, Any] | None = Field(
        default=None, sa_type=JSONB, description="As it was sent, while its organisation is unknown."
    )
    traceparent: str | None = None
    created_at: datetime
    changed_at: datetime


class EntryPiece(Base, table=True):
    """Part of an entry's minutes with one hour type and one surcharge; together they are ``entries.minutes``."""

    __tablename__ = "entry_pieces"
    __table_args__ = (CheckConstraint("minutes > 0", name="minutes"),)

    entry_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True, description="In the order of the clock, from 0.")
    organisation: str
    minutes: int
    hour_type: str
    surcharge: Decimal = Field(sa_type=Numeric)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    why: list[str] = Field(
        sa_type=ARRAY(Text), sa_column_kwargs={"server_default": text("'{}'")}, description="``Piece.why``."
    )


class EntryVersion(Base, table=True):
    """What happened to an entry. Append-only: a trigger forbids UPDATE, DELETE and TRUNCATE (migration 0001).

    ``snapshot`` is the data of the event that was published for this version.
    """

    __tablename__ = "entry_versions"

    entry_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    organisation: str
    what: str
    snapshot: dict[str, Any] = Field(sa_type=JSONB)
    actor: str
    reason: str | None = None
    at: datetime
