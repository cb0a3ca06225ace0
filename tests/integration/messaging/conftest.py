from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from deploy.local import Addresses
from shared.database.database import Database
from tests.support.messaging import create_tables


@pytest.fixture
async def database(fresh_database: Callable[[str], str]) -> AsyncIterator[Database]:
    """A database with the core tables and a table for handlers."""
    made = Database(fresh_database("workorders"), application_name="test")
    await create_tables(made)
    yield made
    await made.close()


@pytest.fixture
def bootstrap(addresses: Addresses) -> str:
    return addresses.kafka_bootstrap
