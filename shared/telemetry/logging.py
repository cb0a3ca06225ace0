"""Logs: structured, readable on a terminal, JSON elsewhere; libraries' loggers go the same way.

What a line is about (organisation, message, trace, request) comes from the context: :func:`bind_context` adds to
it for the rest of the current task.
"""

from __future__ import annotations

import logging
import sys
from contextlib import AbstractContextManager
from typing import Final, Literal, TextIO

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger

Format = Literal["auto", "console", "json"]

#: Loggers that say too much for their level: a line for each message or request, or what is normal at a start.
_QUIETER: Final = {
    "uvicorn.access": logging.WARNING,
    "aiokafka": logging.WARNING,
    "faststream": logging.WARNING,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
}


def bind_context(**values: object) -> None:
    """Add to every log line of the current task, and of tasks that it starts. None adds nothing."""
    structlog.contextvars.bind_contextvars(**{key: value for key, value in values.items() if value is not None})


def log_context(**values: object) -> AbstractContextManager[None]:
    """The same for a block."""
    return structlog.contextvars.bound_contextvars(**{k: v for k, v in values.items() if v is not None})


def clear_context() -> None:
    structlog.contextvars.clear_contextvars()


def configure_logging(
    service: str, log_format: Format = "auto", level: str = "INFO", stream: TextIO | None = None
) -> None:
    """Send structlog and standard logging to ``stream`` (stdout). Called once, when the process starts."""
    out = stream or sys.stdout
    as_json = log_format == "json" or (log_format == "auto" and not out.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_service(service),
        _name_trace,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(), _without_colours],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(as_json)],
        )
    )
    _take_over(handler, level)


def _renderers(as_json: bool) -> list[Processor]:
    if as_json:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=True)]
    return [structlog.dev.ConsoleRenderer(pad_event_to=40, exception_formatter=structlog.dev.plain_traceback)]


def _take_over(handler: logging.Handler, level: str) -> None:
    """The root logger gets ``handler``; loggers that have their own lose it, so that nothing is said twice."""
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "faststream", "aiokafka"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    for name, at_least in _QUIETER.items():
        logging.getLogger(name).setLevel(max(at_least, root.level) if root.level > logging.DEBUG else logging.INFO)


def _name_service(service: str) -> Processor:
    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add


def _name_trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace"] = format(context.trace_id, "032x")
    return event


def _without_colours(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    event.pop("color_message", None)  # uvicorn says it twice
    return event
