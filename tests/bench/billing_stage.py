"""Billing alone, on a database of its own: what the benchmarks of billing measure on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.client.api import Api
from deploy.local import Addresses, mint_token
from deploy.local.probes import run_sync
from deploy.local.service_process import ServiceProcess
from deploy.local.topics import ensure_topics
from services.billing.service import SUBSCRIPTIONS
from shared.database.database import Database
from shared.database.migrations import migrate
from shared.messaging.positions import reset_positions
from tests.bench.bench import Bench
from tests.bench.usage import Usage

ORGANISATION = "bench"
_ADDRESS = {"street": "Kade 1", "postal_code": "1011 AB", "city": "Amsterdam", "country": "NL"}
_SELLER = {"vat_id": "NL123456782B90", "registration_number": "12345678", "iban": "NL91ABNA0417164300"}
#: Projects of one customer.
_OF_A_CUSTOMER = 4


@dataclass(frozen=True, slots=True)
class Office:
    """Billing is running on the database at ``url``; ``api`` is its back office."""

    url: str
    api: Api
    addresses: Addresses
    service: ServiceProcess
    postgres_pid: int

    def usage(self) -> Usage:
        return Usage({"billing": self.service.pid, "PostgreSQL": self.postgres_pid})

    def another(self) -> Api:
        """The same back office on connections of its own; who asks for it closes it."""
        return _api(self.addresses, self.service.url, ORGANISATION, "billing")


@contextmanager
def office(bench: Bench, projects: int, roles: str = "api,consumers") -> Iterator[Office]:
    """Billing with an organisation of so many projects and nothing on them; all of it goes at the end."""
    addresses = bench.addresses
    url = bench.stack.fresh_database("billing")
    environment = {**os.environ, **addresses.environment(), "BILLING_DATABASE_URL": url, "ROLES": roles}
    environment.pop("AUTH_JWKS_URL", None)
    service = ServiceProcess("billing", environment=environment, log=addresses.data_dir / "logs" / "bench.log")
    try:
        with bench.screen.step("Start billing on a database of its own"):
            run_sync(_migrated(url, addresses.kafka_bootstrap))
            service.start()
        api = _api(addresses, service.url, ORGANISATION, "billing")
        with bench.screen.step(f"Enter {projects:,} projects"):
            _records(addresses, service.url, api, projects)
        yield Office(url, api, addresses, service, bench.stack.postgres.pid)
        api.close()
    finally:
        service.stop()
        bench.stack.drop_database(url)


def _api(addresses: Addresses, url: str, organisation: str | None, role: str) -> Api:
    return Api(url, mint_token(addresses.data_dir, organisation=organisation, roles=[role], subject="bench"))


def _records(addresses: Addresses, url: str, api: Api, projects: int) -> None:
    installation = _api(addresses, url, None, "installation")
    installation.put(f"/v1/organisations/{ORGANISATION}", {"name": "Bench", "address": _ADDRESS, **_SELLER})
    installation.close()
    api.put("/v1/rates", {"scope": "organisation", "price": "60.00"})
    for number in range(projects):
        customer = f"C{number // _OF_A_CUSTOMER:05}"
        if number % _OF_A_CUSTOMER == 0:
            buyer = {"name": f"Customer {number}", "registration_number": "87654321", "address": _ADDRESS}
            api.put(f"/v1/customers/{customer}", buyer)
        api.put(f"/v1/projects/P{number:05}", {"customer": customer})


async def _migrated(url: str, bootstrap: str) -> None:
    """The tables, and positions behind all that other benchmarks left in the topics."""
    await ensure_topics(bootstrap)
    database = Database(url, application_name="bench")
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        await migrate(database, "services.billing.migrations")
        for subscription in SUBSCRIPTIONS:
            topic = subscription.topic
            ends = await consumer.end_offsets([TopicPartition(topic.name, n) for n in range(topic.partitions)])
            async with database.transaction() as session:
                positions = {at.partition: end for at, end in ends.items()}
                await reset_positions(session, subscription.group, topic.name, positions)
    finally:
        await consumer.stop()
        await database.close()
