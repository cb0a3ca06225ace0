from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from deploy.local import Stack
from shared.database.bulk import execute
from shared.database.database import Database
from shared.database.migrations import migrate
from tests.support.billing import Firm, make_firm
from tests.support.tampering import superuser_of


@pytest.fixture(scope="session")
async def database(stack: Stack) -> AsyncIterator[Database]:
    """A migrated database of billing; every test has an organisation of its own in it."""
    url = stack.fresh_database("billing")
    database = Database(url, application_name="tests")
    await migrate(database, "services.billing.migrations")
    yield database
    await database.close()
    stack.drop_database(url)


@pytest.fixture(scope="module")
async def superuser(stack: Stack, database: Database) -> AsyncIterator[Database]:
    """The same database, for somebody whom nothing stops."""
    async with superuser_of(stack, database) as superuser:
        yield superuser


@pytest.fixture
async def firm(database: Database) -> Firm:
    """A firm with customer ACME and its project P1, and no rates."""
    return await make_firm(database)


@pytest.fixture(scope="session")
async def queues_database(stack: Stack) -> AsyncIterator[Database]:
    """For tests of documents and e-mails, whose queues are one for all organisations."""
    url = stack.fresh_database("billing")
    database = Database(url, application_name="tests")
    await migrate(database, "services.billing.migrations")
    yield database
    await database.close()
    stack.drop_database(url)


@pytest.fixture
async def own_database(queues_database: Database) -> Database:
    """The same, its queues empty."""
    async with queues_database.transaction() as session:
        await execute(session, "DELETE FROM document_queue")
        await execute(session, "DELETE FROM emails")
    return queues_database
