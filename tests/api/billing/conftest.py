from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.local import Stack
from services.billing.service import billing
from services.billing.settings import BillingSettings
from shared.http.auth import Role
from tests.support.api import ORGANISATION, OTHER_ORGANISATION, Api, service_api
from tests.support.billing import Firm, make_firm
from tests.support.http import Caller


@pytest.fixture(scope="session")
async def api(stack: Stack) -> AsyncIterator[Api]:
    """Billing on a database of its own, with the organisations acme and rival; rival has nothing else."""
    async with service_api(stack, "billing", billing, BillingSettings) as api:
        for code in (ORGANISATION, OTHER_ORGANISATION):
            answer = await api.client(Role.INSTALLATION).put(f"/v1/organisations/{code}", json={"name": code.title()})
            assert answer.status_code == 200, answer.text
        yield api


@pytest.fixture
async def firm(api: Api) -> Firm:
    """A firm of its own for the test: customer ACME, project P1, no rates."""
    return await make_firm(api.runtime.database)


@pytest.fixture
def office(api: Api, firm: Firm) -> Caller:
    """The firm's back office."""
    return Caller(api.client(Role.BILLING, organisation=firm.code))


@pytest.fixture(scope="session")
async def acme(api: Api) -> dict[str, Any]:
    """What acme has: customer C1 with project X1 and phase F1."""
    office = Caller(api.client(Role.ADMIN))
    return {
        "customer": await office.put("/v1/customers/C1", {"name": "Customer one"}),
        "project": await office.put("/v1/projects/X1", {"customer": "C1"}),
        "phase": await office.put("/v1/projects/X1/phases/F1", {}),
        "rate": await office.put("/v1/rates", {"scope": "organisation", "price": "50.00"}),
    }
