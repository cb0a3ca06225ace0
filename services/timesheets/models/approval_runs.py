"""Decisions about all that match a filter, worked off in portions."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.timesheets.models.base import Base


class ApprovalRun(Base, table=True):
    """Who asked for what, and how far it is: ``matched`` = ``done`` + ``skipped`` + what is still to be done."""

    __tablename__ = "approval_runs"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'done')", name="state"),
        CheckConstraint("decision IN ('approve', 'accept', 'dismiss')", name="decision"),
        CheckConstraint("(state = 'done') = (finished_at IS NOT NULL)", name="done_has_end"),
        CheckConstraint("done + skipped <= matched", name="counts"),
        Index("ix_approval_runs_organisation_id", "organisation", "id"),
        Index("ix_approval_runs_running", "id", postgresql_where=text("state = 'running'")),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    subject: str = Field(description="Who approves.")
    employee: str | None = Field(default=None, description="The employee that they are.")
    reason: str | None = Field(default=None, description="What they said with it.")
    filter: dict[str, Any] = Field(sa_type=JSONB, description="As it was asked.")
    decision: str = Field(
        default="approve",
        sa_column_kwargs={"server_default": "approve"},
        description="What is decided: approve; or accept or dismiss open corrections.",
    )
    state: str
    matched: int
    done: int
    skipped: int
    started_at: datetime
    finished_at: datetime | None = None


class ApprovalRunEntry(Base, table=True):
    """An entry that matched when the run began. ``outcome`` None: its turn is to come."""

    __tablename__ = "approval_run_entries"
    __table_args__ = (
        ForeignKeyConstraint(["run_id"], ["approval_runs.id"], ondelete="CASCADE"),
        CheckConstraint("outcome IN ('done', 'skipped')", name="outcome"),
        CheckConstraint("(outcome IS NOT DISTINCT FROM 'skipped') = (slug IS NOT NULL)", name="skipped_has_slug"),
        Index("ix_approval_run_entries_open", "run_id", "entry_id", postgresql_where=text("outcome IS NULL")),
    )

    run_id: UUID = Field(primary_key=True)
    entry_id: UUID = Field(primary_key=True)
    outcome: str | None = None
    name: str | None = None
    slug: str | None = None
    detail: str | None = None
    revision: int | None = Field(default=None, description="Of the open correction that was decided about.")
