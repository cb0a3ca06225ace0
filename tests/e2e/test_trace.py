"""A fact is followed from its work order through outbox and Kafka to the invoice, in a collector that speaks OTLP."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from confluent_kafka import Producer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from deploy.client.api import Apis
from deploy.client.chain import Chain, wait_for
from deploy.client.ends import log_ends
from deploy.local import LocalStack, mint_token
from deploy.local.system import System
from tests.support.flow import Flow, make_organisation, set_up

pytestmark = pytest.mark.timeout(300)

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
ORGANISATION = "traced"


@dataclass(frozen=True)
class Seen:
    service: str
    name: str
    trace: str
    links: frozenset[str]


@dataclass
class Collector:
    """An OTLP collector as far as it takes spans."""

    spans: list[Seen] = field(default_factory=list)

    def take(self, request: ExportTraceServiceRequest) -> None:
        for resource in request.resource_spans:
            names = {a.key: a.value.string_value for a in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    links = frozenset(link.trace_id.hex() for link in span.links)
                    self.spans.append(Seen(names["service.name"], span.name, span.trace_id.hex(), links))


@pytest.fixture
def collector() -> Iterator[tuple[Collector, str]]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.take(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield collector, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def system(collector: tuple[Collector, str]) -> Iterator[System]:
    folder = Path(tempfile.mkdtemp(prefix="uurwerk-trace-"))
    tracing = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector[1], "OTEL_BSP_SCHEDULE_DELAY": "100"}
    with LocalStack(folder) as stack, System(stack, environment=tracing) as system:
        yield system


def test_a_fact_is_followed_from_its_order_to_its_invoice(system: System, collector: tuple[Collector, str]) -> None:
    addresses = system.stack.addresses

    def user(organisation: str | None, *roles: str) -> Apis:
        token = mint_token(addresses.data_dir, organisation=organisation, roles=roles, subject="test")
        return Apis(system.urls, token)

    installation, office = user(None, "installation"), user(ORGANISATION, "admin", "approver", "billing")
    chain = Chain(partial(log_ends, addresses.kafka_bootstrap), installation)
    make_organisation(installation, ORGANISATION)
    chain.catch_up()
    set_up(installation, office, ORGANISATION)
    chain.catch_up()

    order = Flow(ORGANISATION, 1).order(0)
    producer = Producer({"bootstrap.servers": addresses.kafka_bootstrap, "log_level": 0})
    traceparent = f"00-{TRACE}-00f067aa0ba902b7-01"
    producer.produce("workorders.submitted.v1", json.dumps(order), headers={"traceparent": traceparent})
    assert producer.flush(30) == 0
    chain.catch_up()
    office.billing.post("/v1/invoices", {"project": order["project"], "way": "timetracking", "issue": True})
    chain.catch_up()

    spans = collector[0].spans

    def followed() -> set[str]:
        return {span.service for span in spans if span.trace == TRACE}

    def linked() -> list[Seen]:
        return [s for s in spans if s.service == "billing" and "invoices" in s.name and TRACE in s.links]

    def seen() -> str:
        return "\n".join(f"{s.service} {s.name} {s.trace} {sorted(s.links)}" for s in spans)

    wait_for(lambda: {"workorders", "timesheets"} <= followed() and bool(linked()), seen, 20)
    billing = [s for s in spans if s.service == "billing" and (s.trace == TRACE or TRACE in s.links)]
    assert len(billing) >= 2, seen()  # it took the approval in, and it made the invoice
