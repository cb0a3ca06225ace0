"""Exports: what was asked, the file that it became, and what the files say of which entry."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.timesheets.models.base import Base


class ExportRun(Base, table=True):
    """One export. Once it is ``ready`` its bytes never change.

    ``asked``: format, employees, columns, separator, decimal, encoding, only_new (schemas/exports.py).
    """

    __tablename__ = "export_runs"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'ready', 'failed')", name="state"),
        CheckConstraint("(state = 'ready') = (sha256 IS NOT NULL)", name="ready_has_its_file"),
        CheckConstraint("(state = 'failed') = (reason IS NOT NULL)", name="failed_has_reason"),
        Index("ix_export_runs_organisation_created_at_id", "organisation", "created_at", "id"),
        Index("ix_export_runs_waiting", "attempts", "created_at", postgresql_where=text("state = 'waiting'")),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    state: str
    first_day: date
    last_day: date
    asked: dict[str, Any] = Field(sa_type=JSONB)
    created_at: datetime
    created_by: str
    ready_at: datetime | None = None
    rows: int | None = None
    size: int | None = Field(default=None, sa_type=BigInteger, description="Bytes of the file.")
    sha256: bytes | None = None
    reason: str | None = Field(default=None, description="Why it failed.")
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"}, description="How often it was tried.")


class ExportPart(Base, table=True):
    """Part of a run's file. Never changed: a trigger forbids UPDATE, DELETE and TRUNCATE (migration 0004)."""

    __tablename__ = "export_parts"

    run_id: UUID = Field(primary_key=True, foreign_key="export_runs.id")
    number: int = Field(primary_key=True, description="From 0.")
    organisation: str
    content: bytes


class ExportedEntry(Base, table=True):
    """An approval of an entry that exports hold and have not taken back: what "only what is new" leaves out.

    ``version`` is the approval's, so that ``entry_versions`` has what was exported of it.
    """

    __tablename__ = "exported_entries"
    __table_args__ = (Index("ix_exported_entries_organisation_day", "organisation", "day"),)

    entry_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    organisation: str
    day: date
    employee: str | None = None
    run_id: UUID
