from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from deploy.local import Stack
from shared.database.database import Database
from shared.database.migrations import migrate
from shared.ids import new_id
from tests.support.timesheets import Timesheet, make_organisation


@pytest.fixture(scope="session")
async def database(stack: Stack) -> AsyncIterator[Database]:
    """A migrated database of timesheets; every test has an organisation of its own in it."""
    url = stack.fresh_database("timesheets")
    database = Database(url, application_name="tests")
    await migrate(database, "services.timesheets.migrations")
    yield database
    await database.close()
    stack.drop_database(url)


@pytest.fixture
async def unknown(database: Database) -> Timesheet:
    """An organisation that timesheets has not heard of."""
    return Timesheet(database, f"org-{new_id().hex}")


@pytest.fixture
async def timesheet(unknown: Timesheet) -> Timesheet:
    """An organisation with its records: see ``make_organisation``."""
    async with unknown.database.transaction() as session:
        await make_organisation(session, unknown.organisation)
    return unknown
