"""What the steps of one scenario share: its organisation, its users, and what it called things."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from confluent_kafka import Producer

from deploy.client.api import Apis, Refused
from deploy.client.chain import Chain, wait_for
from deploy.local import Addresses
from tests.acceptance.support.ends import log_ends
from tests.acceptance.support.users import apis_for

T = TypeVar("T")
SOURCE = "planning"
#: How long a `Then` waits until it holds.
THEN_SECONDS = 20.0
REFUSAL_STEP = "that is refused as"


@dataclass
class World:
    addresses: Addresses
    urls: dict[str, str]
    producer: Producer
    organisation: str = field(default_factory=lambda: f"o-{uuid.uuid4().hex[:12]}")
    settings: dict[str, str] = field(default_factory=dict)
    projects: dict[str, str] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    invoices: dict[str, str] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)
    exports: list[tuple[dict[str, Any], bytes]] = field(default_factory=list)
    refused: Refused | None = None
    next_step: str | None = None

    def __post_init__(self) -> None:
        self.installation = apis_for(self.urls, self.addresses, None, ["installation"], subject="installation")
        self.office = apis_for(self.urls, self.addresses, self.organisation)
        self._users: list[Apis] = [self.installation, self.office]
        self.chain = Chain(partial(log_ends, self.addresses.kafka_bootstrap), self.installation)

    def close(self) -> None:
        for user in self._users:
            user.close()

    def user(self, subject: str, *roles: str, employee: str | None = None) -> Apis:
        apis = apis_for(self.urls, self.addresses, self.organisation, roles, subject=subject, employee=employee)
        self._users.append(apis)
        return apis

    # What a step does --------------------------------------------------------------------------------------------

    def act(self, call: Callable[[], T]) -> T | None:
        """Do what a Given or When says; a refusal fails the scenario, unless the next step expects it."""
        try:
            return call()
        except Refused as refused:
            if self.next_step is None or not self.next_step.startswith(REFUSAL_STEP):
                raise
            self.refused = refused
            return None

    def holds(self, look: Callable[[], T], right: Callable[[T], bool], show: Callable[[T], str]) -> None:
        """Wait until what ``look`` sees is ``right``; fail showing what it saw."""
        seen: list[T] = []

        def condition() -> bool:
            seen[:] = [look()]
            return right(seen[0])

        wait_for(condition, lambda: f"saw\n{show(seen[0])}", THEN_SECONDS)

    # Other systems -----------------------------------------------------------------------------------------------

    def send(self, topic: str, key: str, document: dict[str, Any]) -> None:
        """Publish as another system does: a plain producer, no ``ce_`` headers."""
        failures: list[str] = []
        self.producer.produce(
            topic,
            key=key.encode(),
            value=json.dumps(document).encode(),
            on_delivery=lambda error, _: failures.append(str(error)) if error else None,
        )
        left = self.producer.flush(30)
        assert not left, f"{left} messages did not reach Kafka"
        assert not failures, failures

    def send_order(self, name: str) -> None:
        order = self.orders[name]
        self.send("workorders.submitted.v1", f"{order['source']}:{order['external_id']}", order)

    # Names -------------------------------------------------------------------------------------------------------

    def entries(self) -> list[dict[str, Any]]:
        return list(self.office.timesheets.all("/v1/entries"))

    def entry(self, name: str) -> dict[str, Any]:
        """The entry that the features call ``name``, once it is recorded."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            found[:] = [entry for entry in self.entries() if entry["name"] == name]
            return bool(found)

        wait_for(there, lambda: f"there is no entry {name}; there are {[e['name'] for e in self.entries()]}", 20)
        return found[0]

    def account(self, kind: str, code: str) -> str:
        """Path of the account of project or customer ``code``."""
        return f"/v1/{kind}s/{code}/account"

    def invoice(self, name: str) -> dict[str, Any]:
        invoice: dict[str, Any] = self.office.billing.get(f"/v1/invoices/{self.invoices[name]}")
        return invoice

    def keep_invoice(self, name: str, invoice: dict[str, Any] | None) -> None:
        if invoice is not None:
            self.invoices[name] = invoice["id"]

    def invoice_name(self, number: str | None) -> str | None:
        """What the scenario calls the invoice with ``number``."""
        if number is None:
            return None
        for name in self.invoices:
            if self.invoice(name)["number"] == number:
                return name
        return number
