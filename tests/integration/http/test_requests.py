"""Problems, bad input, request ids, transactions, pages, documents: what every service's HTTP stands on."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from shared.http.auth import Role
from tests.support.api import Api, check_access, check_all_protected, test_key

SLUG = "https://uurwerk.dev/problems/"


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["type"] == SLUG + slug
    assert document["status"] == status
    assert document["title"]
    assert document["request_id"] == answer.headers["x-request-id"]
    return document


async def test_only_health_and_documents_are_open(api: Api) -> None:
    await check_all_protected(api)
    for path in ("/livez", "/readyz", "/metrics", "/docs", "/openapi.json", "/asyncapi.json"):
        assert (await api.anonymous.get(path)).status_code == 200, path


async def test_roles_and_organisations(api: Api) -> None:
    made = (await api.client(Role.ADMIN).post("/v1/things", json={"name": "mine"})).json()
    await check_access(api, "GET", f"/v1/things/{made['id']}", roles={Role.BILLING, Role.ADMIN, Role.EMPLOYEE})
    await check_access(api, "GET", "/v1/organisations", roles={Role.INSTALLATION}, elsewhere=None)
    assert (await api.client(Role.INSTALLATION).get("/v1/organisations")).status_code == 200


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer x", "Basic dTpw", "Bearer a.b.c", f"bearer {'x' * 30_000}"]
)
async def test_other_authorisations_are_no_token(api: Api, header: str) -> None:
    answer = await api.anonymous.get("/v1/things", headers={"Authorization": header})
    problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_who_asks_comes_before_what_is_asked(api: Api) -> None:
    problem(await api.anonymous.post("/v1/things", json={"nonsense": 1}), 401, "unauthenticated")
    problem(await api.client(Role.EMPLOYEE).post("/v1/things", json={"nonsense": 1}), 403, "forbidden")


async def test_addresses_and_methods_that_are_not_there(api: Api) -> None:
    problem(await api.anonymous.get("/nothing"), 404, "not-found")
    answer = await api.client(Role.ADMIN).delete("/v1/numbers")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"
    problem(await api.client(Role.ADMIN).get("/v1/things/999999"), 404, "not-found")


async def test_every_wrong_field_is_named(api: Api) -> None:
    body = {"lines": [{"kind": "labour", "minutes": "x"}, {"kind": "goods", "quantity": 1.5, "price": "1"}], "ttl": 1}
    document = problem(await api.client(Role.ADMIN).post("/v1/documents", json=body), 422, "invalid-input")
    assert {(e["in"], e["field"]) for e in document["errors"]} == {
        ("body", "/lines/0/minutes"),
        ("body", "/lines/1/quantity"),
        ("body", "/ttl"),
    }
    assert "text" in next(e["detail"] for e in document["errors"] if e["field"] == "/lines/1/quantity")
    document = problem(await api.client(Role.ADMIN).get("/v1/things?limit=0"), 422, "invalid-input")
    assert document["errors"][0]["field"] == "/limit"
    assert document["errors"][0]["in"] == "query"


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("content", "headers", "status", "slug"),
    [
        (b'{"name":', JSON, 422, "invalid-input"),
        (b"", JSON, 422, "invalid-input"),
        (b"null", JSON, 422, "invalid-input"),
        (b"[]", JSON, 422, "invalid-input"),
        (b'{"name":"\xff\xfe"}', JSON, 422, "invalid-input"),
        (b"[" * 4_000, JSON, 422, "invalid-input"),
        (b'{"name":"a\\u0000b"}', JSON, 422, "invalid-input"),
        (b'{"name":"\\ud800"}', JSON, 422, "invalid-input"),
        (b'{"\\ud800":1,"name":"x"}', JSON, 422, "invalid-input"),
        (b'{"name":"x","amount":NaN}', JSON, 422, "invalid-input"),
        (b'{"name":"x","amount":"NaN"}', JSON, 422, "invalid-input"),
        (b'{"name":"x","amount":"Infinity"}', JSON, 422, "invalid-input"),
        (b'{"name":"x","amount":-1e999999}', JSON, 422, "invalid-input"),
        (b'{"name":"x","amount":"-1e999999"}', JSON, 422, "invalid-input"),
        (b'{"name":"x","amount":"-1e99999999999999999999"}', JSON, 422, "invalid-input"),
        (b'{"name":"x","parent":99999999999999999999999}', JSON, 422, "invalid-input"),
        (b'{"name":"x","parent":' + b"9" * 4_900 + b"}", JSON, 422, "invalid-input"),
        (b'{"name":"x"}', {"Content-Type": "text/plain"}, 415, "unsupported-media-type"),
        (b'{"name":"x"}', {}, 415, "unsupported-media-type"),
        (b'{"name":"' + b"x" * 6_000 + b'"}', JSON, 413, "too-large"),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_bad_bodies_are_refused(
    api: Api, content: bytes, headers: dict[str, str], status: int, slug: str
) -> None:
    answer = await api.client(Role.ADMIN).post("/v1/things", content=content, headers=headers)
    problem(answer, status, slug)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/things/99999999999999999999",
        "/v1/things/x",
        "/v1/things/" + "9" * 5_000,
        "/v1/called/a%00b",
        "/v1/things?name=%00",
        "/v1/things?cursor=%00",
        "/v1/things?cursor=abc",
        "/v1/things?limit=99999999999999999999999999",
        "/v1/things?limit=1e3",
    ],
    ids=lambda path: path[:40],
)
async def test_bad_paths_and_queries_are_refused(api: Api, path: str) -> None:
    problem(await api.client(Role.ADMIN).get(path), 422, "invalid-input")


async def test_what_is_no_utf_8_in_a_path_names_nothing(api: Api) -> None:
    problem(await api.client(Role.ADMIN).get("/v1/called/%ff%ed%a0%80"), 404, "not-found")


async def test_a_body_without_its_length_is_limited_too(api: Api) -> None:
    async def drip() -> Any:
        for _ in range(100):
            yield b"x" * 100

    answer = await api.client(Role.ADMIN).post("/v1/things", content=drip(), headers=JSON)
    problem(answer, 413, "too-large")


async def test_a_route_for_files_has_its_own_limit(api: Api) -> None:
    admin = api.client(Role.ADMIN)
    assert (await admin.post("/v1/files", files={"file": b"x" * 10_000})).json() == {"size": 10_000}
    problem(await admin.post("/v1/files", files={"file": b"x" * 30_000}), 413, "too-large")
    problem(
        await admin.post("/v1/files", content=b"x", headers={"Content-Type": "multipart/form-data"}),
        422,
        "invalid-input",
    )


async def test_rules_of_the_domain_become_problems(api: Api) -> None:
    answer = await api.client(Role.ADMIN).post("/v1/things", json={"name": "dear", "amount": "1000.01"})
    document = problem(answer, 409, "thing-too-dear")
    assert document["title"] == "The thing is too dear"
    assert "1000.01" in document["detail"]


async def test_a_refusal_and_a_crash_leave_nothing(api: Api) -> None:
    admin = api.client(Role.ADMIN)
    problem(await admin.post("/v1/things", json={"name": "refused"}), 409, "conflict")
    document = problem(await admin.post("/v1/things", json={"name": "crash"}), 500, "internal-error")
    assert "secret" not in json.dumps(document)
    for name in ("refused", "crash"):
        assert (await admin.get("/v1/things", params={"name": name})).json()["items"] == []


async def test_a_commit_that_fails_is_no_success(api: Api) -> None:
    admin = api.client(Role.ADMIN)
    # The constraint is deferred: PostgreSQL looks at it when the transaction is committed.
    answer = await admin.post("/v1/things", json={"name": "orphan", "parent": 123456789})
    problem(answer, 409, "conflict")
    assert (await admin.get("/v1/things", params={"name": "orphan"})).json()["items"] == []


async def test_a_rival_that_was_quicker_is_a_conflict(api: Api) -> None:
    admin = api.client(Role.ADMIN)
    assert (await admin.post("/v1/things", json={"name": "twin"})).status_code == 201
    problem(await admin.post("/v1/things", json={"name": "twin"}), 409, "conflict")


async def test_reading_cannot_write(api: Api) -> None:
    problem(await api.client(Role.ADMIN).post("/v1/reading"), 500, "internal-error")


async def test_a_list_comes_in_pages(api: Api) -> None:
    admin = api.client(Role.ADMIN, organisation="pages")
    for number in range(7):
        await admin.post("/v1/things", json={"name": f"thing {number}"})
    names, cursor = [], None
    for _ in range(10):
        params = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        part = (await admin.get("/v1/things", params=params)).json()
        names.extend(item["name"] for item in part["items"])
        cursor = part["next"]
        if cursor is None:
            break
    assert names == [f"thing {number}" for number in range(7)]


async def test_a_request_has_an_id(api: Api) -> None:
    given = await api.anonymous.get("/livez", headers={"X-Request-Id": "their-id.1"})
    assert given.headers["x-request-id"] == "their-id.1"
    for insane in ("a b", "x" * 200, "é", '"'):
        answer = await api.anonymous.get("/livez", headers={"X-Request-Id": insane.encode()})
        assert len(answer.headers["x-request-id"]) == 32
    document = problem(await api.anonymous.get("/nothing", headers={"X-Request-Id": "r-7"}), 404, "not-found")
    assert document["request_id"] == "r-7"


async def test_decimals_are_text(api: Api) -> None:
    answer = await api.client(Role.ADMIN).get("/v1/numbers")
    assert answer.json() == {"quantity": "61.5", "price": "0.40", "money": "682.25"}


async def test_the_openapi_document_tells_of_roles_and_problems(api: Api) -> None:
    document = (await api.anonymous.get("/openapi.json")).json()
    operation = document["paths"]["/v1/things"]["post"]
    assert operation["security"] == [{"HTTPBearer": ["billing", "admin"]}]
    assert operation["description"] == "Make a thing.\n\nNeeds the role `billing` or `admin`."
    assert {"201", "401", "403", "409", "422", "503"} <= operation["responses"].keys()
    conflicts = operation["responses"]["409"]["content"]["application/problem+json"]["examples"]
    assert conflicts["thing-too-dear"]["value"]["type"] == SLUG + "thing-too-dear"
    assert "HTTPValidationError" not in json.dumps(document)
    names = {parameter["name"] for parameter in operation["parameters"]}
    assert names == {"Idempotency-Key"}


async def test_the_documents_page_needs_no_internet(api: Api) -> None:
    page = (await api.anonymous.get("/docs")).text
    assert "https://" not in page
    for file in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert f"/docs/assets/{file}" in page
        assert (await api.anonymous.get(f"/docs/assets/{file}")).status_code == 200
    assert (await api.anonymous.get("/docs/assets/../../../etc/passwd")).status_code == 404


async def test_the_key_file_may_change_while_the_service_runs(api: Api) -> None:
    assert (await api.client(Role.ADMIN).get("/v1/now")).status_code == 200
    test_key().jwks_file.write_text(json.dumps(test_key().jwks, indent=1))
    assert (await api.client(Role.ADMIN).get("/v1/now")).status_code == 200
