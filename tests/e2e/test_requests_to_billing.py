"""Another system asks billing through Kafka and gets its answers there; the back office sees what came of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from deploy.client.api import Api
from deploy.client.chain import wait_for
from deploy.local import Addresses, mint_token
from tests.support.system import shared_system

REQUESTS, RESULTS = "billing.invoice-requests.v1", "billing.invoice-results.v1"
ADDRESS = {"street": "Kade 1", "postal_code": "2611 AA", "city": "Delft"}


@dataclass
class OtherSystem:
    """What a CRM or a bank connection does: publish requests of one organisation and read their answers."""

    organisation: str
    producer: Producer
    consumer: Consumer

    def ask(self, **request: Any) -> None:
        request["organisation"] = self.organisation
        key = f"{self.organisation}:{request.get('request_id')}"
        self.producer.produce(REQUESTS, json.dumps(request).encode(), key.encode())
        self.producer.flush(10)

    def answers(self, count: int) -> list[dict[str, Any]]:
        """The next ``count`` answers, each with its type."""
        found: list[dict[str, Any]] = []

        def poll() -> bool:
            record = self.consumer.poll(0.2)
            if record is not None and not record.error() and (record.key() or b"").startswith(self._prefix):
                headers = dict(record.headers() or [])
                found.append({**json.loads(record.value()), "type": headers["ce_type"].decode()})
            return len(found) >= count

        wait_for(poll, lambda: f"{len(found)} of {count} answers: {found}")
        return found

    @property
    def _prefix(self) -> bytes:
        return f"{self.organisation}:".encode()


def _token(addresses: Addresses, organisation: str | None, role: str) -> str:
    return mint_token(addresses.data_dir, organisation=organisation, roles=[role], subject="anna")


@pytest.fixture
def organisation() -> str:
    return f"e2e-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def office(addresses: Addresses, organisation: str) -> Iterator[Api]:
    """The back office of a new organisation with customer ACME and project P1."""
    urls = shared_system()
    installation = Api(urls["billing"], _token(addresses, None, "installation"))
    seller = {"vat_id": "NL123456782B90", "registration_number": "12345678", "iban": "NL91ABNA0417164300"}
    installation.put(f"/v1/organisations/{organisation}", {"name": "Field Service", "address": ADDRESS, **seller})
    installation.close()
    office = Api(urls["billing"], _token(addresses, organisation, "billing"))
    office.put("/v1/customers/ACME", {"name": "Acme B.V.", "registration_number": "87654321", "address": ADDRESS})
    office.put("/v1/projects/P1", {"customer": "ACME"})
    yield office
    office.close()


@pytest.fixture
def crm(addresses: Addresses, organisation: str) -> Iterator[OtherSystem]:
    servers = {"bootstrap.servers": addresses.kafka_bootstrap, "log_level": 0}
    consumer = Consumer({**servers, "group.id": f"crm-{uuid.uuid4()}", "enable.auto.commit": False})
    partitions = consumer.list_topics(RESULTS, timeout=10).topics[RESULTS].partitions
    ends = [
        TopicPartition(RESULTS, n, consumer.get_watermark_offsets(TopicPartition(RESULTS, n))[1]) for n in partitions
    ]
    consumer.assign(ends)
    yield OtherSystem(organisation, Producer({**servers, "acks": "all"}), consumer)
    consumer.close()


def test_an_advance_is_asked_for_and_paid(office: Api, crm: OtherSystem) -> None:
    advance = {"type": "advance-requested", "request_id": "crm-1", "project": "P1", "amount": "200.00"}
    crm.ask(**advance)
    (answer,) = crm.answers(1)
    assert answer["type"] == "billing.request-accepted.v1"
    path = f"/v1/invoices/{answer['invoice_id']}"
    assert (office.get(path)["number"], office.get(path)["to_pay"]) == (answer["invoice_number"], "242.00")

    payment = {"type": "payment-received", "invoice_number": answer["invoice_number"], "paid_on": "2026-03-02"}
    crm.ask(**payment, request_id="bank-1", reference="B1", amount="242.00")
    assert crm.answers(1)[0]["invoice_id"] == answer["invoice_id"]
    assert office.get(path)["state"] == "paid"

    crm.ask(**advance)  # the very same bytes: answered again, done once
    crm.ask(**{**advance, "amount": "300.00"})
    again, conflict = crm.answers(2)
    assert (again["invoice_id"], conflict["slug"]) == (answer["invoice_id"], "request-conflict")
    assert len(list(office.all("/v1/invoices"))) == 1


def test_what_cannot_be_done_is_refused_and_stops_nothing(office: Api, crm: OtherSystem) -> None:
    crm.ask(type="advance-requested", request_id="a", project="P9", amount="1.00")
    assert [(one["request_id"], one["slug"]) for one in crm.answers(1)] == [("a", "unknown-project")]
    crm.ask(type="advance-requested", request_id="b", project="P1")  # no amount: a dead letter, no answer
    crm.ask(type="advance-requested", request_id="c", project="P1", amount="1.00", issue=False)
    assert [(one["request_id"], one["invoice_number"]) for one in crm.answers(1)] == [("c", None)]


def link_subscription(crm: OtherSystem, start: str) -> None:
    crm.ask(type="subscription-linked", request_id="s1", subscription="S1", project="P1", amount="100.00", start=start)
    (answer,) = crm.answers(1)
    assert (answer["type"], answer["record"], answer["code"]) == (
        "billing.record-accepted.v1",
        "subscription",
        "S1",
    )


def test_a_deal_is_linked_and_billed_slice_by_slice(office: Api, crm: OtherSystem) -> None:
    """With what comes twice, byte for byte: each is answered, and done once."""
    deal = {"type": "deal-linked", "request_id": "d1", "deal": "D1", "project": "P1", "amount": "100.01"}
    for _ in range(2):
        crm.ask(**deal)
    assert [(one["record"], one["code"]) for one in crm.answers(2)] == [("deal", "D1")] * 2
    bills = {"type": "deal-invoice-requested", "deal": "D1"}
    for number, percentage in enumerate(["33.33", "33.33", "33.34"], start=1):
        for _ in range(2):
            crm.ask(**bills, request_id=f"b{number}", percentage=percentage)
        first, again = crm.answers(2)
        assert first == again
        assert first["type"] == "billing.request-accepted.v1"
    crm.ask(**bills, request_id="b4", percentage="0.01")
    assert crm.answers(1)[0]["slug"] == "exceeds-remaining"
    shown = office.get("/v1/deals/D1")
    assert [one["amount"] for one in shown["slices"]] == ["33.33", "33.34", "33.34"]
    assert office.get("/v1/projects/P1/account")["advance_open"] == "100.01"


def test_a_deal_of_a_project_that_is_not_there_is_refused(office: Api, crm: OtherSystem) -> None:
    deal = {"type": "deal-linked", "deal": "D1", "project": "P2", "amount": "10.00"}
    crm.ask(**deal, request_id="d1")
    assert crm.answers(1)[0]["slug"] == "unknown-project"
    office.put("/v1/projects/P2", {"customer": "ACME"})
    crm.ask(**deal, request_id="d1")
    crm.ask(**deal, request_id="d2")
    answers = {one["request_id"]: one.get("slug") or one["code"] for one in crm.answers(2)}
    assert answers == {"d1": "unknown-project", "d2": "D1"}


def test_a_subscription_is_billed_when_the_other_system_says_so(
    addresses: Addresses, organisation: str, office: Api, crm: OtherSystem
) -> None:
    admin = Api(shared_system()["billing"], _token(addresses, organisation, "admin"))
    admin.patch("/v1/organisation", {"subscription_scheduler": False})
    admin.close()
    link_subscription(crm, "2026-01-31")
    due = {"type": "subscription-due", "subscription": "S1"}
    crm.ask(**due, request_id="p1", period="2026-01-31")
    crm.ask(**due, request_id="p1", period="2026-01-31")
    first, again = crm.answers(2)
    crm.ask(**due, request_id="p2", period="2026-02-28")
    crm.ask(**due, request_id="other", period="2026-01-31")
    later = {one["request_id"]: one["invoice_number"] for one in crm.answers(2)}
    assert first == again
    assert later["other"] == first["invoice_number"] != later["p2"]
    crm.ask(type="subscription-ended", request_id="e1", subscription="S1", end="2026-03-01")
    assert crm.answers(1)[0]["record"] == "subscription"
    assert office.get("/v1/subscriptions/S1")["next"] is None
    assert office.get("/v1/projects/P1/account")["advance_open"] == "200.00"


@pytest.mark.timeout(150)
def test_the_scheduler_bills_what_was_linked(office: Api, crm: OtherSystem) -> None:
    """By itself, in the process that runs: what is due today, and once."""
    link_subscription(crm, "2026-01-31")

    def failing() -> str:
        return str(office.get("/v1/subscriptions/S1"))

    wait_for(lambda: any(office.all("/v1/subscriptions/S1/periods")), failing, 90)
    periods = list(office.all("/v1/subscriptions/S1/periods"))
    assert periods[-1]["day"] == "2026-01-31"
    assert {period["billed_by"] for period in periods} == {"subscription scheduler"}
