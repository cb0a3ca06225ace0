"""POST /v1/workorders and /v1/workorders/batch."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from shared.http.auth import Role
from shared.ids import work_order_id
from tests.api.workorders.conftest import SENDERS
from tests.support.api import ORGANISATION, Api, check_access, check_all_protected
from tests.support.workorders import document, labour

ORDERS = "/v1/workorders"
BATCH = "/v1/workorders/batch"


def slug(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["type"]).rpartition("/")[2]


async def test_every_route_is_protected(api: Api) -> None:
    await check_all_protected(api)


async def test_only_senders_may_send(api: Api, source: str) -> None:
    await check_access(api, "POST", ORDERS, roles=SENDERS, json=document(source=source), elsewhere=200)
    await check_access(api, "POST", BATCH, roles=SENDERS, json={"orders": []}, elsewhere=200)


@pytest.mark.parametrize("role", sorted(SENDERS))
async def test_an_order_is_taken_in_the_organisation_of_the_token(api: Api, source: str, role: Role) -> None:
    answer = await api.client(role).post(ORDERS, json=document(source=source))

    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "work_order_id": str(work_order_id(ORGANISATION, source, "W1")),
        "outcome": "accepted",
        "revision": 1,
    }


async def test_an_order_may_name_its_organisation_but_no_other(api: Api, source: str) -> None:
    client = api.client(Role.SOURCE)

    own = await client.post(ORDERS, json=document(source=source, organisation=ORGANISATION))
    foreign = await client.post(ORDERS, json=document("W2", source=source, organisation="rival"))

    assert own.status_code == 200
    assert (foreign.status_code, slug(foreign)) == (403, "forbidden")


async def test_outcomes_of_revisions(api: Api, source: str) -> None:
    client = api.client(Role.SOURCE)

    async def send(revision: int, **changed: Any) -> httpx.Response:
        return await client.post(ORDERS, json=document(revision=revision, source=source, **changed))

    assert (await send(2)).json()["outcome"] == "accepted"
    assert (await send(2)).json()["outcome"] == "unchanged"
    older = (await send(1)).json()
    assert (older["outcome"], older["revision"]) == ("ignored", 2)
    conflict = await send(2, description="other")
    assert (conflict.status_code, slug(conflict)) == (409, "revision-conflict")
    conflict = await send(1, description="other")
    assert (conflict.status_code, slug(conflict)) == (409, "revision-conflict")


async def test_an_organisation_that_is_not_known_yet(api: Api) -> None:
    client = api.client(Role.SOURCE, organisation="nobody")

    for answer in (
        await client.post(ORDERS, json=document()),
        await client.post(BATCH, json={"orders": [document()]}),
    ):
        assert (answer.status_code, slug(answer)) == (409, "unknown-organisation")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"revision": 0}, "/revision"),
        ({"revision": 2**31}, "/revision"),
        ({"revision": "x"}, "/revision"),
        ({"status": "done"}, "/status"),
        ({"customer": "A B"}, "/customer"),
        ({"colour": "red"}, "/colour"),
        ({"external_id": "a\x00b"}, "/external_id"),
        ({"external_id": "\ud800"}, "/external_id"),
        ({"external_id": ""}, "/external_id"),
        ({"reference": "a\x00b"}, "/reference"),
        ({"lines": [labour(colour="red")]}, "/lines/0/colour"),
        ({"lines": [labour(kind="work")]}, "/lines/0"),
        ({"lines": [labour(start="2026-03-02")]}, "/lines/0/start"),
        ({"lines": [labour(start=1772438400)]}, "/lines/0/start"),
        ({"lines": [labour(start="1026-03-02T08:00")]}, "/lines/0/start"),
        ({"lines": [labour(break_minutes=-1)]}, "/lines/0/break_minutes"),
        ({"lines": [labour(vat_rate=21.0)]}, "/lines/0/vat_rate"),
        ({"lines": [labour(vat_rate="NaN")]}, "/lines/0/vat_rate"),
        ({"lines": [labour(), labour()]}, "/lines"),
        ({"lines": None}, "/lines"),
    ],
)
async def test_input_that_is_not_valid_is_pointed_at(
    api: Api, source: str, changed: dict[str, Any], field: str
) -> None:
    client = api.client(Role.SOURCE)
    body = {**document(source=source), **changed}

    answer = await client.post(ORDERS, content=json.dumps(body), headers={"content-type": "application/json"})

    assert (answer.status_code, slug(answer)) == (422, "invalid-input")
    assert field in [error["field"] for error in answer.json()["errors"]]
    many = await client.post(
        BATCH, content=json.dumps({"orders": [body]}), headers={"content-type": "application/json"}
    )
    (result,) = many.json()["results"]
    assert (result["outcome"], result["problem"]["slug"]) == ("refused", "invalid-input")
    assert field in [error["field"] for error in result["problem"]["errors"]]


@pytest.mark.parametrize(
    ("end", "refused"),
    [("2026-03-02T08:00", "end-before-start"), ("2026-05-02T08:00", "line-too-long")],
)
async def test_clock_times_that_are_typing_errors(api: Api, source: str, end: str, refused: str) -> None:
    body = document(source=source, lines=[labour("1"), labour("2", end=end)])

    answer = await api.client(Role.SOURCE).post(ORDERS, json=body)

    assert (answer.status_code, slug(answer)) == (422, refused)
    assert answer.json()["errors"][0]["field"] == "/lines/1/end"
    assert "'2'" in answer.json()["detail"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b"[]", b'{"revision":' + b"9" * 5000 + b"}", b"\xff", b"[" * 100_000]
)
async def test_a_body_that_is_no_order_is_no_mistake_of_the_service(api: Api, content: bytes) -> None:
    for path in (ORDERS, BATCH):
        answer = await api.client(Role.SOURCE).post(
            path, content=content, headers={"content-type": "application/json"}
        )
        assert 400 <= answer.status_code < 500, (path, content[:20], answer.text)


async def test_an_order_that_is_too_large(api: Api, source: str) -> None:
    lines = [labour(str(n), description="x" * 2000) for n in range(900)]

    answer = await api.client(Role.SOURCE).post(ORDERS, json=document(source=source, lines=lines))

    assert (answer.status_code, slug(answer)) == (413, "too-large")


async def test_a_batch_takes_each_order_by_itself(api: Api, source: str) -> None:
    orders: list[Any] = [
        document("W1", source=source),
        document("W2", source=source, status="done"),
        "no order",
        document("W1", 2, source=source, status="cancelled"),
        document("W1", source=source),
        document("W3", source=source, lines=[labour(end="2026-03-01T08:00")]),
        document("W1", source=source, description="other"),
        document("W1", 2, source=source, status="cancelled"),
        document("W4", source=source, organisation="rival"),
    ]

    answer = (await api.client(Role.SOURCE).post(BATCH, json={"orders": orders})).json()

    seen = [
        (r["index"], r["external_id"], r["outcome"], r["problem"] and r["problem"]["slug"]) for r in answer["results"]
    ]
    assert seen == [
        (0, "W1", "accepted", None),
        (1, "W2", "refused", "invalid-input"),
        (2, None, "refused", "invalid-input"),
        (3, "W1", "accepted", None),
        (4, "W1", "ignored", None),
        (5, "W3", "refused", "end-before-start"),
        (6, "W1", "refused", "revision-conflict"),
        (7, "W1", "unchanged", None),
        (8, "W4", "refused", "forbidden"),
    ]
    assert {name: answer[name] for name in ("accepted", "unchanged", "ignored", "refused")} == {
        "accepted": 2,
        "unchanged": 1,
        "ignored": 1,
        "refused": 5,
    }


async def test_a_batch_has_at_most_a_thousand_orders(api: Api, source: str) -> None:
    client = api.client(Role.SOURCE)
    orders = [document(f"W{n}", source=source) for n in range(1001)]

    assert (await client.post(BATCH, json={"orders": orders})).status_code == 422
    taken = (await client.post(BATCH, json={"orders": orders[:1000]})).json()
    assert taken["accepted"] == 1000


async def test_all_ways_give_the_same_order(api: Api, source: str) -> None:
    """One way first, the others then change nothing."""
    client = api.client(Role.SOURCE)
    csv = (
        "source,external_id,revision,status,customer,project,line_id,kind,employee,hour_type,start,end\n"
        f"{source},W1,1,completed,ACME,P1,1,labour,jan,WORK,2026-03-02T08:00:00,2026-03-02T10:00:00\n"
    )

    assert (await client.post(ORDERS, json=document(source=source))).json()["outcome"] == "accepted"
    batch = (await client.post(BATCH, json={"orders": [document(source=source)]})).json()
    lines = await client.post(
        "/v1/workorders/import",
        content=json.dumps(document(source=source)),
        headers={"content-type": "application/x-ndjson"},
    )
    rows = await client.post("/v1/workorders/import", content=csv, headers={"content-type": "text/csv"})

    assert [answer["unchanged"] for answer in (batch, lines.json(), rows.json())] == [1, 1, 1]
