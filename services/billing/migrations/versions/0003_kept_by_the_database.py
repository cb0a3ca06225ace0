"""What the database keeps by itself: what is open in the ledger, and that nothing issued is changed.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import re

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Every ledger row but the billed ones is open until it is claimed. The account's row is locked by whoever writes the
# ledger or a claim, so the balances are never waited for.
_OPEN = """
CREATE OR REPLACE FUNCTION open_ledger_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH opened AS (
        INSERT INTO open_rows (row_id, organisation, account_id, day, parts)
        SELECT id, organisation, account_id, day, parts FROM added WHERE kind <> 'billed'
        RETURNING organisation, account_id, parts
    )
    INSERT INTO open_balances AS balance (account_id, organisation, rows, parts)
    SELECT account_id, min(organisation), count(*), sum(parts) FROM opened GROUP BY account_id ORDER BY account_id
    ON CONFLICT (account_id) DO UPDATE
        SET rows = balance.rows + excluded.rows, parts = balance.parts + excluded.parts;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER ledger_rows_are_open AFTER INSERT ON ledger_rows
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION open_ledger_rows();

CREATE OR REPLACE FUNCTION claim_open_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    claimed bigint;
    taken bigint;
BEGIN
    SELECT count(*) INTO claimed FROM added;
    WITH gone AS (
        DELETE FROM open_rows USING added WHERE open_rows.row_id = added.row_id
        RETURNING open_rows.account_id, open_rows.parts
    ), sums AS (
        SELECT account_id, count(*) AS rows, sum(parts) AS parts FROM gone GROUP BY account_id
    ), changed AS (
        UPDATE open_balances balance SET rows = balance.rows - sums.rows, parts = balance.parts - sums.parts
        FROM sums WHERE balance.account_id = sums.account_id
    )
    SELECT coalesce(sum(rows), 0) INTO taken FROM sums;
    IF taken <> claimed THEN
        RAISE EXCEPTION '% of % claimed ledger rows are not open', claimed - taken, claimed
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER ledger_claims_take AFTER INSERT ON ledger_claims
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION claim_open_rows();

CREATE OR REPLACE FUNCTION free_claimed_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM removed WHERE how <> 'draft') THEN
        RAISE EXCEPTION 'only the claims of drafts can be given up' USING ERRCODE = 'restrict_violation';
    END IF;
    WITH opened AS (
        INSERT INTO open_rows (row_id, organisation, account_id, day, parts)
        SELECT id, ledger_rows.organisation, account_id, day, parts FROM removed JOIN ledger_rows ON id = row_id
        RETURNING organisation, account_id, parts
    )
    INSERT INTO open_balances AS balance (account_id, organisation, rows, parts)
    SELECT account_id, min(organisation), count(*), sum(parts) FROM opened GROUP BY account_id ORDER BY account_id
    ON CONFLICT (account_id) DO UPDATE
        SET rows = balance.rows + excluded.rows, parts = balance.parts + excluded.parts;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER ledger_claims_free AFTER DELETE ON ledger_claims
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION free_claimed_rows();

CREATE OR REPLACE FUNCTION keep_claims() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM removed LEFT JOIN added USING (row_id, invoice_id)
        WHERE removed.how <> 'draft' OR added.how IS NULL OR added.how = 'netted'
    ) THEN
        RAISE EXCEPTION 'a claim changes from draft to issued only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER ledger_claims_keep AFTER UPDATE ON ledger_claims
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION keep_claims();
"""

# What the ledger held before this revision.
_BACKFILL = """
INSERT INTO open_rows (row_id, organisation, account_id, day, parts)
SELECT id, organisation, account_id, day, parts FROM ledger_rows
WHERE kind <> 'billed' AND NOT EXISTS (SELECT FROM ledger_claims WHERE row_id = ledger_rows.id)
ON CONFLICT DO NOTHING;

INSERT INTO open_balances (account_id, organisation, rows, parts)
SELECT account_id, min(organisation), count(*), sum(parts) FROM open_rows GROUP BY account_id
ON CONFLICT DO NOTHING;
"""

# An issued invoice is neither deleted nor changed, and the dates of a series do not decrease.
_FIXED = """
CREATE OR REPLACE FUNCTION keep_invoices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last_date date;
    moving text[] := ARRAY['state', 'paid', 'credited'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'an invoice begins as a draft' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'draft' THEN
        IF TG_OP = 'DELETE' OR NEW.state = 'draft' OR to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving THEN
            RAISE EXCEPTION 'invoice % is issued: nothing deletes or changes it', OLD.number
                USING ERRCODE = 'restrict_violation';
        END IF;
    ELSIF TG_OP = 'UPDATE' AND NEW.number IS NOT NULL THEN
        SELECT issue_date INTO last_date FROM invoices
        WHERE organisation = NEW.organisation AND series = NEW.series
        ORDER BY fiscal_year DESC, sequence DESC LIMIT 1;
        IF NEW.issue_date < last_date THEN
            RAISE EXCEPTION 'the last invoice of this series is of %', last_date
                USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_dates';
        END IF;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE TRIGGER invoices_keep BEFORE INSERT OR UPDATE OR DELETE ON invoices
    FOR EACH ROW EXECUTE FUNCTION keep_invoices();

CREATE OR REPLACE FUNCTION keep_parts_of_invoices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM changed c JOIN invoices i ON i.id = c.invoice_id WHERE i.state <> 'draft') THEN
        RAISE EXCEPTION '% of an issued invoice: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION keep_part_of_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM invoices WHERE id IN (OLD.invoice_id, NEW.invoice_id) AND state <> 'draft') THEN
        RAISE EXCEPTION '% of an issued invoice: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""

_FIXED_PARTS = """
CREATE OR REPLACE TRIGGER {table}_not_added AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_parts_of_invoices();
CREATE OR REPLACE TRIGGER {table}_not_removed AFTER DELETE ON {table}
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_parts_of_invoices();
CREATE OR REPLACE TRIGGER {table}_not_changed BEFORE UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION keep_part_of_invoice();
"""

# A queue: its dead rows must go soon, or every look at what is open reads them all.
_QUEUE = "ALTER TABLE open_rows SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000)"


def upgrade() -> None:
    _run(_BACKFILL)
    _run(_OPEN)
    _run(_FIXED)
    for table in ("invoice_lines", "line_shares", "deductions", "invoice_accounts"):
        _run(_FIXED_PARTS.format(table=table))
    op.execute(_QUEUE)


def _run(script: str) -> None:
    """Statements one by one, because the driver prepares each; a line that begins with a verb begins one."""
    for statement in re.split(r"\n(?=CREATE |INSERT )", script):
        if statement.strip():
            op.execute(statement)
