"""Processes, broker and database are killed under load; afterwards every fact is there once."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from confluent_kafka import Producer

from deploy.client.api import Apis
from deploy.client.chain import Chain, wait_for
from deploy.client.ends import log_ends
from deploy.local import LocalStack, ServiceProcess, mint_token
from deploy.local.system import System
from shared.words import LineState
from tests.support.flow import SOURCE, Flow, make_organisation, set_up

pytestmark = pytest.mark.timeout(420)

#: Orders a second while things are killed, and how many at the very most.
PACE = 50
MOST = 30_000
KILLS = 3
SERVICES = ("workorders", "timesheets", "billing")
TOPIC = "workorders.submitted.v1"


class Plant:
    """An organisation on a stack and a system that are killed, with a producer that does not give up."""

    def __init__(self, stack: LocalStack, system: System, folder: Path) -> None:
        self.stack, self.system, self.folder = stack, system, folder
        self.organisation = f"d-{uuid.uuid4().hex[:8]}"
        self.installation = Apis(system.urls, self._token(None, "installation"))
        self.office = Apis(system.urls, self._token(self.organisation, "source", "approver", "billing", "admin"))
        self.operator = Apis(system.urls, self._token(self.organisation, "operator"))
        self.chain = Chain(partial(log_ends, stack.addresses.kafka_bootstrap), self.installation)
        self.producer = Producer(
            {
                "bootstrap.servers": stack.addresses.kafka_bootstrap,
                "enable.idempotence": True,
                "message.timeout.ms": 120_000,
                "linger.ms": 5,
                "log_level": 0,
            }
        )
        self.sent = 0
        self.letters = Counter[str]()

    def _token(self, organisation: str | None, *roles: str) -> str:
        return mint_token(self.stack.addresses.data_dir, organisation=organisation, roles=roles, subject="test")

    def second(self, name: str) -> ServiceProcess:
        """Another process of a service, beside the one that runs."""
        environment = {**os.environ, **self.stack.addresses.environment(), "KAFKA_INSTANCE_ID": f"{name}-2"}
        log = self.folder / "logs" / f"{name}-2.log"
        process = ServiceProcess(name, environment=environment, log=log)
        process.start()
        return process

    def publish(self, enough: Event) -> None:
        """Orders at a steady pace until it is enough, with what does not belong there among them."""
        flow = Flow(self.organisation, MOST)
        for number, (key, value) in enumerate(flow.messages()):
            self._produce(key, value, [("x-note", b"\xff\xfe not UTF-8")] if number % 500 == 7 else None)
            if number % 1_000 == 500:
                self._produce(b"load:broken", b'{"organisation": "%s", "sou' % self.organisation.encode(), None)
            self.sent = number + 1
            self.producer.poll(0)
            if number % 50 == 49 and enough.wait(50 / PACE):
                break
        assert self.producer.flush(120) == 0

    @contextmanager
    def load(self) -> Iterator[None]:
        """Orders keep coming as long as this lasts."""
        enough = Event()
        with ThreadPoolExecutor(max_workers=1) as pool:
            publisher = pool.submit(self.publish, enough)
            try:
                yield
            finally:
                enough.set()
            publisher.result()

    @property
    def flow(self) -> Flow:
        """What has been sent."""
        return Flow(self.organisation, self.sent)

    def _produce(self, key: bytes, value: bytes, headers: list[tuple[str, bytes]] | None) -> None:
        while True:
            try:
                self.producer.produce(TOPIC, key=key, value=value, headers=headers or [])
                return
            except BufferError:
                self.producer.poll(0.1)

    def dead_letters(self) -> Counter[str]:
        """How many of each topic, whosesoever: of what cannot be read nobody knows."""
        services = (getattr(self.installation, service) for service in SERVICES)
        return Counter(letter["topic"] for api in services for letter in api.all("/v1/dead-letters", state="open"))

    def handled(self, service: str) -> int:
        """Records that a service has handled, over all its consumers."""
        api = getattr(self.installation, service)
        consumers = api.get("/v1/progress")["consumers"]
        return sum(position["next_offset"] for consumer in consumers for position in consumer["positions"])


@pytest.fixture(scope="module")
def machines() -> Iterator[tuple[LocalStack, System]]:
    """What is killed: a stack and a system of these tests' own."""
    stack = LocalStack(Path(tempfile.mkdtemp(prefix="uurwerk-delivery-")))
    with stack, System(stack) as system:
        yield stack, system
    stack.discard_data()


@pytest.fixture
def plant(machines: tuple[LocalStack, System]) -> Plant:
    stack, system = machines
    plant = Plant(stack, system, stack.data_dir)
    make_organisation(plant.installation, plant.organisation)
    plant.chain.catch_up()
    set_up(plant.installation, plant.office, plant.organisation)
    plant.chain.catch_up()
    plant.letters = plant.dead_letters()
    return plant


def more_than(plant: Plant, service: str, handled: int) -> None:
    wait_for(lambda: plant.handled(service) > handled, lambda: f"{service} does not get past {handled}", 120)


def check_all_there_once(plant: Plant, flow: Flow) -> None:
    plant.chain.catch_up()
    entries = list(plant.office.timesheets.all("/v1/entries"))
    names = Counter(entry["name"] for entry in entries)
    assert max(names.values()) == 1
    assert len(names) == flow.lines
    assert {entry["state"] for entry in entries} == {"approved"}
    accounts = plant.office.billing.all("/v1/accounts")
    seen = {item["project"]: Decimal(item["unbilled"]) for item in accounts if item["project"] is not None}
    assert seen == flow.unbilled()
    billed: Counter[str] = Counter()
    for project in flow.unbilled():
        billed.update(item["name"] for item in plant.office.billing.all(f"/v1/projects/{project}/account/entries"))
    assert billed == names
    orders = [order["external_id"] for order in plant.office.workorders.all("/v1/workorders", source=SOURCE)]
    assert len(orders) == len(set(orders)) == flow.orders
    for state in set(LineState) - {LineState.APPROVED}:
        assert not list(plant.office.workorders.all("/v1/workorders", line_state=state.value)), state
    assert plant.dead_letters() - plant.letters == {TOPIC: (flow.orders + 499) // 1_000}


def test_services_broker_and_database_are_killed_under_load(plant: Plant) -> None:
    with plant.load():
        for _ in range(KILLS):
            for name in SERVICES:
                more_than(plant, name, plant.handled(name))
                service = plant.system.services[name]
                service.kill()
                plant.system.launch(service)
                service.wait_ready()
        plant.stack.kill_kafka()
        plant.stack.restart_kafka()
        for name in SERVICES:
            more_than(plant, name, plant.handled(name))
        plant.stack.restart_postgres()
        for name in SERVICES:
            more_than(plant, name, plant.handled(name))
    check_all_there_once(plant, plant.flow)


def test_a_second_process_of_each_service_takes_its_share_and_leaves_again(plant: Plant) -> None:
    with plant.load():
        seconds = []
        for name in SERVICES:
            more_than(plant, name, plant.handled(name))
            seconds.append(plant.second(name))
        for name in SERVICES:
            more_than(plant, name, plant.handled(name))
        seconds[0].kill()
        for process in seconds[1:]:
            process.stop()
        for name in SERVICES:
            more_than(plant, name, plant.handled(name))
    check_all_there_once(plant, plant.flow)
