from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from deploy.local import Stack
from shared.settings import ServiceSettings
from tests.integration.http.demo.service import demo
from tests.support.api import Api, service_api


@pytest.fixture(scope="session")
async def api(stack: Stack) -> AsyncIterator[Api]:
    """The demo service on a database of its own."""
    async with service_api(stack, "billing", demo, ServiceSettings, max_body_size=5_000) as running:
        yield running
