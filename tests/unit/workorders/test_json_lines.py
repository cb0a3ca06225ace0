"""Orders of a JSON lines file."""

from __future__ import annotations

import json
from io import BytesIO

import pytest

from services.workorders.domain.refusal import Refusal
from services.workorders.imports.json_lines import json_orders
from services.workorders.imports.parsed import ParsedOrder, UnreadableFile
from services.workorders.schemas.incoming import EXAMPLE
from shared.contracts.workorders import WorkOrder


def read(content: bytes) -> list[ParsedOrder]:
    return list(json_orders(BytesIO(content), "demo"))


def line(**changed: object) -> bytes:
    return json.dumps({**EXAMPLE, **changed}).encode()


def test_each_line_is_an_order() -> None:
    parsed = read(b"\xef\xbb\xbf" + line(external_id="W1") + b"\r\n\n" + line(external_id="W2") + b"\n")

    assert [(p.line, p.external_id) for p in parsed] == [(1, "W1"), (3, "W2")]
    assert all(isinstance(p.content, WorkOrder) for p in parsed)


@pytest.mark.parametrize(
    ("bad", "slug", "what"),
    [
        (b"{", "invalid-input", "not JSON"),
        (b"[" * 100_000, "invalid-input", "not JSON"),
        (b"[]", "invalid-input", "the order"),
        (b"1", "invalid-input", "the order"),
        (b'{"revision": ' + b"9" * 5000 + b"}", "invalid-input", "not JSON"),
        (b'{"revision": NaN}', "invalid-input", "not JSON"),
        (line(external_id="\ud800"), "invalid-input", "/external_id"),
        (line(external_id="a\x00"), "invalid-input", "/external_id"),
        (line(colour="red"), "invalid-input", "/colour"),
        (line(organisation="other"), "forbidden", "organisation 'other'"),
        (b'{"external_id": "\xff"}', "wrong-encoding", "not UTF-8"),
        (b'"' + b"x" * 4_200_000, "too-large", "longer than"),
    ],
)
def test_a_bad_line_refuses_itself_only(bad: bytes, slug: str, what: str) -> None:
    first, refused, last = read(b"\n".join([line(), bad, line()]))

    assert isinstance(first.content, WorkOrder)
    assert isinstance(last.content, WorkOrder)
    assert refused.line == 2
    assert isinstance(refused.content, Refusal)
    assert refused.content.slug == slug
    assert "line 2" in refused.content.detail
    assert what in refused.content.detail


def test_decimals_are_text() -> None:
    lines = [{"line_id": "1", "kind": "distance", "date": "2026-03-02", "kilometres": 38.5}]
    (refused,) = read(line(lines=lines))

    assert isinstance(refused.content, Refusal)
    assert [error.field for error in refused.content.errors] == ["/lines/0/kilometres"]


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_is_said_to_be_empty(content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="empty-file"):
        read(content)
