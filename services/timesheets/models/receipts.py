"""Receipts: what proves an expense, as it was handed in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.timesheets.models.base import Base


class Receipt(Base, table=True):
    """One file of an expense. ``media_type`` is what the content is, whatever was said of it.

    The same file (``digest``: SHA-256) is kept once for an entry.
    """

    __tablename__ = "receipts"
    __table_args__ = (
        CheckConstraint("media_type IN ('application/pdf', 'image/png', 'image/jpeg')", name="media_type"),
        CheckConstraint("size = octet_length(content)", name="size"),
        Index("uq_receipts_entry_id_digest", "entry_id", "digest", unique=True),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    entry_id: UUID = Field(foreign_key="entries.id")
    name: str
    media_type: str
    size: int
    digest: bytes
    content: bytes
    added_by: str
    added_at: datetime
