"""The tables of workorders. Every one carries the organisation; ``Base.metadata`` holds them and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    MetaData,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.database.core_tables import core_tables

_NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=_NAMES))):
    """Base of all tables of this service."""


core_tables(Base.metadata)


class KnownOrganisation(Base, table=True):
    """Local copy of a record that billing owns: an order of any other organisation is not taken."""

    __tablename__ = "organisations"

    code: str = Field(primary_key=True)
    version: int
    name: str
    time_zone: str = Field(description="IANA name: clock times without an offset are local to it.")
    deleted: bool


class StoredOrder(Base, table=True):
    """A work order as it is: the document of its newest revision. Its row is locked before anything is published."""

    __tablename__ = "work_orders"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("organisation", "source", "external_id"),
        # Lists, newest first: all of an organisation, and those of a project, a customer or a status.
        Index("ix_work_orders_list", "organisation", text("created_at DESC"), text("id DESC")),
        Index("ix_work_orders_project", "organisation", "project", text("created_at DESC"), text("id DESC")),
        Index("ix_work_orders_customer", "organisation", "customer", text("created_at DESC"), text("id DESC")),
        Index("ix_work_orders_status", "organisation", "status", text("created_at DESC"), text("id DESC")),
        Index("ix_work_orders_external_id", "organisation", "external_id"),
        CheckConstraint("published_revision <= revision", name="published_revision"),
    )

    id: UUID = Field(primary_key=True, description="shared.ids.work_order_id")
    organisation: str
    source: str
    external_id: str
    revision: int
    status: str
    customer: str | None = Field(default=None)
    project: str | None = Field(default=None)
    phase: str | None = Field(default=None)
    document: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    published_revision: int | None = Field(default=None, description="The last revision whose hours were published.")
    traceparent: str | None = Field(default=None, description="W3C trace context with which this revision came.")
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))


class StoredRevision(Base, table=True):
    """A revision as it was sent. Append-only: what was seen is compared with what comes again."""

    __tablename__ = "work_order_revisions"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("how IN ('kafka', 'http', 'file')", name="how"),
        CheckConstraint("outcome IN ('accepted', 'ignored')", name="outcome"),
    )

    work_order_id: UUID = Field(sa_column=Column(ForeignKey("work_orders.id"), primary_key=True))
    revision: int = Field(primary_key=True)
    organisation: str
    digest: str
    document: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    outcome: str = Field(description="accepted; ignored when a newer revision had come before it.")
    received_at: datetime = Field(sa_type=DateTime(timezone=True))
    how: str = Field(description="kafka, http or file.")
    received_from: str = Field(description="Who sent it: a user's subject, or the source of the message.")


class StoredLine(Base, table=True):
    """What became of a line whose hours were published; it stays when a later revision leaves the line out."""

    __tablename__ = "work_order_lines"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("work_order_id", "line_id"),
        # "Which orders have a line that waits (was rejected, is invoiced)": few lines of many stand in such a state.
        Index("ix_work_order_lines_state", "organisation", "state", "work_order_id"),
    )

    entry_id: UUID = Field(primary_key=True, description="shared.ids.entry_id_of_line")
    organisation: str
    work_order_id: UUID = Field(sa_column=Column(ForeignKey("work_orders.id"), nullable=False))
    line_id: str
    position: int = Field(description="Place in its order, from 0.")
    revision: int = Field(description="The last revision that has the line.")
    state: str
    reason: str | None = Field(default=None)
    entry_version: int = Field(description="Version of the entry that state and reason are of; 0 before the first.")
    invoice: str | None = Field(default=None, description="Number of the invoice that bills the line.")
    invoice_sequence: int = Field(
        sa_type=BigInteger, description="Billing's sequence for the entry that the invoice is of; 0 before."
    )
    version: int = Field(description="Raised with every published change of the line.")
    changed_at: datetime = Field(sa_type=DateTime(timezone=True))
