"""Documents of issued invoices, the queue of those to be made, and organisations' logos.

The database keeps what must hold (migration 0008): issuing queues the documents in its own transaction, a document
that was made is never changed, and its hash is that of its content.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, LargeBinary, UniqueConstraint, func, text
from sqlmodel import Field

from services.billing.models.base import Base


class Document(Base, table=True):
    """``state``: waiting; made (content and all); failed (can be retried); none (there will be none, ``reason``)."""

    __tablename__ = "documents"
    __table_args__ = (
        CheckConstraint("kind IN ('pdf', 'e-invoice')", name="kind"),
        CheckConstraint("state IN ('waiting', 'made', 'failed', 'none')", name="state"),
        CheckConstraint(
            "num_nulls(content, sha256, size, made_at) = CASE state WHEN 'made' THEN 0 ELSE 4 END", name="made_whole"
        ),
        CheckConstraint("(state IN ('failed', 'none')) = (reason IS NOT NULL)", name="reason"),
        CheckConstraint("sha256 = sha256(content) AND size = length(content)", name="hash"),
        Index(
            "ix_documents_not_made",
            "organisation",
            "state",
            "invoice_id",
            "kind",
            postgresql_where=text("state IN ('waiting', 'failed')"),
        ),
    )

    invoice_id: UUID = Field(primary_key=True, foreign_key="invoices.id")
    kind: str = Field(primary_key=True)
    organisation: str
    state: str
    reason: str | None = Field(default=None, description="A slug.")
    detail: str | None = Field(default=None, description="For people.")
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    sha256: bytes | None = Field(default=None, sa_type=LargeBinary)
    size: int | None = None
    made_at: datetime | None = None
    changed_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})


class DocumentQueue(Base, table=True):
    """Invoices whose waiting documents are to be made, in this order; deleted with the result."""

    __tablename__ = "document_queue"
    __table_args__ = (UniqueConstraint("invoice_id", name="uq_document_queue_invoice_id"),)

    position: int | None = Field(
        default=None, primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(always=True),)
    )
    invoice_id: UUID = Field(foreign_key="invoices.id")
    organisation: str
    rows: int = Field(description="Lines and entries that the documents will show: a big one is made alone.")


class OrganisationLogo(Base, table=True):
    __tablename__ = "logos"
    __table_args__ = (CheckConstraint("format IN ('png', 'jpg', 'svg')", name="format"),)

    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    format: str
    content: bytes = Field(sa_type=LargeBinary)
    changed_at: datetime
