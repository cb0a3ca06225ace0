"""What the pages for users show is what the contracts say: every message, key, field and topic in them."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from pathlib import Path

import pytest

from services.workorders.domain import refusal
from shared.contracts import workorders
from shared.contracts.asyncapi import SERVICES
from shared.contracts.base import Event
from shared.contracts.topics import TOPIC, TOPICS
from shared.settings import ServiceSettings
from shared.words import LineState, WaitingReason

DOCS = Path(__file__).parents[2] / "docs"
PUBLISHING = (DOCS / "publishing-work-orders.md").read_text(encoding="utf-8")
REQUESTS = (DOCS / "requests-to-billing.md").read_text(encoding="utf-8")
EVENTS = (DOCS / "events.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def published(page: str) -> list[tuple[str, str, str]]:
    """(topic, key, value) of each message that the page publishes with kcat."""
    found = []
    for block in blocks(page, "sh"):
        for command, value in re.findall(r"^(kcat -P .*?) <<'EOF'\n(.*?)\nEOF$", block, re.MULTILINE | re.DOTALL):
            words = shlex.split(command)
            found.append((words[words.index("-t") + 1], words[words.index("-k") + 1], value))
    return found


MESSAGES = published(PUBLISHING) + published(REQUESTS)


def event_for(topic: str, data: dict[str, object]) -> type[Event]:
    events = TOPIC[topic].events
    return next(event for event in events if len(events) == 1 or event.model_fields["type"].default == data["type"])


def test_the_pages_show_how_to_publish() -> None:
    assert [topic for topic, _, _ in MESSAGES] == ["workorders.submitted.v1", *["billing.invoice-requests.v1"] * 8]


@pytest.mark.parametrize(("topic", "key", "value"), MESSAGES)
def test_each_message_on_the_pages_is_one_line_with_its_key(topic: str, key: str, value: str) -> None:
    assert "\n" not in value, "kcat makes a message of each line"
    event = event_for(topic, json.loads(value)).model_validate_json(value)
    assert event.message_key() == key


def test_the_answers_on_the_page_are_results() -> None:
    accepted, refused, recorded = TOPIC["billing.invoice-results.v1"].events
    for event, shown in zip((accepted, recorded, refused), blocks(REQUESTS, "json"), strict=True):
        event.model_validate_json(shown)


def test_the_line_on_the_page_has_the_fields_of_the_event() -> None:
    (line,) = blocks(PUBLISHING, "json")
    assert json.loads(line).keys() == workorders.LineChanged.model_fields.keys()


def test_the_order_over_http_on_the_page_is_one() -> None:
    (body,) = re.findall(r"-d '\n(.*?)'$", PUBLISHING, re.MULTILINE | re.DOTALL)
    workorders.WorkOrder.model_validate({"organisation": "demo", **json.loads(body)})


def test_the_program_on_the_page_makes_an_order() -> None:
    (program,) = blocks(PUBLISHING, "python")
    scope: dict[str, object] = {}
    exec(program[program.index("order =") : program.index("producer =")], scope)
    workorders.WorkOrder.model_validate(scope["order"])


def test_the_file_on_the_page_has_orders() -> None:
    (text,) = blocks(PUBLISHING, "csv")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert {row["kind"] for row in rows} == {"labour", "distance", "material"}
    assert all(None not in row and None not in row.values() for row in rows)


def test_every_field_of_a_work_order_stands_on_the_page() -> None:
    lines = (workorders.TimeLine, workorders.DistanceLine, workorders.ExpenseLine, workorders.MaterialLine)
    fields = {name for model in (workorders.WorkOrder, *lines) for name in model.model_fields}
    assert {name for name in fields if f"`{name}`" not in PUBLISHING} == set()


def test_every_field_of_a_request_stands_on_the_page() -> None:
    fields = {name for event in TOPIC["billing.invoice-requests.v1"].events for name in event.model_fields}
    assert {name for name in fields if f"`{name}`" not in REQUESTS} == set()


def test_every_state_and_reason_of_a_line_stands_on_the_page() -> None:
    assert {word for word in {*LineState, *WaitingReason} if f"`{word}`" not in PUBLISHING} == set()


def topic_table() -> str:
    rows = [
        f"| `{topic.name}` | {topic.key} | {topic.writer} → {', '.join(topic.readers)} | "
        f"{', '.join(f'[{event.__name__}]({link(event)})' for event in topic.events)} |"
        for topic in TOPICS
    ]
    return "\n".join(["| topic | key | from → to | events |", "| --- | --- | --- | --- |", *rows])


def link(event: type[Event]) -> str:
    return f"../shared/contracts/generated/schemas/{event.TYPE}.json"


def test_the_table_of_topics_is_up_to_date() -> None:
    assert topic_table() in EVENTS, f"put this table into docs/events.md:\n{topic_table()}"


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_setting_stands_on_the_page_for_operators() -> None:
    page = (DOCS / "operations.md").read_text(encoding="utf-8")
    names = {name.upper() for name in ServiceSettings.model_fields} - {"DATABASE_URL"}
    names |= {f"{service.upper()}_DATABASE_URL" for service in SERVICES}
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_every_reason_to_refuse_an_order_stands_on_the_page() -> None:
    over_http_only = {refusal.INVALID_INPUT, refusal.FORBIDDEN}
    slugs = {value for name, value in vars(refusal).items() if name.isupper()} - over_http_only
    assert {slug for slug in slugs if f"`{slug}`" not in PUBLISHING} == set()
