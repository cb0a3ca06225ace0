"""Acceptance: the features run against the whole system, which its users' interfaces are all that is touched of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Producer
from pytest_bdd.steps import StepNamePrefix

from deploy.local import Addresses
from tests.acceptance.steps import (
    advancing,
    billing,
    corrections,
    costs,
    crediting,
    documents,
    exporting,
    invoicing,
    master_data,
    timesheets,
    work,
    working_times,
)
from tests.acceptance.support.world import World
from tests.support.system import shared_system

# pytest takes plugins from the top conftest only; what pytest-bdd needs to find are the fixtures that it puts into the
# modules where steps are defined.
_MODULES = (
    master_data,
    working_times,
    work,
    timesheets,
    corrections,
    exporting,
    invoicing,
    advancing,
    crediting,
    costs,
    billing,
    documents,
)
for _module in _MODULES:
    globals().update(
        {name: value for name, value in vars(_module).items() if name.startswith(StepNamePrefix.step_def.value)}
    )


@pytest.fixture(scope="session")
def urls() -> dict[str, str]:
    """Where the three services answer; they start with the first scenario and serve all of them."""
    return shared_system()


@pytest.fixture(scope="session")
def producer(addresses: Addresses) -> Producer:
    return Producer({"bootstrap.servers": addresses.kafka_bootstrap, "acks": "all", "linger.ms": 1, "log_level": 0})


@pytest.fixture
def world(addresses: Addresses, urls: dict[str, str], producer: Producer) -> Iterator[World]:
    """A scenario's own organisation, with the defaults of STEPS.md."""
    world = World(addresses, urls, producer)
    world.installation.billing.put(
        f"/v1/organisations/{world.organisation}",
        {
            "name": "Field Service B.V.",
            "country": "NL",
            "currency": "EUR",
            "time_zone": "Europe/Amsterdam",
            "language": "nl",
            "legal_name": "Field Service B.V.",
            "vat_id": "NL123456782B90",
            "registration_number": "12345678",
            "address": {"street": "Werkstraat 1", "postal_code": "1011 AB", "city": "Amsterdam", "country": "NL"},
            "iban": "NL91ABNA0417164300",
            "email": "office@example.com",
            "subscription_scheduler": False,
        },
    )
    world.chain.catch_up()
    yield world
    world.close()


def pytest_bdd_before_step(request: Any, feature: Any, scenario: Any, step: Any, step_func: Any) -> None:
    """A When acts after the chain has caught up; and each step knows which one comes next (STEPS.md)."""
    world: World = request.getfixturevalue("world")
    following = scenario.steps[scenario.steps.index(step) + 1 :]
    world.next_step = following[0].name if following else None
    if step.type == "when":
        world.chain.catch_up()
