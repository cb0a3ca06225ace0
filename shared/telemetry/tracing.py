"""Traces (OpenTelemetry): a fact is followed from its work order through outbox and Kafka to the invoice.

What travels is the W3C ``traceparent``: in HTTP headers, beside outbox rows, in Kafka headers, and in rows of
services that act on a fact later. Switched off (the default) no span is made and hardly anything is spent, but a
traceparent that was received is still passed on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Final

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

Attributes = Mapping[str, str | int | bool]
AbstractSpan = AbstractContextManager[Span]

#: OpenTelemetry's own limit; a batch may have more messages.
MAX_LINKS: Final = 128

_HEADER: Final = "traceparent"
_propagator: Final = TraceContextTextMapPropagator()


class _Switch:
    """Whether spans are made, and by whom. One for the process, as OpenTelemetry's own provider."""

    provider: TracerProvider | None = None


def configure_tracing(service: str, endpoint: str | None) -> None:
    """Switch tracing on when ``endpoint`` names an OTLP collector; once, when the process starts."""
    if endpoint is None or _Switch.provider is not None:
        return
    # Imported here: who does not trace does not wait for it.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": service, "service.namespace": "uurwerk"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")))
    trace.set_tracer_provider(provider)  # FastAPI makes the spans of HTTP requests with it
    use_provider(provider)


def use_provider(provider: TracerProvider | None) -> None:
    """Make spans with ``provider``; None switches off."""
    _Switch.provider = provider


def end_tracing() -> None:
    """Send what is waiting. It blocks for some seconds at most: call it in a thread."""
    if _Switch.provider is not None:
        _Switch.provider.force_flush(5_000)


def tracer_provider() -> TracerProvider | None:
    """Who makes spans in this process; None: OpenTelemetry's own provider, once tracing is configured."""
    return _Switch.provider


def tracing_on() -> bool:
    return _Switch.provider is not None


def current_traceparent() -> str | None:
    """The ``traceparent`` to send or to store with what is done now; None outside any trace."""
    return _traceparent_of(trace.get_current_span())


@contextmanager
def start_span(
    name: str,
    traceparent: str | None = None,
    links: Iterable[str | None] = (),
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Attributes | None = None,
) -> Iterator[Span]:
    """A span around the block: child of ``traceparent`` (or of the current span), linked to ``links``.

    An exception marks it as failed and goes on. A malformed traceparent counts as none.
    """
    context = _context_of(traceparent)
    provider = _Switch.provider
    if provider is None:
        with _attached(context):
            yield trace.get_current_span()
        return
    tracer = provider.get_tracer("uurwerk")
    with tracer.start_as_current_span(
        name, context=context, kind=kind, attributes=attributes, links=links_to(links)
    ) as span:
        yield span


def batch_span(name: str, traceparents: Iterable[str | None], attributes: Attributes | None = None) -> AbstractSpan:
    """A span around a batch of messages, a trace of its own that links to theirs."""
    return start_span(name, links=traceparents, kind=SpanKind.CONSUMER, attributes=attributes)


def message_span(name: str, traceparent: str | None, attributes: Attributes | None = None) -> AbstractSpan:
    """A span around one message, in the message's own trace: what is published inside carries it on."""
    return start_span(name, traceparent, kind=SpanKind.CONSUMER, attributes=attributes)


def follow(name: str, traceparent: str | None, attributes: Attributes | None = None) -> str | None:
    """Note in the trace of ``traceparent`` that a fact goes on here; the traceparent to hand on with it.

    Facts of a batch are handled together, but each keeps its own trace: its note links to the span of the batch.
    Off, it hands on what it got.
    """
    provider = _Switch.provider
    if provider is None or traceparent is None:
        return traceparent
    span = provider.get_tracer("uurwerk").start_span(
        name,
        context=_context_of(traceparent),
        kind=SpanKind.PRODUCER,
        attributes=attributes,
        links=_link_to_current(unless=traceparent),
    )
    span.end()
    return _traceparent_of(span)


def _link_to_current(*, unless: str) -> list[Link]:
    """A link to the current span, where that is not what is followed itself."""
    current = trace.get_current_span()
    return [Link(current.get_span_context())] if _traceparent_of(current) not in (None, unless) else []


def add_links(traceparents: Iterable[str | None]) -> None:
    """Link the current span to the traces of the facts that it uses (such as the entries on an invoice)."""
    span = trace.get_current_span()
    if span.is_recording():
        for link in links_to(traceparents):
            span.add_link(link.context)


def links_to(traceparents: Iterable[str | None]) -> list[Link]:
    """Links to distinct traceparents, at most :data:`MAX_LINKS`; what is none is left out."""
    if _Switch.provider is None:
        return []
    distinct = list(dict.fromkeys(traceparent for traceparent in traceparents if traceparent))[:MAX_LINKS]
    contexts = (trace.get_current_span(_context_of(traceparent)).get_span_context() for traceparent in distinct)
    return [Link(context) for context in contexts if context.is_valid]


@contextmanager
def attached(traceparent: str | None) -> Iterator[None]:
    """Inside the block :func:`current_traceparent` is ``traceparent``; no span is made."""
    with _attached(_context_of(traceparent)):
        yield


@contextmanager
def _attached(context: Context | None) -> Iterator[None]:
    if context is None:
        yield
        return
    token = otel_context.attach(context)
    try:
        yield
    finally:
        otel_context.detach(token)


def _context_of(traceparent: str | None) -> Context | None:
    return None if traceparent is None else _propagator.extract({_HEADER: traceparent}, Context())


def _traceparent_of(span: Span) -> str | None:
    context = span.get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
