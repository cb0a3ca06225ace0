"""Properties that every event has, whatever it holds."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from shared.contracts.base import Event
from shared.contracts.examples import EXAMPLES
from shared.contracts.schemas import schema_of
from shared.contracts.topics import EVENT_TYPES, TOPIC, TOPICS
from shared.messaging.envelope import Envelope, event_headers
from tests.contract.strategies import events


@cache
def validator_of(event: type[Event]) -> Draft202012Validator:
    return Draft202012Validator(schema_of(event), format_checker=FormatChecker())


ALL = pytest.mark.parametrize("event", EVENT_TYPES.values(), ids=EVENT_TYPES)
generated = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@ALL
@generated
@given(data=st.data())
def test_what_is_written_is_read_back_the_same(event: type[Event], data: st.DataObject) -> None:
    written = data.draw(events(event))
    text = written.model_dump_json()
    read = event.model_validate_json(text)
    assert read == written
    assert read.model_dump_json() == text


@ALL
@generated
@given(data=st.data())
def test_what_is_written_fits_the_published_schema(event: type[Event], data: st.DataObject) -> None:
    validator_of(event).validate(json.loads(data.draw(events(event)).model_dump_json()))


@ALL
@generated
@given(data=st.data())
def test_no_number_with_a_point_goes_over_the_wire(event: type[Event], data: st.DataObject) -> None:
    def numbers(value: Any) -> list[float]:
        if isinstance(value, dict):
            return [n for item in value.values() for n in numbers(item)]
        if isinstance(value, list):
            return [n for item in value for n in numbers(item)]
        return [value] if isinstance(value, float) else []

    assert numbers(json.loads(data.draw(events(event)).model_dump_json())) == []


@ALL
@generated
@given(data=st.data())
def test_a_reader_ignores_fields_that_it_does_not_know(event: type[Event], data: st.DataObject) -> None:
    written = data.draw(events(event))

    def with_news(value: Any) -> Any:
        if isinstance(value, dict):
            return {**{k: with_news(v) for k, v in value.items()}, "added_in_2031": {"by": ["somebody"]}}
        return [with_news(v) for v in value] if isinstance(value, list) else value

    assert event.model_validate(with_news(json.loads(written.model_dump_json()))) == written


@ALL
@generated
@given(data=st.data())
def test_keys_are_texts_that_kafka_and_the_outbox_take(event: type[Event], data: st.DataObject) -> None:
    written = data.draw(events(event))
    assert 0 < len(written.message_key().encode()) < 2000
    kind, identity = written.aggregate()
    assert kind
    assert identity
    assert len({written.business_key(), written.business_key()}) == 1
    assert event.model_validate_json(written.model_dump_json()).business_key() == written.business_key()


@pytest.mark.parametrize(
    ("event_type", "key", "aggregate"),
    [
        ("workorders.submitted.v1", "planner:W-1001", "work-order"),
        ("billing.advance-requested.v1", "demo:crm-7001", "invoice-request"),
        ("billing.payment-received.v1", "demo:bank-2026-04-02-17", "invoice-request"),
        ("billing.request-accepted.v1", "demo:crm-7001", "invoice-request"),
        ("timesheets.entry-approved.v1", "demo:P1", "entry"),
        ("billing.invoice-issued.v1", "demo:ACME", "invoice"),
        ("timesheets.employee.v1", "demo:jan", "employee"),
        ("billing.organisation.v1", "demo:demo", "organisation"),
    ],
)
def test_what_must_stay_in_order_has_one_key(event_type: str, key: str, aggregate: str) -> None:
    event = EVENT_TYPES[event_type].model_validate(EXAMPLES[event_type])
    assert event.message_key() == key
    assert event.aggregate()[0] == aggregate


def test_all_facts_of_one_work_order_have_its_id_as_key() -> None:
    types = ("workorders.hours-completed.v1", "workorders.line-changed.v1")
    keys = {EVENT_TYPES[name].model_validate(EXAMPLES[name]).message_key() for name in types}
    assert keys == {EXAMPLES["workorders.line-changed.v1"]["work_order_id"]}


def test_an_entry_without_project_keeps_order_by_its_customer() -> None:
    event = EVENT_TYPES["timesheets.entry-approved.v1"]
    entry = {**EXAMPLES[event.TYPE], "project": None}
    assert event.model_validate(entry).message_key() == "demo:ACME"


def test_a_work_order_is_identified_by_its_revision() -> None:
    event = EVENT_TYPES["workorders.submitted.v1"]
    first, second = (event.model_validate({**EXAMPLES[event.TYPE], "revision": n}) for n in (1, 2))
    assert first.business_key() != second.business_key()
    assert first.business_key() == ("demo", "planner", "W-1001", 1)


def test_the_parts_of_an_invoice_are_facts_of_their_own() -> None:
    event = EVENT_TYPES["billing.invoice-issued.v1"]
    parts = [event.model_validate({**EXAMPLES[event.TYPE], "part": n, "parts": 2}) for n in (1, 2)]
    assert parts[0].business_key() != parts[1].business_key()


def test_every_topic_and_type_is_named_as_agreed() -> None:
    for topic in TOPICS:
        assert topic.name.endswith(".v1")
        assert topic.name == topic.name.lower()
        for event in topic.events:
            assert topic.name == event.TOPIC
            assert TOPIC[event.TOPIC] is topic
            assert event.TYPE.split(".")[0] == topic.name.split(".")[0]
    assert len(EVENT_TYPES) == sum(len(topic.events) for topic in TOPICS)


@ALL
def test_the_headers_that_are_written_are_those_that_are_published(event: type[Event]) -> None:
    from shared.contracts.headers import header_schema

    data = event.model_validate(EXAMPLES[event.TYPE])
    now = EVENT_TYPES["billing.invoice-paid.v1"].model_validate(EXAMPLES["billing.invoice-paid.v1"]).at  # type: ignore[attr-defined]
    envelope = Envelope("/uurwerk/billing", "1", event.TYPE, data.organisation, now, subject=data.aggregate()[1])
    headers = {name: value.decode() for name, value in event_headers(envelope)}
    schema = header_schema(event.TYPE, required=True)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(headers)
    assert headers.keys() <= schema["properties"].keys()
