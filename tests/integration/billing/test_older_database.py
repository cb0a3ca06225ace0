"""A database from before invoicing: its ledger goes on, open as it was."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

from alembic import command
from sqlalchemy import Connection

from shared.database.bulk import execute, fetch
from shared.database.database import Database
from shared.database.migrations import alembic_config, migrate
from shared.ids import new_id

PACKAGE = "services.billing.migrations"


def to_the_first_revision(connection: Connection) -> None:
    command.upgrade(alembic_config(str(files(PACKAGE)), connection), "0001")


async def test_what_was_open_is_open_afterwards(fresh_database: Callable[[str], str]) -> None:
    database = Database(fresh_database("billing"), application_name="tests")
    async with database.engine.begin() as connection:
        await connection.run_sync(to_the_first_revision)
    account = new_id()
    async with database.transaction() as session:
        await execute(
            session,
            "INSERT INTO organisations (code, version, name, country, currency, time_zone, language)"
            " VALUES ('o', 1, 'o', 'NL', 'EUR', 'Europe/Amsterdam', 'nl')",
        )
        await execute(
            session,
            "INSERT INTO customers (organisation, code, version, name, kind, country, vat_treatment)"
            " VALUES ('o', 'c', 1, 'c', 'business', 'NL', 'standard')",
        )
        await execute(
            session,
            "INSERT INTO accounts (id, organisation, customer, currency) VALUES ($1, 'o', 'c', 'EUR')",
            account,
        )
        rows = await fetch(
            session,
            """
            INSERT INTO ledger_rows (organisation, account_id, kind, entry_id, entry_version, parts, day)
            SELECT 'o', $1, 'accrual', gen_random_uuid(), 1, n * 6000, '2026-03-02' FROM generate_series(1, 3) n
            RETURNING id
            """,
            account,
        )
        await execute(
            session,
            "INSERT INTO ledger_claims (row_id, organisation, how) VALUES ($1, 'o', 'netted')",
            rows[0]["id"],
        )
    await migrate(database, PACKAGE)
    async with database.transaction() as session:
        (balance,) = await fetch(session, "SELECT rows, parts FROM open_balances WHERE account_id = $1", account)
        open_rows = await fetch(session, "SELECT row_id FROM open_rows ORDER BY row_id")
    await database.close()
    assert (balance["rows"], balance["parts"]) == (2, 5 * 6000)
    assert [row["row_id"] for row in open_rows] == [row["id"] for row in rows[1:]]
