"""Idempotency-Key: the same request again has no second effect and gets the same answer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx

from shared.database.bulk import execute
from shared.http.auth import Role
from shared.http.idempotency import RETENTION, prune_idempotency_keys
from tests.support.api import Api


def admin(api: Api, organisation: str) -> httpx.AsyncClient:
    return api.client(Role.ADMIN, organisation=organisation)


async def create(client: httpx.AsyncClient, key: str, **body: object) -> httpx.Response:
    return await client.post("/v1/things", json=body, headers={"Idempotency-Key": key})


async def count(client: httpx.AsyncClient) -> int:
    return len((await client.get("/v1/things")).json()["items"])


async def test_the_same_again_gets_the_same_answer(api: Api) -> None:
    client = admin(api, "once")
    first = await create(client, "k", name="a", amount="12.50")
    again = await create(client, "k", amount="12.50", name="a")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await count(client) == 1


async def test_another_body_is_refused(api: Api) -> None:
    client = admin(api, "reused")
    await create(client, "k", name="a")
    answer = await create(client, "k", name="b")
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/idempotency-key-reused")
    assert await count(client) == 1


async def test_a_key_belongs_to_its_organisation(api: Api) -> None:
    one, two = admin(api, "one"), admin(api, "two")
    assert (await create(one, "k", name="a")).status_code == 201
    assert (await create(two, "k", name="other")).status_code == 201
    assert (await count(one), await count(two)) == (1, 1)


async def test_a_refusal_is_not_remembered(api: Api) -> None:
    client = admin(api, "refusals")
    assert (await create(client, "k", name="refused")).status_code == 409
    assert (await create(client, "k", name="crash")).status_code == 500
    assert (await create(client, "k", name="orphan", parent=987654321)).status_code == 409  # at the commit
    assert (await create(client, "k", name="fine")).status_code == 201


async def test_at_the_same_time_it_is_done_once(api: Api) -> None:
    client = admin(api, "together")
    answers = await asyncio.gather(*(create(client, "k", name="a") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert await count(client) == 1


async def test_without_a_key_each_request_counts(api: Api) -> None:
    client = admin(api, "without")
    assert (await client.post("/v1/things", json={"name": "a"})).status_code == 201
    assert (await client.post("/v1/things", json={"name": "a"})).status_code == 409


async def test_a_key_is_a_text(api: Api) -> None:
    client = admin(api, "keys")
    for key in ("x" * 201, ""):
        assert (await create(client, key, name="a")).status_code == 422
    answer = await client.post("/v1/things", json={"name": "a"}, headers={"Idempotency-Key": "é☃".encode()})
    assert answer.status_code == 201


async def test_old_keys_are_forgotten(api: Api) -> None:
    client = admin(api, "old")
    await create(client, "k", name="a")
    database = api.runtime.database
    async with database.transaction() as session:
        before = datetime.now(UTC) - RETENTION - timedelta(hours=1)
        await execute(session, "UPDATE idempotency_keys SET created_at = $1 WHERE organisation = 'old'", before)
    async with database.transaction() as session:
        assert await prune_idempotency_keys(session) == 1
    assert (await create(client, "k", name="b")).status_code == 201
