"""What a record is to its reader. Nothing that stands in a record may raise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.topics import TOPIC, Topic
from shared.messaging.codec import Codec, Decoded, PassedOver, Unusable, source_of
from shared.messaging.message import Message
from shared.messaging.record import Headers, Place, Record, moment_of
from tests.support.messaging import Counted, Ordered, raw_json

PUBLISHED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
OWN = Topic("test.own.v1", (Counted,), key="key", writer="test", readers=())
COMPACTED = Topic("test.compacted.v1", (Counted,), key="key", writer="test", readers=(), compacted=True)
OPEN = Topic("test.open.v1", (Ordered,), key="key", writer="others", readers=(), open_to_others=True)
REQUESTS = TOPIC["billing.invoice-requests.v1"]
GOOD = raw_json(organisation="demo", key="k", number=1)
OWN_HEADERS = (("ce_id", b"1"), ("ce_source", b"/uurwerk/test"), ("ce_type", b"test.counted.v1"))
PAYMENT = {
    "organisation": "demo",
    "request_id": "R1",
    "type": "payment-received",
    "invoice_number": "2026-1",
    "reference": "BANK-1",
    "amount": "1.00",
    "paid_on": "2026-03-02",
}


def _decode(topic: Topic, value: bytes | None, headers: Headers = (), key: bytes | None = b"k") -> Decoded:
    return Codec(topic, topic.events).decode(Record(Place(topic.name, 0, 7), key, value, headers, PUBLISHED))


def _message(topic: Topic, value: bytes | None, headers: Headers = (), key: bytes | None = b"k") -> Message[Any]:
    decoded = _decode(topic, value, headers, key)
    assert isinstance(decoded, Message), decoded
    return decoded


def _slug(topic: Topic, value: bytes | None, headers: Headers = ()) -> str:
    decoded = _decode(topic, value, headers)
    assert isinstance(decoded, Unusable), decoded
    return decoded.slug


def test_an_event_of_ours() -> None:
    trace = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    more = (("ce_time", b"2026-03-02T09:00:00+01:00"), ("ce_subject", b"k"), ("traceparent", trace), ("x", b"\xff"))
    message = _message(OWN, GOOD, OWN_HEADERS + more)
    assert message.data == Counted(key="k", number=1)
    assert (message.envelope.id, message.envelope.source, message.organisation) == ("1", "/uurwerk/test", "demo")
    assert message.envelope.time == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert message.traceparent == trace.decode()
    assert message.envelope.subject == "k"


@pytest.mark.parametrize("missing", ["ce_id", "ce_source", "ce_type"])
def test_our_own_events_need_their_headers(missing: str) -> None:
    assert _slug(OWN, GOOD, tuple(h for h in OWN_HEADERS if h[0] != missing)) == "missing-header"


@pytest.mark.parametrize("name", ["ce_id", "ce_source", "ce_type", "ce_organisation", "ce_time", "ce_subject"])
def test_a_header_of_ours_that_is_no_text_is_a_dead_letter(name: str) -> None:
    assert _slug(OWN, GOOD, (*OWN_HEADERS, (name, b"\xff\xfe"))) == "undecodable-header"


@pytest.mark.parametrize("header", [("ce_time", b"yesterday"), ("traceparent", b"\xff"), ("traceparent", b"00-x")])
def test_what_only_helps_is_left_out_when_it_is_wrong(header: tuple[str, bytes]) -> None:
    message = _message(OWN, GOOD, (*OWN_HEADERS, header))
    assert (message.envelope.time, message.traceparent) == (PUBLISHED, None)


def test_a_newer_event_type_is_passed_over_whatever_its_data() -> None:
    assert isinstance(_decode(OWN, b"\xff", (*OWN_HEADERS, ("ce_type", b"test.newer.v1"))), PassedOver)


def test_an_event_type_that_the_reader_does_not_take_is_passed_over() -> None:
    record = Record(Place("test.own.v1", 0, 7), b"k", GOOD, OWN_HEADERS, PUBLISHED)
    assert isinstance(Codec(OWN, ()).decode(record), PassedOver)


def test_no_value() -> None:
    assert _slug(OWN, None, OWN_HEADERS) == "empty-message"
    assert _slug(OPEN, None) == "empty-message"
    assert isinstance(_decode(COMPACTED, None), PassedOver)


def test_what_others_send_needs_no_headers() -> None:
    message = _message(OPEN, raw_json(organisation="demo", source="fieldsoft", key="k", number=1))
    assert (message.envelope.type, message.envelope.source) == ("test.counted.v1", "fieldsoft")
    assert message.envelope.time == PUBLISHED
    assert message.envelope.id


def test_headers_of_others_that_are_no_text_do_no_harm() -> None:
    message = _message(OPEN, GOOD, (("ce_id", b"\xff"), ("ce_type", b"\xff"), ("ce_source", b"\xff")))
    assert message.data.number == 1


def test_an_organisation_in_the_header_must_be_that_of_the_data() -> None:
    assert _message(OPEN, GOOD, (("ce_organisation", b"demo"),)).organisation == "demo"
    assert _slug(OPEN, GOOD, (("ce_organisation", b"other"),)) == "organisation-mismatch"
    assert _slug(OPEN, GOOD, (("ce_organisation", b"\xff"),)) == "undecodable-header"
    assert _slug(OWN, GOOD, (*OWN_HEADERS, ("ce_organisation", b"other"))) == "organisation-mismatch"


def test_a_reused_id_swallows_nothing_and_the_same_again_is_the_same() -> None:
    def identity(number: int, message_id: bytes, key: bytes = b"k") -> bytes:
        value = raw_json(organisation="demo", source="fieldsoft", key="k", number=number)
        return _message(OPEN, value, (("ce_id", message_id),), key).identity

    assert identity(1, b"same") == identity(1, b"same")
    assert len({identity(1, b"same"), identity(2, b"same"), identity(1, b"other"), identity(1, b"same", b"l")}) == 4


def test_on_our_own_topics_source_and_id_are_the_identity() -> None:
    other = raw_json(organisation="demo", key="k", number=2)
    assert _message(OWN, GOOD, OWN_HEADERS).identity == _message(OWN, other, OWN_HEADERS).identity
    again = (*OWN_HEADERS, ("ce_source", b"/uurwerk/tes"), ("ce_id", b"t1"))
    assert _message(OWN, GOOD, OWN_HEADERS).identity != _message(OWN, GOOD, again).identity


def test_the_data_names_its_type_where_a_topic_has_several() -> None:
    assert _message(REQUESTS, raw_json(**PAYMENT)).envelope.type == "billing.payment-received.v1"
    named = (("ce_type", b"billing.payment-received.v1"),)
    bare = {name: value for name, value in PAYMENT.items() if name != "type"}
    assert _message(REQUESTS, raw_json(**bare), named).envelope.type == "billing.payment-received.v1"
    assert _slug(REQUESTS, raw_json(**PAYMENT | {"type": "gift"})) == "unknown-type"
    assert _slug(REQUESTS, raw_json(**PAYMENT | {"type": ["payment-received"]})) == "unknown-type"
    assert _slug(REQUESTS, raw_json(**bare)) == "unknown-type"
    unknown = _message(REQUESTS, raw_json(**PAYMENT), (("ce_type", b"com.acme.paid"),))
    assert unknown.envelope.type == "billing.payment-received.v1"


def test_a_dead_letter_tells_what_can_be_known() -> None:
    bad = _decode(OPEN, raw_json(organisation="acme", source="fieldsoft", key="k", number="many\x00"))
    assert isinstance(bad, Unusable)
    assert (bad.slug, bad.organisation, bad.source) == ("invalid-data", "acme", "fieldsoft")
    assert bad.detail.startswith("number: ")
    nothing = _decode(OPEN, b"{")
    assert isinstance(nothing, Unusable)
    assert (nothing.organisation, nothing.source) == (None, "unknown")


def test_who_answers_for_a_message() -> None:
    sent = raw_json(organisation="demo", source="fieldsoft", key="k", number=1)
    assert source_of(_message(OPEN, sent, (("ce_source", b"gateway"),))) == "fieldsoft"
    assert source_of(_message(REQUESTS, raw_json(**PAYMENT), (("ce_source", b"bank"),))) == "bank"
    assert source_of(_message(REQUESTS, raw_json(**PAYMENT))) == "unknown"


@given(
    value=st.one_of(st.none(), st.binary(max_size=200), st.text(max_size=100).map(str.encode)),
    headers=st.lists(
        st.tuples(
            st.sampled_from(["ce_id", "ce_type", "ce_source", "ce_organisation", "ce_time", "traceparent", "x"]),
            st.one_of(st.binary(max_size=30), st.sampled_from([b"test.counted.v1", b"demo", b"2026-01-01T00:00:00Z"])),
        ),
        max_size=8,
    ),
    topic=st.sampled_from([OWN, OPEN, COMPACTED, REQUESTS]),
)
def test_nothing_raises(value: bytes | None, headers: list[tuple[str, bytes]], topic: Topic) -> None:
    assert isinstance(_decode(topic, value, tuple(headers), None), Message | Unusable | PassedOver)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), st.lists, max_leaves=5))
def test_no_json_raises(anything: object) -> None:
    for fields in ({"organisation": anything, "key": "k", "number": 1}, {"source": anything, "type": anything}):
        assert isinstance(_decode(REQUESTS, raw_json(**fields)), Unusable)
        assert isinstance(_decode(OPEN, raw_json(**fields)), Message | Unusable)


@pytest.mark.parametrize("timestamp", [-1, 0, 2**62, -(2**62), 1_772_438_400_000])
def test_any_timestamp_is_a_time(timestamp: int) -> None:
    assert moment_of(timestamp).tzinfo is UTC
