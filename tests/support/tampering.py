"""What somebody does to a database whom nothing stops, and what the self-check says of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from deploy.local import Stack
from services.billing.queries.self_check.check import Check, Finding
from services.billing.queries.self_check.run import run_check
from shared.database.bulk import execute
from shared.database.database import Database


@asynccontextmanager
async def superuser_of(stack: Stack, database: Database) -> AsyncIterator[Database]:
    """The same database, for the administrator of PostgreSQL."""
    assert stack.addresses.admin_url is not None
    url = urlsplit(stack.addresses.admin_url)._replace(path=urlsplit(database.url).path)
    superuser = Database(urlunsplit(url), application_name="tests")
    yield superuser
    await superuser.close()


async def found_after(
    superuser: Database,
    organisation: str,
    statement: str,
    checks: Sequence[Check],
    at: datetime,
    *,
    of: str | None,
    constraints: Sequence[str] = (),
) -> list[Finding]:
    """What the checks find after a statement past triggers and the named constraints of invoices; it is undone.

    ``statement`` changes rows of the organisation ``$1``; ``of``: whose findings, None for everybody's.
    """
    async with superuser._sessions() as session, session.begin() as transaction:
        await execute(session, "SET LOCAL session_replication_role = replica")
        for constraint in constraints:
            await execute(session, f"ALTER TABLE invoices DROP CONSTRAINT {constraint}")
        done = await execute(session, statement, organisation)
        assert not done.endswith(" 0"), "the test changes something"
        found = [finding for check in checks for finding in await run_check(session, check, of, at)]
        await transaction.rollback()
    return found
