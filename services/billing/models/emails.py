"""E-mails with the documents of an invoice, and what an organisation says in them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, String, text
from sqlmodel import Field

from services.billing.models.base import Base


class EmailSettings(Base, table=True):
    """From whom an organisation's e-mails come; the installation's sender where nothing is said."""

    __tablename__ = "email_settings"

    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    sender_name: str | None = None
    sender_address: str | None = None
    reply_to: str | None = None
    bcc: str | None = None


class EmailText(Base, table=True):
    """An organisation's own words, with placeholders (documents/mail/texts.py)."""

    __tablename__ = "email_texts"
    __table_args__ = (
        CheckConstraint("kind IN ('invoice', 'credit note')", name="kind"),
        CheckConstraint("language IN ('nl', 'en', 'fr', 'de')", name="language"),
    )

    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    kind: str = Field(primary_key=True)
    language: str = Field(primary_key=True)
    subject: str
    body: str


class Email(Base, table=True):
    """``state``: queued, sending, sent, failed, or unknown: it was being sent when the sender or the line broke.

    What is unknown may have arrived, so that only a person sends it again. ``subject`` and ``body`` None: the
    organisation's words for the invoice's language.
    """

    __tablename__ = "emails"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'sending', 'sent', 'failed', 'unknown')", name="state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        CheckConstraint("state NOT IN ('failed', 'unknown') OR reason IS NOT NULL", name="reason"),
        Index("ix_emails_invoice_id", "invoice_id", "id"),
        Index("ix_emails_organisation_id", "organisation", "id"),
        Index("uq_emails_automatic", "invoice_id", unique=True, postgresql_where=text("automatic")),
        Index("ix_emails_due", "due_at", postgresql_where=text("state IN ('queued', 'sending')")),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    invoice_id: UUID = Field(foreign_key="invoices.id")
    automatic: bool
    state: str = "queued"
    reason: str | None = None
    recipients: list[str] = Field(sa_type=ARRAY(String))
    subject: str | None = None
    body: str | None = None
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    tries: int = Field(
        default=0, sa_column_kwargs={"server_default": text("0")}, description="Since a person asked for it last."
    )
    due_at: datetime
    sent_at: datetime | None = None
    requested_by: str
    created_at: datetime
    changed_at: datetime
