"""Documents of issued invoices, and their delivery.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Whoever issues an invoice, and however: its documents wait to be made with the same commit.
_QUEUE = """
CREATE OR REPLACE FUNCTION rows_of_documents(invoice uuid) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT ((SELECT count(*) FROM invoice_lines WHERE invoice_id = invoice)
            + (SELECT count(*) FROM line_shares WHERE invoice_id = invoice))::integer
$$;

CREATE OR REPLACE FUNCTION queue_documents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO documents (invoice_id, kind, organisation, state)
    VALUES (NEW.id, 'e-invoice', NEW.organisation, 'waiting'), (NEW.id, 'pdf', NEW.organisation, 'waiting');
    INSERT INTO document_queue (invoice_id, organisation, rows)
    VALUES (NEW.id, NEW.organisation, rows_of_documents(NEW.id));
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER invoices_queue_documents AFTER UPDATE ON invoices
    FOR EACH ROW WHEN (OLD.number IS NULL AND NEW.number IS NOT NULL) EXECUTE FUNCTION queue_documents();
"""

# A document that was made stays as it is, byte for byte; the others go back and forth between waiting and not made.
_KEPT = """
CREATE OR REPLACE FUNCTION keep_documents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'made'
       OR (NEW.invoice_id, NEW.kind, NEW.organisation) <> (OLD.invoice_id, OLD.kind, OLD.organisation) THEN
        RAISE EXCEPTION 'the % of invoice % is made: nothing deletes or changes it', OLD.kind, OLD.invoice_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER documents_keep BEFORE UPDATE OR DELETE ON documents
    FOR EACH ROW EXECUTE FUNCTION keep_documents();
"""

# What was issued before this revision.
_BACKFILL = """
INSERT INTO documents (invoice_id, kind, organisation, state)
SELECT id, kind, organisation, 'waiting' FROM invoices, unnest(ARRAY['e-invoice', 'pdf']) AS kind
WHERE number IS NOT NULL;

INSERT INTO document_queue (invoice_id, organisation, rows)
SELECT id, organisation, rows_of_documents(id) FROM invoices WHERE number IS NOT NULL ORDER BY issued_at;
"""


def upgrade() -> None:
    _documents()
    _logos()
    _emails()
    for script in (_QUEUE, _BACKFILL, _KEPT):
        _run(script)


def downgrade() -> None:
    raise NotImplementedError


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("detail", sa.String()),
        sa.Column("content", sa.LargeBinary()),
        sa.Column("sha256", sa.LargeBinary()),
        sa.Column("size", sa.Integer()),
        sa.Column("made_at", sa.DateTime(timezone=True)),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("kind IN ('pdf', 'e-invoice')", name=op.f("ck_documents_kind")),
        sa.CheckConstraint("state IN ('waiting', 'made', 'failed', 'none')", name=op.f("ck_documents_state")),
        sa.CheckConstraint(
            "num_nulls(content, sha256, size, made_at) = CASE state WHEN 'made' THEN 0 ELSE 4 END",
            name=op.f("ck_documents_made_whole"),
        ),
        sa.CheckConstraint("(state IN ('failed', 'none')) = (reason IS NOT NULL)", name=op.f("ck_documents_reason")),
        sa.CheckConstraint("sha256 = sha256(content) AND size = length(content)", name=op.f("ck_documents_hash")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_documents_invoice_id"),
        sa.PrimaryKeyConstraint("invoice_id", "kind", name="pk_documents"),
    )
    op.create_index(
        "ix_documents_not_made",
        "documents",
        ["organisation", "state", "invoice_id", "kind"],
        postgresql_where=sa.text("state IN ('waiting', 'failed')"),
    )
    # PDFs are compressed already.
    op.execute("ALTER TABLE documents ALTER COLUMN content SET STORAGE EXTERNAL")
    op.create_table(
        "document_queue",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_document_queue_invoice_id"),
        sa.PrimaryKeyConstraint("position", name="pk_document_queue"),
        sa.UniqueConstraint("invoice_id", name="uq_document_queue_invoice_id"),
    )
    op.execute(
        "ALTER TABLE document_queue SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500)"
    )


def _logos() -> None:
    op.create_table(
        "logos",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("format IN ('png', 'jpg', 'svg')", name=op.f("ck_logos_format")),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_logos_organisation"),
        sa.PrimaryKeyConstraint("organisation", name="pk_logos"),
    )


def _emails() -> None:
    op.create_table(
        "email_settings",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("sender_name", sa.String()),
        sa.Column("sender_address", sa.String()),
        sa.Column("reply_to", sa.String()),
        sa.Column("bcc", sa.String()),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_email_settings_organisation"),
        sa.PrimaryKeyConstraint("organisation", name="pk_email_settings"),
    )
    op.create_table(
        "email_texts",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('invoice', 'credit note')", name=op.f("ck_email_texts_kind")),
        sa.CheckConstraint("language IN ('nl', 'en', 'fr', 'de')", name=op.f("ck_email_texts_language")),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_email_texts_organisation"),
        sa.PrimaryKeyConstraint("organisation", "kind", "language", name="pk_email_texts"),
    )
    op.create_table(
        "emails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("recipients", sa.ARRAY(sa.String()), nullable=False),
        sa.Column("subject", sa.String()),
        sa.Column("body", sa.String()),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'failed', 'unknown')", name=op.f("ck_emails_state")
        ),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_emails_sent")),
        sa.CheckConstraint("state NOT IN ('failed', 'unknown') OR reason IS NOT NULL", name=op.f("ck_emails_reason")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_emails_invoice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_emails"),
    )
    op.create_index("ix_emails_invoice_id", "emails", ["invoice_id", "id"])
    op.create_index("ix_emails_organisation_id", "emails", ["organisation", "id"])
    op.create_index(
        "uq_emails_automatic", "emails", ["invoice_id"], unique=True, postgresql_where=sa.text("automatic")
    )
    op.create_index("ix_emails_due", "emails", ["due_at"], postgresql_where=sa.text("state IN ('queued', 'sending')"))
    op.add_column("invoicing_preferences", sa.Column("send_email", sa.Boolean()))
    op.add_column("invoicing_preferences", sa.Column("time_specification", sa.Boolean()))


def _run(script: str) -> None:
    """Statements one by one, because the driver prepares each; a line that begins with a verb begins one."""
    for statement in re.split(r"\n(?=CREATE |INSERT )", script):
        if statement.strip():
            op.execute(statement)
