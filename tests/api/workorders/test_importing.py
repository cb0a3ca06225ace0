"""POST /v1/workorders/import."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from services.workorders.api import importing
from shared.http.auth import Role
from tests.api.workorders.conftest import SENDERS
from tests.support.api import Api, check_access
from tests.support.workorders import document, labour

IMPORT = "/v1/workorders/import"
CSV = {"content-type": "text/csv; charset=utf-8"}
LINES = {"content-type": "application/x-ndjson"}
HEADER = "source,external_id,revision,status,customer,line_id,kind,employee,hour_type,date,minutes"


def row(source: str, external_id: str, line_id: str = "1", *, revision: int = 1, minutes: str = "60") -> str:
    return f"{source},{external_id},{revision},completed,ACME,{line_id},labour,jan,WORK,2026-03-02,{minutes}"


def csv(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows]).encode()


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rpartition("/")[2]


async def test_only_senders_may_import(api: Api, source: str) -> None:
    content = csv(row(source, "W1"))

    await check_access(api, "POST", IMPORT, roles=SENDERS, content=content, headers=CSV, elsewhere=200)


async def test_what_is_imported_belongs_to_the_organisation_of_the_token(api: Api, source: str) -> None:
    await api.client(Role.SOURCE, organisation="rival").post(IMPORT, content=csv(row(source, "W1")), headers=CSV)

    own = await api.client(Role.ADMIN).get("/v1/workorders", params={"source": source})
    theirs = await api.client(Role.ADMIN, organisation="rival").get("/v1/workorders", params={"source": source})

    assert own.json()["items"] == []
    assert len(theirs.json()["items"]) == 1


async def test_an_organisation_that_is_not_known_yet(api: Api, source: str) -> None:
    answer = await api.client(Role.SOURCE, organisation="nobody").post(
        IMPORT, content=csv(row(source, "W1")), headers=CSV
    )

    assert (answer.status_code, slug(answer)) == (409, "unknown-organisation")


async def test_a_file_with_bad_lines_takes_the_good_orders_and_can_be_sent_again(api: Api, source: str) -> None:
    client = api.client(Role.ADMIN)
    rows = [
        row(source, "W1"),
        row(source, "W2", minutes="-1"),
        row(source, "W3"),
        row(source, "W2", "2"),
        row(source, "W1", "2"),
        row(source, "W3", revision=2, minutes="90"),
    ]

    report = (await client.post(IMPORT, content=csv(*rows), headers=CSV)).json()

    assert report["problems"] == [
        {
            "line": 3,
            "external_id": "W2",
            "slug": "invalid-input",
            "detail": "line 3, column minutes: Input should be greater than 0",
        }
    ]
    counts = {name: report[name] for name in ("orders", "accepted", "unchanged", "ignored", "refused")}
    assert counts == {"orders": 4, "accepted": 3, "unchanged": 0, "ignored": 0, "refused": 1}
    assert (report["format"], report["encoding"]) == ("csv", "utf-8")

    rows[1] = row(source, "W2", minutes="30")
    again = (await client.post(IMPORT, content=csv(*rows), headers=CSV)).json()

    counts = {name: again[name] for name in ("orders", "accepted", "unchanged", "ignored", "refused")}
    assert counts == {"orders": 4, "accepted": 1, "unchanged": 2, "ignored": 1, "refused": 0}


async def test_rules_of_the_intake_are_told_by_the_line_of_the_file(api: Api, source: str) -> None:
    header = "source;external_id;revision;status;customer;line_id;kind;employee;hour_type;start;end"
    start = f"{source};W1;1;completed;ACME"
    content = "\n".join(
        [
            header,
            f"{start};1;labour;jan;WORK;2026-03-02T08:00;2026-03-02T09:00",
            f"{start};2;labour;jan;WORK;2026-03-02T09:00;2026-03-02T08:00",
        ]
    )

    report = (await api.client(Role.SOURCE).post(IMPORT, content=content, headers=CSV)).json()

    (problem,) = report["problems"]
    assert (problem["line"], problem["external_id"], problem["slug"]) == (3, "W1", "end-before-start")


async def test_json_lines(api: Api, source: str) -> None:
    orders = [document(f"W{n}", source=source) for n in range(3)]
    orders[1]["lines"] = [labour(end="2026-03-01T08:00")]
    content = "\n".join(json.dumps(order) for order in orders) + '\n{"external_id": "\\ud800"}\n'

    report = (await api.client(Role.SOURCE).post(IMPORT, content=content, headers=LINES)).json()

    assert (report["format"], report["orders"], report["accepted"], report["refused"]) == ("jsonl", 4, 2, 2)
    assert [(p["line"], p["external_id"], p["slug"]) for p in report["problems"]] == [
        (2, "W1", "end-before-start"),
        (4, "?", "invalid-input"),
    ]


@pytest.mark.parametrize("name", ["orders.csv", "orders.CSV"])
async def test_a_file_of_a_form(api: Api, source: str, name: str) -> None:
    files = {"file": (name, csv(row(source, "W1")), "application/octet-stream")}

    answer = await api.client(Role.SOURCE).post(IMPORT, files=files)

    assert answer.json()["accepted"] == 1


async def test_a_form_without_a_file(api: Api) -> None:
    client = api.client(Role.SOURCE)

    other = await client.post(IMPORT, files={"other": ("orders.csv", b"x", "text/csv")})
    broken = await client.post(IMPORT, content=b"x", headers={"content-type": "multipart/form-data; boundary=y"})
    unnamed = await client.post(IMPORT, files={"file": ("orders", b"x", "application/octet-stream")})

    assert (other.status_code, slug(other)) == (422, "invalid-input")
    assert (broken.status_code, slug(broken)) == (422, "invalid-input")
    assert (unnamed.status_code, slug(unnamed)) == (415, "unsupported-media-type")


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", ""])
async def test_a_content_type_that_is_no_file_of_ours(api: Api, media_type: str) -> None:
    answer = await api.client(Role.SOURCE).post(IMPORT, content=b"x", headers={"content-type": media_type})

    assert (answer.status_code, slug(answer)) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    ("content", "refused", "line"),
    [
        (b"", "empty-file", None),
        (b"a;b;c\n1;2;3\n", "missing-header", 1),
        (b"source,external_id,revision,status,color\n", "unknown-columns", 1),
        (b"source,external_id,status,customer\n", "missing-columns", 1),
        (HEADER.encode("utf-16"), "wrong-encoding", 1),
        (csv('"planner,W1,1', "x"), "unbalanced-quotes", 2),
    ],
)
async def test_what_is_wrong_with_the_whole_file_is_a_problem(
    api: Api, content: bytes, refused: str, line: int | None
) -> None:
    client = api.client(Role.SOURCE)
    for accept in ("application/json", "application/x-ndjson"):
        answer = await client.post(IMPORT, content=content, headers={**CSV, "accept": accept})

        assert (answer.status_code, slug(answer)) == (422, refused)
        assert answer.json().get("line") == line


async def test_a_file_with_one_part_that_cannot_be_read_gives_nothing(api: Api, source: str) -> None:
    client = api.client(Role.SOURCE)
    content = csv(*[row(source, f"W{n}") for n in range(600)], '"open')

    assert (await client.post(IMPORT, content=content, headers=CSV)).status_code == 422

    found = await client.get("/v1/workorders", params={"source": source})
    assert found.json()["items"] == []


@pytest.mark.parametrize("headers", [CSV, LINES, {"content-type": "multipart/form-data; boundary=y"}])
async def test_a_file_that_says_it_is_too_large(api: Api, headers: dict[str, str]) -> None:
    length = {"content-length": str(importing.MAX_FILE_BYTES + 1)}

    answer = await api.client(Role.SOURCE).post(IMPORT, content=b"x", headers={**headers, **length})

    assert (answer.status_code, slug(answer)) == (413, "too-large")


async def test_a_file_that_turns_out_too_large(api: Api) -> None:
    block = b"x" * 16 * 1024 * 1024

    async def content() -> AsyncIterator[bytes]:
        for _ in range(importing.MAX_FILE_BYTES // len(block) + 1):
            yield block

    answer = await api.client(Role.SOURCE).post(IMPORT, content=content(), headers=CSV)

    assert (answer.status_code, slug(answer)) == (413, "too-large")


async def test_the_report_grows_while_a_big_file_is_taken(api: Api, source: str) -> None:
    rows = [row(source, f"W{n}", minutes="0" if n == 700 else "60") for n in range(1200)]

    answer = await api.client(Role.SOURCE).post(
        IMPORT, content=csv(*rows), headers={**CSV, "accept": "application/x-ndjson"}
    )

    assert answer.headers["content-type"] == "application/x-ndjson"
    reports = [json.loads(line) for line in answer.text.splitlines()]
    assert [report["orders"] for report in reports] == [500, 1000, 1200]
    assert (reports[-1]["accepted"], reports[-1]["refused"]) == (1199, 1)
    assert reports[-1]["problems"][0]["line"] == 702


@pytest.mark.parametrize("form", [False, True])
async def test_a_file_that_is_kept_on_disk(api: Api, source: str, form: bool) -> None:
    """Larger than what is held in memory."""
    header = f"{HEADER},line_description"
    rows = [f"{row(source, f'W{n % 40}', str(n))},{'é' * 1000}" for n in range(800)]
    content = "\r\n".join([header, *rows]).encode()
    assert len(content) > 1_500_000
    client = api.client(Role.SOURCE)

    if form:
        answer = await client.post(IMPORT, files={"file": ("orders.csv", content, "text/csv")})
    else:
        answer = await client.post(IMPORT, content=content, headers=CSV)

    assert (answer.json()["orders"], answer.json()["accepted"]) == (40, 40)


async def test_a_header_alone_is_a_file_without_orders(api: Api) -> None:
    report = (await api.client(Role.SOURCE).post(IMPORT, content=csv(), headers=CSV)).json()

    assert (report["orders"], report["problems"]) == (0, [])
