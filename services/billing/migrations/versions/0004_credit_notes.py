"""Credit notes, refunds and write-offs.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# An invoice that is issued changes in nothing but what payments, credits and write-offs make of it.
_MOVING = """
CREATE OR REPLACE FUNCTION keep_invoices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last_date date;
    moving text[] := ARRAY['state', 'paid', 'credited', 'written_off'];
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
"""

# What is credited of a line, and of an invoice at a VAT rate, is added up beside it: the checks of these sums hold
# whoever writes, and two who credit the same line wait for each other there. The rows are made first and then added
# to: the checks of an upsert would look at the amount that is added.
_SUMS = """
CREATE OR REPLACE FUNCTION add_line_credits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO credited_lines (line_id, invoice_id, organisation, net, credited)
    SELECT DISTINCT l.id, l.invoice_id, l.organisation, l.net, 0
    FROM added a JOIN invoice_lines l ON l.id = a.line_id ORDER BY l.id
    ON CONFLICT DO NOTHING;
    UPDATE credited_lines sums SET credited = sums.credited + a.amount
    FROM (SELECT line_id, sum(amount) AS amount FROM added GROUP BY line_id) a WHERE sums.line_id = a.line_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER line_credits_add AFTER INSERT ON line_credits
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_line_credits();

CREATE OR REPLACE FUNCTION add_invoice_credits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO credited_rates
        (invoice_id, vat_rate, vat_category, organisation, net, vat, credited_net, credited_vat)
    SELECT DISTINCT a.invoice_id, a.vat_rate, a.vat_category, i.organisation, (t.line ->> 'net')::numeric,
           (t.line ->> 'vat')::numeric, 0, 0
    FROM added a
    JOIN invoices i ON i.id = a.invoice_id
    LEFT JOIN LATERAL jsonb_array_elements(i.vat_lines) AS t(line)
        ON (t.line ->> 'rate')::numeric = a.vat_rate AND t.line ->> 'category' = a.vat_category
    ORDER BY a.invoice_id, a.vat_rate, a.vat_category
    ON CONFLICT DO NOTHING;
    UPDATE credited_rates sums
    SET credited_net = sums.credited_net + a.net, credited_vat = sums.credited_vat + a.vat
    FROM (SELECT invoice_id, vat_rate, vat_category, sum(net) AS net, sum(vat) AS vat
          FROM added GROUP BY invoice_id, vat_rate, vat_category) a
    WHERE (sums.invoice_id, sums.vat_rate, sums.vat_category) = (a.invoice_id, a.vat_rate, a.vat_category);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER invoice_credits_add AFTER INSERT ON invoice_credits
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_invoice_credits();

CREATE OR REPLACE FUNCTION add_customer_credits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customer_balances (organisation, customer, currency, amount)
    SELECT organisation, customer, min(currency), 0 FROM added
    GROUP BY organisation, customer ORDER BY organisation, customer
    ON CONFLICT DO NOTHING;
    UPDATE customer_balances balance SET amount = balance.amount + a.amount
    FROM (SELECT organisation, customer, sum(amount) AS amount FROM added GROUP BY organisation, customer) a
    WHERE (balance.organisation, balance.customer) = (a.organisation, a.customer);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER customer_credits_add AFTER INSERT ON customer_credits
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_customer_credits();
"""

_APPEND_ONLY = """
CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
"""

# What comes back is what an issued invoice billed, exactly as it was accrued.
_RELEASED = """
CREATE OR REPLACE FUNCTION release_what_was_billed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_rows r JOIN ledger_claims c ON c.row_id = r.id AND c.how = 'issued'
        WHERE r.id = NEW.releases_row_id AND r.account_id = NEW.account_id AND r.parts = NEW.parts
          AND r.entry_id IS NOT DISTINCT FROM NEW.entry_id AND r.entry_version IS NOT DISTINCT FROM NEW.entry_version
          AND r.external_cost_id IS NOT DISTINCT FROM NEW.external_cost_id
    ) THEN
        RAISE EXCEPTION 'ledger row % is not what an issued invoice billed', NEW.releases_row_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER ledger_rows_release BEFORE INSERT ON ledger_rows
    FOR EACH ROW WHEN (NEW.kind = 'released') EXECUTE FUNCTION release_what_was_billed();
