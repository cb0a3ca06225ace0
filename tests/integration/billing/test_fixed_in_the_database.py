"""What the database itself refuses, whatever code asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from shared.database.bulk import execute
from shared.database.database import Database
from tests.support.billing import Firm
from tests.support.invoicing import Office, make_office


@pytest.fixture
async def office(database: Database) -> Office:
    """One issued invoice (2026-00002), the advance that it deducts (2026-00001), and a draft."""
    office = await make_office(database)
    await office.advance("50.00")
    await office.work("a", "75.00")
    await office.invoice()
    await office.work("b", "10.00")
    await office.draft()
    return office


async def refused(firm: Firm, statement: str, *args: Any) -> str:
    """The SQLSTATE with which PostgreSQL refuses ``statement``, whose $1 is the organisation."""
    with pytest.raises(asyncpg.PostgresError) as error:
        async with firm.database.transaction() as session:
            await execute(session, statement, firm.code, *args)
    return str(error.value.sqlstate)


RESTRICT, CHECK, UNIQUE, FOREIGN_KEY = "23001", "23514", "23505", "23503"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM invoices WHERE organisation = $1 AND number = '2026-00002'",
        "UPDATE invoices SET number = '2026-00009' WHERE organisation = $1 AND number = '2026-00002'",
        "UPDATE invoices SET net = net + 1, to_pay = to_pay + 1 WHERE organisation = $1 AND number = '2026-00002'",
        "UPDATE invoices SET buyer = '{}' WHERE organisation = $1 AND number = '2026-00002'",
        "UPDATE invoices SET issue_date = '2026-01-01' WHERE organisation = $1 AND number = '2026-00002'",
        "UPDATE invoices SET state = 'draft' WHERE organisation = $1 AND number = '2026-00002'",
        "DELETE FROM invoice_lines WHERE organisation = $1",
        "UPDATE invoice_lines SET description = 'x' WHERE organisation = $1",
        "UPDATE line_shares SET parts = 0 WHERE organisation = $1",
        "DELETE FROM deductions WHERE organisation = $1",
        "DELETE FROM ledger_claims WHERE organisation = $1",
        "UPDATE ledger_claims SET how = 'draft' WHERE organisation = $1",
        "DELETE FROM invoice_accounts WHERE organisation = $1",
        """
        INSERT INTO invoice_lines (id, invoice_id, organisation, position, kind, description, quantity, unit, price,
                                   surcharge, net, vat_rate, vat_category)
        SELECT gen_random_uuid(), id, organisation, 99, 'cost', '', 1, '', 1, 0, 1, 21, 'S'
        FROM invoices WHERE organisation = $1 AND number = '2026-00002'
        """,
    ],
)
async def test_an_issued_invoice_is_neither_deleted_nor_changed(office: Office, statement: str) -> None:
    assert await refused(office.firm, statement) == RESTRICT


ISSUE = """
UPDATE invoices SET state = 'issued', series = 'invoices', fiscal_year = 2026, sequence = $2, previous_sequence = $3,
    number = $4, issue_date = $5::text::date, due_date = '2026-12-31', payment_term = 'cash', seller = '{}',
    buyer = '{}', issued_at = now(), issued_by = 'x'
WHERE organisation = $1 AND state = 'draft'
"""


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ((4, 3, "2026-00004", "2026-06-01"), FOREIGN_KEY),  # a gap: there is no 3
        ((4, 2, "2026-00004", "2026-06-01"), CHECK),  # the one before 4 is 3
        ((4, None, "2026-00004", "2026-06-01"), CHECK),
        ((2, 1, "2026-00003", "2026-06-01"), UNIQUE),
        ((3, 2, "2026-00002", "2026-06-01"), UNIQUE),
        ((0, None, "2026-00000", "2026-06-01"), CHECK),
        ((3, 2, "2026-00003", "2026-05-31"), CHECK),  # before the last one
        ((3, 2, None, "2026-06-01"), CHECK),
    ],
)
async def test_numbers_have_no_gap_and_dates_do_not_decrease(office: Office, values: Sequence[Any], why: str) -> None:
    assert await refused(office.firm, ISSUE, *values) == why


async def test_the_next_number_would_be_taken(office: Office) -> None:
    async with office.firm.database.transaction() as session:
        await execute(session, ISSUE, office.firm.code, 3, 2, "2026-00003", "2026-06-01")


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE advances SET settled = net + 1 WHERE organisation = $1", CHECK),
        ("UPDATE advances SET credited = 0.01 WHERE organisation = $1", CHECK),
        ("UPDATE advances SET settled = -1 WHERE organisation = $1", CHECK),
        (
            "INSERT INTO ledger_claims (row_id, organisation, how, invoice_id)"
            " SELECT row_id, organisation, 'draft', invoice_id FROM ledger_claims WHERE organisation = $1",
            UNIQUE,
        ),
        (
            "INSERT INTO ledger_claims (row_id, organisation, how) SELECT id, organisation, 'netted' FROM ledger_rows"
            " WHERE organisation = $1 AND kind = 'billed'",
            RESTRICT,
        ),
        ("UPDATE ledger_rows SET parts = 0 WHERE organisation = $1", RESTRICT),
        (
            "INSERT INTO invoices (id, organisation, type, origin, state, customer, currency, selection, vat_country,"
            " vat_treatment, net, vat, to_pay, vat_lines, created_by) VALUES (gen_random_uuid(), $1, 'regular',"
            " 'phases', 'issued', 'ACME', 'EUR', '{}', 'NL', 'standard', 0, 0, 0, '[]', 'x')",
            RESTRICT,
        ),
        ("UPDATE invoices SET paid = -1 WHERE organisation = $1", CHECK),
    ],
)
async def test_other_facts_of_the_database(office: Office, statement: str, why: str) -> None:
    assert await refused(office.firm, statement) == why
