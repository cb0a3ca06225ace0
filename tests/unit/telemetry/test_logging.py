from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from shared.telemetry.logging import bind_context, clear_context, configure_logging
from shared.telemetry.tracing import attached


@pytest.fixture(autouse=True)
def _loggers_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    names = ("uvicorn", "uvicorn.error", "uvicorn.access", "aiokafka", "faststream", "httpx")
    levels = {name: logging.getLogger(name).level for name in names}
    ours = structlog.get_config()
    yield
    root.handlers = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.configure(**ours)
    clear_context()


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_and_says_what_it_is_about() -> None:
    stream = io.StringIO()
    configure_logging("billing", "auto", stream=stream)
    bind_context(organisation="acme", request_id="r-1", message=None)
    with attached("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
        structlog.get_logger("billing.test").info("issued", invoice="2026-1")
    (line,) = _lines(stream)
    assert line["event"] == "issued"
    assert line["level"] == "info"
    assert line["service"] == "billing"
    assert line["organisation"] == "acme"
    assert line["request_id"] == "r-1"
    assert line["trace"] == "0af7651916cd43dd8448eb211c80319c"
    assert line["invoice"] == "2026-1"
    assert "message" not in line
    assert line["timestamp"].endswith("Z")


def test_libraries_go_the_same_way_and_say_nothing_for_each_message() -> None:
    stream = io.StringIO()
    configure_logging("billing", "json", stream=stream)
    for name in ("aiokafka.consumer", "faststream.kafka", "uvicorn.access", "httpx"):
        logging.getLogger(name).info("one more message")
    logging.getLogger("aiokafka").warning("group %s", "lost")
    logging.getLogger("uvicorn.error").info("Started")
    assert [line["event"] for line in _lines(stream)] == ["group lost", "Started"]


def test_an_exception_is_whole_and_on_one_line() -> None:
    stream = io.StringIO()
    configure_logging("billing", "json", stream=stream)
    try:
        raise ValueError("no\nway")
    except ValueError as error:
        structlog.get_logger().error("failed", exc_info=error)
    (line,) = _lines(stream)
    assert "ValueError" in line["exception"]


def test_a_terminal_gets_readable_lines() -> None:
    stream = io.StringIO()
    configure_logging("billing", "console", stream=stream)
    structlog.get_logger().info("issued", invoice="2026-1")
    assert "issued" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_what_a_client_sent_cannot_forge_a_line() -> None:
    stream = io.StringIO()
    configure_logging("billing", "json", stream=stream)
    structlog.get_logger().info("got", text='x"}\n{"event":"forged"}\u2028\ud800')
    (line,) = _lines(stream)
    assert line["event"] == "got"
