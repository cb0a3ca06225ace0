"""A trace goes through HTTP, whether this service makes spans or not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.http.auth import Role
from shared.settings import ServiceSettings
from shared.telemetry.tracing import use_provider
from tests.integration.http.demo.service import demo
from tests.support.api import Api, serve, settings_for

THEIRS = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_off_a_traceparent_passes_through(api: Api) -> None:
    client = api.client(Role.ADMIN)
    assert (await client.get("/v1/trace", headers={"traceparent": THEIRS})).json() == {"traceparent": THEIRS}
    assert (await client.get("/v1/trace", headers={"traceparent": "rubbish"})).json() == {"traceparent": None}
    assert (await client.get("/v1/trace")).json() == {"traceparent": None}


async def test_on_a_request_is_a_span_of_the_callers_trace(fresh_database: Callable[[str], str]) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    use_provider(provider)
    try:
        async with serve(demo(settings_for(ServiceSettings, fresh_database("billing")))) as api:
            answer = await api.client(Role.ADMIN).get("/v1/trace", headers={"traceparent": THEIRS})
            await api.anonymous.get("/livez")
    finally:
        use_provider(None)
    (span,) = exporter.get_finished_spans()
    assert span.context is not None
    assert span.name == "GET /v1/trace"
    assert f"{span.context.trace_id:032x}" == THEIRS.split("-")[1]
    assert answer.json()["traceparent"] == f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-01"


@pytest.mark.parametrize("path", ["/v1/consumers/demo.nothing/resume"])
async def test_only_a_consumer_that_is_there_can_be_resumed(api: Api, path: str) -> None:
    assert (await api.client(Role.INSTALLATION).post(path)).status_code == 404
    assert (await api.client(Role.OPERATOR).post(path)).status_code == 403