"""


def upgrade() -> None:
    _columns()
    _credits()
    _money()
    for script in (_MOVING, _SUMS, _RELEASED):
        _run(script)
    for table in ("line_credits", "share_credits", "invoice_credits", "customer_credits", "write_offs"):
        _run(_APPEND_ONLY.format(table=table))


def _columns() -> None:
    """What credit notes add to invoices, their lines, and the ledger."""
    op.add_column("invoices", sa.Column("credits_invoice_id", sa.Uuid()))
    op.add_column("invoices", sa.Column("reason", sa.String()))
    op.add_column("invoices", sa.Column("written_off", sa.Numeric(), server_default=sa.text("0"), nullable=False))
    op.create_foreign_key("fk_invoices_credits_invoice_id", "invoices", "invoices", ["credits_invoice_id"], ["id"])
    op.create_index(
        "ix_invoices_credits_invoice_id",
        "invoices",
        ["credits_invoice_id"],
        postgresql_where=sa.text("credits_invoice_id IS NOT NULL"),
    )
    op.create_check_constraint(op.f("ck_invoices_credited"), "invoices", "credited <= to_pay OR credited = 0")
    op.create_check_constraint(op.f("ck_invoices_written_off"), "invoices", "written_off >= 0")
    op.create_check_constraint(
        op.f("ck_invoices_gives_back"), "invoices", "type <> 'credit note' OR (net <= 0 AND to_pay <= 0)"
    )
    op.create_check_constraint(
        op.f("ck_invoices_credits"), "invoices", "type = 'credit note' OR credits_invoice_id IS NULL"
    )
    op.add_column("invoice_lines", sa.Column("credits_line_id", sa.Uuid()))
    op.create_foreign_key(
        "fk_invoice_lines_credits_line_id", "invoice_lines", "invoice_lines", ["credits_line_id"], ["id"]
    )
    op.create_index(
        "ix_invoice_lines_credits_line_id",
        "invoice_lines",
        ["credits_line_id"],
        postgresql_where=sa.text("credits_line_id IS NOT NULL"),
    )
    op.add_column("ledger_rows", sa.Column("releases_row_id", sa.BigInteger()))
    op.create_foreign_key("fk_ledger_rows_releases_row_id", "ledger_rows", "ledger_rows", ["releases_row_id"], ["id"])
    op.drop_constraint(op.f("ck_ledger_rows_reversal_names_its_row"), "ledger_rows", type_="check")
    op.create_check_constraint(
        op.f("ck_ledger_rows_reversal_names_its_row"),
        "ledger_rows",
        "(kind <> 'reversal' OR reverses_row_id IS NOT NULL)"
        " AND (reverses_row_id IS NULL OR kind IN ('reversal', 'released'))",
    )
    op.create_check_constraint(
        op.f("ck_ledger_rows_released_names_its_row"),
        "ledger_rows",
        "(kind = 'released') = (releases_row_id IS NOT NULL)",
    )
    op.create_index(
        "uq_ledger_rows_released",
        "ledger_rows",
        ["releases_row_id"],
        unique=True,
        postgresql_where=sa.text("releases_row_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ledger_rows_released_entry",
        "ledger_rows",
        ["organisation", "entry_id"],
        postgresql_where=sa.text("kind = 'released'"),
    )
    op.create_index(
        "ix_ledger_rows_reverses_row_id",
        "ledger_rows",
        ["reverses_row_id"],
        postgresql_where=sa.text("reverses_row_id IS NOT NULL"),
    )


def _credits() -> None:
    """What each line of a credit note undoes of which line, share and invoice; and the sums."""
    op.create_table(
        "line_credits",
        sa.Column("credit_line_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("by_invoice_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.ForeignKeyConstraint(["by_invoice_id"], ["invoices.id"], name="fk_line_credits_by_invoice_id"),
        sa.ForeignKeyConstraint(["credit_line_id"], ["invoice_lines.id"], name="fk_line_credits_credit_line_id"),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_line_credits_invoice_id"),
        sa.ForeignKeyConstraint(["line_id"], ["invoice_lines.id"], name="fk_line_credits_line_id"),
        sa.PrimaryKeyConstraint("credit_line_id", "line_id", name="pk_line_credits"),
    )
    op.create_index("ix_line_credits_invoice_id", "line_credits", ["invoice_id"])
    op.create_index("ix_line_credits_by_invoice_id", "line_credits", ["by_invoice_id"])
    op.create_table(
        "credited_lines",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("net", sa.Numeric(), nullable=False),
        sa.Column("credited", sa.Numeric(), nullable=False),
        sa.CheckConstraint(
            "credited BETWEEN LEAST(net, 0) AND GREATEST(net, 0)", name=op.f("ck_credited_lines_no_more_than_the_line")
        ),
        sa.ForeignKeyConstraint(["line_id"], ["invoice_lines.id"], name="fk_credited_lines_line_id"),
        sa.PrimaryKeyConstraint("line_id", name="pk_credited_lines"),
    )
    op.create_index("ix_credited_lines_invoice_id", "credited_lines", ["invoice_id"])
    op.create_table(
        "share_credits",
        sa.Column("credit_line_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("row_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("by_credit_note", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("whole", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("whole BETWEEN -1 AND 1", name=op.f("ck_share_credits_whole")),
        sa.ForeignKeyConstraint(["credit_line_id"], ["invoice_lines.id"], name="fk_share_credits_credit_line_id"),
        sa.ForeignKeyConstraint(
            ["line_id", "row_id"], ["line_shares.line_id", "line_shares.row_id"], name="fk_share_credits_share"
        ),
        sa.PrimaryKeyConstraint("credit_line_id", "line_id", "row_id", name="pk_share_credits"),
    )
    op.create_index("ix_share_credits_line_id_row_id", "share_credits", ["line_id", "row_id"])
    op.create_index("ix_share_credits_row_id", "share_credits", ["row_id"])
    op.create_table(
        "invoice_credits",
        sa.Column("credit_note_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("vat_rate", sa.Numeric(), nullable=False),
        sa.Column("vat_category", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("net", sa.Numeric(), nullable=False),
        sa.Column("vat", sa.Numeric(), nullable=False),
        sa.ForeignKeyConstraint(["credit_note_id"], ["invoices.id"], name="fk_invoice_credits_credit_note_id"),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_invoice_credits_invoice_id"),
        sa.PrimaryKeyConstraint("credit_note_id", "invoice_id", "vat_rate", "vat_category", name="pk_invoice_credits"),
    )
    op.create_index("ix_invoice_credits_invoice_id", "invoice_credits", ["invoice_id"])
    op.create_table(
        "credited_rates",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("vat_rate", sa.Numeric(), nullable=False),
        sa.Column("vat_category", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("net", sa.Numeric(), nullable=False),
        sa.Column("vat", sa.Numeric(), nullable=False),
        sa.Column("credited_net", sa.Numeric(), nullable=False),
        sa.Column("credited_vat", sa.Numeric(), nullable=False),
        sa.CheckConstraint(
            "credited_net BETWEEN LEAST(net, 0) AND GREATEST(net, 0)"
            " AND credited_vat BETWEEN LEAST(vat, 0) AND GREATEST(vat, 0)",
            name=op.f("ck_credited_rates_no_more_than_the_rate"),
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_credited_rates_invoice_id"),
        sa.PrimaryKeyConstraint("invoice_id", "vat_rate", "vat_category", name="pk_credited_rates"),
    )


def _money() -> None:
    """The customer's credit as movements with a balance, refunds, and write-offs."""
    op.add_column("payments", sa.Column("kind", sa.String(), server_default=sa.text("'payment'"), nullable=False))
    op.create_check_constraint(op.f("ck_payments_kind"), "payments", "kind IN ('payment', 'customer credit')")
    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.Uuid()),
        sa.Column("credit_note_id", sa.Uuid()),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reference", sa.String()),
        sa.Column("paid_on", sa.Date()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount")),
        sa.CheckConstraint("state IN ('due', 'paid', 'cancelled')", name=op.f("ck_refunds_state")),
        sa.CheckConstraint(
            "(state = 'paid') = (reference IS NOT NULL) AND (state = 'paid') = (paid_on IS NOT NULL)",
            name=op.f("ck_refunds_paid"),
        ),
        sa.ForeignKeyConstraint(["credit_note_id"], ["invoices.id"], name="fk_refunds_credit_note_id"),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_refunds_invoice_id"),
        sa.ForeignKeyConstraint(
            ["organisation", "customer"],
            ["customers.organisation", "customers.code"],
            name="fk_refunds_organisation_customer",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_refunds"),
        sa.UniqueConstraint("organisation", "reference", name="uq_refunds_organisation_reference"),
    )
    op.create_index("ix_refunds_organisation_id", "refunds", ["organisation", "id"])
    op.create_index("ix_refunds_organisation_customer", "refunds", ["organisation", "customer"])
    op.create_index("ix_refunds_credit_note_id", "refunds", ["credit_note_id"])
    op.create_table(
        "customer_balances",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_customer_balances_amount")),
        sa.ForeignKeyConstraint(
            ["organisation", "customer"],
            ["customers.organisation", "customers.code"],
            name="fk_customer_balances_organisation_customer",
        ),
        sa.PrimaryKeyConstraint("organisation", "customer", name="pk_customer_balances"),
    )
    op.execute(
        "INSERT INTO customer_balances (organisation, customer, currency, amount)"
        " SELECT organisation, customer, min(currency), sum(amount) FROM customer_credits GROUP BY 1, 2"
    )
    op.drop_constraint(op.f("ck_customer_credits_amount"), "customer_credits", type_="check")
    op.alter_column("customer_credits", "invoice_id", nullable=True)
    op.alter_column("customer_credits", "payment_id", nullable=True)
    op.add_column(
        "customer_credits", sa.Column("why", sa.String(), server_default=sa.text("'overpaid'"), nullable=False)
    )
    op.add_column("customer_credits", sa.Column("credit_note_id", sa.Uuid()))
    op.add_column("customer_credits", sa.Column("refund_id", sa.Uuid()))
    op.create_foreign_key(
        "fk_customer_credits_credit_note_id", "customer_credits", "invoices", ["credit_note_id"], ["id"]
    )
    op.create_foreign_key("fk_customer_credits_refund_id", "customer_credits", "refunds", ["refund_id"], ["id"])
    op.create_check_constraint(
        op.f("ck_customer_credits_why"),
        "customer_credits",
        "CASE why WHEN 'overpaid' THEN amount > 0 AND payment_id IS NOT NULL AND invoice_id IS NOT NULL"
        " WHEN 'credited' THEN amount > 0 AND credit_note_id IS NOT NULL AND invoice_id IS NOT NULL"
        " WHEN 'used' THEN amount < 0 AND payment_id IS NOT NULL"
        " WHEN 'refund' THEN amount < 0 AND refund_id IS NOT NULL"
        " WHEN 'refund cancelled' THEN amount > 0 AND refund_id IS NOT NULL ELSE false END",
    )
    op.create_index("ix_customer_credits_invoice_id", "customer_credits", ["invoice_id"])
    op.create_index("ix_customer_credits_credit_note_id", "customer_credits", ["credit_note_id"])
    op.create_table(
        "write_offs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("written_off_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_write_offs_amount")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_write_offs_invoice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_write_offs"),
    )
    op.create_index("ix_write_offs_invoice_id", "write_offs", ["invoice_id"])
    op.create_index("ix_write_offs_organisation_id", "write_offs", ["organisation", "id"])
    op.add_column("invoicing_preferences", sa.Column("write_off_limit", sa.Numeric()))


def _run(script: str) -> None:
    """Statements one by one, because the driver prepares each; a line that begins with CREATE begins one."""
    for statement in re.split(r"\n(?=CREATE )", script):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError
