"""Dead letters over HTTP, of which an operator sees its own organisation's only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared.contracts.topics import TOPIC
from shared.http.auth import Role
from shared.messaging.batch import Refusal
from shared.messaging.record import Place, Record
from shared.messaging.setting_aside import Failed, write_dead_letters
from tests.support.api import Api, check_access

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SUBMITTED = TOPIC["workorders.submitted.v1"]


async def dead_letter(api: Api, offset: int, organisation: str | None, value: bytes = b"{}") -> UUID:
    """A message that somebody could not use."""
    record = Record(Place(SUBMITTED.name, 0, offset), b"k", value, (("h", b"\xff"),), NOW)
    failed = Failed(record, Refusal("invalid-message", "no order"), organisation, "fsm", None)
    async with api.runtime.database.transaction() as session:
        at = NOW + timedelta(seconds=offset)
        await write_dead_letters(session, "demo.submitted", SUBMITTED, [failed], at)
    listed = await api.client(Role.INSTALLATION).get("/v1/dead-letters", params={"limit": 500})
    (found,) = [item["id"] for item in listed.json()["items"] if item["offset"] == offset]
    return UUID(found)


async def test_they_are_listed_looked_at_and_discarded(api: Api) -> None:
    mine = await dead_letter(api, 1, "acme", b'{"a":1}')
    await dead_letter(api, 2, "rival")
    await dead_letter(api, 3, None)
    operator = api.client(Role.OPERATOR, subject="olga")
    offsets = [item["offset"] for item in (await operator.get("/v1/dead-letters")).json()["items"]]
    assert offsets == [1]
    everything = (await api.client(Role.INSTALLATION).get("/v1/dead-letters")).json()["items"]
    assert [item["offset"] for item in everything if item["offset"] < 4] == [3, 2, 1]
    whole = (await operator.get(f"/v1/dead-letters/{mine}")).json()
    assert (whole["value"], whole["key"], whole["headers"]) == ('{"a":1}', "k", [["h", "\ufffd"]])
    assert (whole["slug"], whole["detail"], whole["topic"]) == ("invalid-message", "no order", SUBMITTED.name)
    done = await operator.post(f"/v1/dead-letters/{mine}/discard", json={"reason": "a test"})
    assert done.status_code == 200
    assert (done.json()["state"], done.json()["resolved_by"], done.json()["note"]) == ("discarded", "olga", "a test")
    again = await operator.post(f"/v1/dead-letters/{mine}/discard", json={"reason": "a test"})
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "dead-letter-resolved")
    replay = await operator.post(f"/v1/dead-letters/{mine}/replay")
    assert replay.status_code == 409
    assert (await operator.get("/v1/dead-letters?state=open")).json()["items"] == []


async def test_only_operators_and_only_their_own(api: Api) -> None:
    mine = await dead_letter(api, 11, "acme")
    allowed = {Role.OPERATOR, Role.INSTALLATION}
    await check_access(api, "GET", "/v1/dead-letters", roles=allowed, elsewhere=None)
    await check_access(api, "GET", f"/v1/dead-letters/{mine}", roles=allowed)
    await check_access(api, "POST", f"/v1/dead-letters/{mine}/replay", roles=allowed)
    await check_access(api, "POST", f"/v1/dead-letters/{mine}/discard", roles=allowed, json={"reason": "x"})
    nobodys = await dead_letter(api, 12, None)
    assert (await api.client(Role.OPERATOR).get(f"/v1/dead-letters/{nobodys}")).status_code == 404
    assert (await api.client(Role.INSTALLATION).get(f"/v1/dead-letters/{nobodys}")).status_code == 200


async def test_what_is_no_text_is_shown_in_base64(api: Api) -> None:
    letter = await dead_letter(api, 21, "acme", b"\xff\x00")
    whole = (await api.client(Role.OPERATOR).get(f"/v1/dead-letters/{letter}")).json()
    assert (whole["value"], whole["value_base64"]) == (None, "/wA=")


async def test_they_come_in_pages(api: Api) -> None:
    for offset in range(31, 36):
        await dead_letter(api, offset, "paged")
    operator = api.client(Role.OPERATOR, organisation="paged")
    first = (await operator.get("/v1/dead-letters?limit=3")).json()
    second = (await operator.get("/v1/dead-letters", params={"limit": 3, "cursor": first["next"]})).json()
    assert [item["offset"] for item in first["items"] + second["items"]] == [35, 34, 33, 32, 31]
    assert second["next"] is None
