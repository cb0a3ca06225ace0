from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from deploy.local import Stack
from services.workorders.queries.organisations import store_organisations
from shared.database.database import Database
from shared.database.migrations import migrate
from shared.ids import new_id
from tests.support.workorders import organisation_record


@pytest.fixture(scope="session")
async def database(stack: Stack) -> AsyncIterator[Database]:
    """A migrated database of workorders; every test has an organisation of its own in it."""
    url = stack.fresh_database("workorders")
    database = Database(url, application_name="tests")
    await migrate(database, "services.workorders.migrations")
    yield database
    await database.close()
    stack.drop_database(url)


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    """A transaction that is committed at the end of the test."""
    async with database.transaction() as session:
        yield session


@pytest.fixture
async def organisation(database: Database) -> str:
    """An organisation in the Netherlands that is known here."""
    code = f"org-{new_id().hex}"
    async with database.transaction() as session:
        await store_organisations(session, [organisation_record(code)])
    return code
