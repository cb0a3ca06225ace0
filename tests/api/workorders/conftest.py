from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from deploy.local import Stack
from services.workorders.queries.organisations import store_organisations
from services.workorders.service import workorders
from services.workorders.settings import WorkordersSettings
from shared.http.auth import Role
from tests.support.api import ORGANISATION, OTHER_ORGANISATION, Api, service_api
from tests.support.workorders import organisation_record

#: Who may send, and who may read.
SENDERS = {Role.SOURCE, Role.ADMIN}
READERS = {Role.SOURCE, Role.ADMIN, Role.APPROVER, Role.BILLING}


@pytest.fixture(scope="session")
async def workorders_api(stack: Stack) -> AsyncIterator[Api]:
    """Workorders on a database of its own, which knows two organisations."""
    async with service_api(stack, "workorders", workorders, WorkordersSettings) as api:
        async with api.runtime.database.transaction() as session:
            records = [organisation_record(ORGANISATION), organisation_record(OTHER_ORGANISATION, time_zone="UTC")]
            await store_organisations(session, records)
        yield api


@pytest.fixture
def api(workorders_api: Api) -> Api:
    return workorders_api


@pytest.fixture
def source() -> str:
    """A source of this test's own, so that tests don't see each other's orders."""
    from shared.ids import new_id

    return f"src-{new_id().hex}"
