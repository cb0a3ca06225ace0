from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.telemetry.tracing import (
    add_links,
    attached,
    batch_span,
    current_traceparent,
    follow,
    message_span,
    start_span,
    use_provider,
)

ORDER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER = "00-1af7651916cd43dd8448eb211c80319d-c7ad6b7169203332-01"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Tracing switched on, into memory."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    use_provider(provider)
    yield exporter
    use_provider(None)


def _trace(traceparent: str | None) -> str:
    assert traceparent is not None
    return traceparent.split("-")[1]


def test_off_no_span_is_made_and_a_traceparent_passes_through() -> None:
    assert current_traceparent() is None
    with start_span("work"):
        assert current_traceparent() is None
    with message_span("work", ORDER):
        assert current_traceparent() == ORDER
        with start_span("inside"):
            assert current_traceparent() == ORDER
    with batch_span("batch", [ORDER, OTHER]):
        assert current_traceparent() is None
        assert follow("one", ORDER) == ORDER
    assert current_traceparent() is None


def test_a_message_goes_on_in_its_own_trace(spans: InMemorySpanExporter) -> None:
    with message_span("handle", ORDER, {"messaging.system": "kafka"}):
        handed_on = current_traceparent()
    assert _trace(handed_on) == _trace(ORDER)
    assert handed_on != ORDER
    (span,) = spans.get_finished_spans()
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == ORDER.split("-")[2]
    assert span.attributes is not None
    assert span.attributes["messaging.system"] == "kafka"


def test_messages_of_a_batch_keep_their_traces_and_the_batch_links_to_them(spans: InMemorySpanExporter) -> None:
    with batch_span("batch", [ORDER, None, OTHER, ORDER, "rubbish"]):
        own = current_traceparent()
        handed_on = [follow("one", traceparent) for traceparent in (ORDER, OTHER, None)]
    assert [handed_on[0] and _trace(handed_on[0]), handed_on[1] and _trace(handed_on[1])] == [
        _trace(ORDER),
        _trace(OTHER),
    ]
    assert handed_on[2] is None
    *ones, batch = spans.get_finished_spans()
    assert _trace(own) not in (_trace(ORDER), _trace(OTHER))
    assert {f"{link.context.trace_id:032x}" for link in batch.links} == {_trace(ORDER), _trace(OTHER)}
    assert batch.context is not None
    assert all(one.links[0].context.trace_id == batch.context.trace_id for one in ones)


def test_what_uses_facts_links_to_their_traces(spans: InMemorySpanExporter) -> None:
    with start_span("issue invoice", links=[ORDER]):
        add_links([OTHER, None])
    (span,) = spans.get_finished_spans()
    assert {f"{link.context.trace_id:032x}" for link in span.links} == {_trace(ORDER), _trace(OTHER)}


def test_a_malformed_traceparent_counts_as_none(spans: InMemorySpanExporter) -> None:
    for malformed in ["", "rubbish", "00-0-0-0", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "é"]:
        with start_span("work", malformed) as span:
            assert span.get_span_context().is_valid
    assert all(span.parent is None for span in spans.get_finished_spans())


def test_a_failure_marks_its_span(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="no"), start_span("work"):
        raise ValueError("no")
    (span,) = spans.get_finished_spans()
    assert not span.status.is_ok


def test_attached_makes_no_span(spans: InMemorySpanExporter) -> None:
    with attached(ORDER):
        assert current_traceparent() == ORDER
    assert spans.get_finished_spans() == ()
