"""GET /v1/workorders, /v1/workorders/{id} and its revisions."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from services.workorders.handlers.entries import follow_entries
from services.workorders.handlers.invoices import follow_invoices
from shared.contracts import timesheets
from shared.contracts.billing import InvoiceIssued
from shared.contracts.examples import EXAMPLES
from shared.http.auth import Role
from shared.ids import entry_id_of_line, work_order_id
from tests.api.workorders.conftest import READERS
from tests.support.api import ORGANISATION, OTHER_ORGANISATION, Api, check_access
from tests.support.workorders import batch, document, labour

ORDERS = "/v1/workorders"


async def send(api: Api, *orders: dict[str, Any], organisation: str = ORGANISATION) -> None:
    for order in orders:
        answer = await api.client(Role.SOURCE, organisation=organisation).post(ORDERS, json=order)
        assert answer.status_code == 200, answer.text


async def approved(api: Api, source: str, external_id: str, line_id: str = "1") -> UUID:
    """Timesheets says that the line's entry was approved."""
    entry_id = entry_id_of_line(ORGANISATION, source, external_id, line_id)
    kind = timesheets.EntryApproved
    changed = {"organisation": ORGANISATION, "entry_id": str(entry_id), "version": 2}
    async with api.runtime.database.transaction() as session:
        await follow_entries(session, batch(kind.model_validate({**EXAMPLES[kind.TYPE], **changed})))
    return entry_id


async def invoiced(api: Api, entry_id: UUID, number: str) -> None:
    billed = [{"entry_id": str(entry_id), "sequence": 1, "invoice_id": str(uuid4()), "invoice_number": number}]
    changed = {"organisation": ORGANISATION, "number": number, "entries": billed}
    fact = InvoiceIssued.model_validate({**EXAMPLES[InvoiceIssued.TYPE], **changed})
    async with api.runtime.database.transaction() as session:
        await follow_invoices(session, batch(fact))


async def show(api: Api, source: str, external_id: str = "W1") -> dict[str, Any]:
    id_ = work_order_id(ORGANISATION, source, external_id)
    answer = await api.client(Role.APPROVER).get(f"{ORDERS}/{id_}")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_only_readers_may_read_and_only_their_own(api: Api, source: str) -> None:
    await send(api, document(source=source))
    id_ = work_order_id(ORGANISATION, source, "W1")

    await check_access(api, "GET", ORDERS, roles=READERS, elsewhere=None)
    await check_access(api, "GET", f"{ORDERS}/{id_}", roles=READERS)
    await check_access(api, "GET", f"{ORDERS}/{id_}/revisions", roles=READERS)


async def test_a_list_holds_the_orders_of_its_organisation_only(api: Api, source: str) -> None:
    await send(api, document("own", source=source))
    await send(api, document("theirs", source=source), organisation=OTHER_ORGANISATION)

    own = (await api.client(Role.BILLING).get(ORDERS, params={"source": source})).json()
    rival = (
        await api.client(Role.BILLING, organisation=OTHER_ORGANISATION).get(ORDERS, params={"source": source})
    ).json()

    assert [item["external_id"] for item in own["items"]] == ["own"]
    assert [item["external_id"] for item in rival["items"]] == ["theirs"]


async def test_a_list_goes_on_page_by_page_newest_first(api: Api, source: str) -> None:
    names = [f"W{n}" for n in range(7)]
    await send(api, *[document(name, source=source) for name in names])
    client = api.client(Role.SOURCE)

    seen: list[str] = []
    params: dict[str, Any] = {"source": source, "limit": 3}
    while True:
        answer = (await client.get(ORDERS, params=params)).json()
        seen += [item["external_id"] for item in answer["items"]]
        if answer["next"] is None:
            break
        params["cursor"] = answer["next"]

    assert seen == names[::-1]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, {"W1", "W2", "W3"}),
        ({"external_id": "W2"}, {"W2"}),
        ({"status": "planned"}, {"W3"}),
        ({"project": "P2"}, {"W2"}),
        ({"customer": "BETA"}, {"W3"}),
        ({"customer": "ACME", "project": "P1"}, {"W1"}),
        ({"line_state": "sent"}, {"W1"}),
        ({"line_state": "approved"}, {"W2"}),
        ({"line_state": "invoiced"}, {"W1"}),
        ({"line_state": "rejected"}, set()),
    ],
)
async def test_filters_narrow_together(api: Api, source: str, filters: dict[str, str], found: set[str]) -> None:
    await send(
        api,
        document("W1", source=source, lines=[labour("1"), labour("2")]),
        document("W2", source=source, project="P2"),
        document("W3", source=source, status="planned", customer="BETA", project=None),
    )
    await approved(api, source, "W2")
    await invoiced(api, await approved(api, source, "W1"), "2026-0001")

    answer = await api.client(Role.ADMIN).get(ORDERS, params={"source": source, **filters})

    assert {item["external_id"] for item in answer.json()["items"]} == found


@pytest.mark.parametrize(
    "params",
    [
        {"status": "done"},
        {"line_state": "lost"},
        {"limit": "0"},
        {"limit": "99999999999999999999"},
        {"cursor": "x"},
        {"source": "a\x01"},
        {"project": "A B"},
    ],
)
async def test_parameters_that_are_not_valid(api: Api, params: dict[str, str]) -> None:
    answer = await api.client(Role.ADMIN).get(ORDERS, params=params)

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/invalid-input")


async def test_an_order_shows_its_document_and_what_became_of_each_line(api: Api, source: str) -> None:
    lines = [
        labour("1", break_minutes=15, description="Boiler"),
        {"line_id": "2", "kind": "distance", "date": "2026-03-02", "kilometres": "38.50", "unit_price": "0.4"},
    ]
    await send(api, document(source=source, description="Service", lines=lines))
    await invoiced(api, await approved(api, source, "W1"), "2026-0001")

    order = await show(api, source)

    assert (order["external_id"], order["status"], order["description"]) == ("W1", "completed", "Service")
    first, second = order["lines"]
    assert first["start"] == "2026-03-02T08:00:00+01:00"
    assert (first["employee"], first["break_minutes"], first["description"]) == ("jan", 15, "Boiler")
    assert (first["state"], first["entry_state"], first["invoice"]) == ("invoiced", "approved", "2026-0001")
    assert (second["date"], second["kilometres"], second["unit_price"]) == ("2026-03-02", "38.5", "0.40")
    assert (second["state"], second["entry_state"], second["invoice"]) == ("sent", "sent", None)
    assert second["entry_id"] == str(entry_id_of_line(ORGANISATION, source, "W1", "2"))
    assert first["in_revision"]


async def test_lines_of_an_order_that_is_not_completed_have_no_state_yet(api: Api, source: str) -> None:
    await send(api, document(source=source, status="planned"))

    (line,) = (await show(api, source))["lines"]

    assert (line["state"], line["entry_state"], line["version"]) == (None, None, None)


async def test_a_line_that_was_left_out_stays_to_be_seen(api: Api, source: str) -> None:
    await send(
        api,
        document(source=source, lines=[labour("1", employee="mia"), labour("2")]),
        document(revision=2, source=source, lines=[labour("2"), labour("3")]),
        document(revision=3, source=source, lines=[labour("2")], status="in_progress"),
    )
    await approved(api, source, "W1")

    lines = (await show(api, source))["lines"]

    shown = [(line["line_id"], line["state"], line["in_revision"], line["revision"]) for line in lines]
    assert shown == [("2", "cancelled", True, 3), ("1", "approved", False, 1), ("3", "cancelled", False, 2)]
    assert lines[1]["employee"] == "mia"


async def test_an_order_that_does_not_exist(api: Api) -> None:
    client = api.client(Role.ADMIN)

    for path in (f"{ORDERS}/{uuid4()}", f"{ORDERS}/{uuid4()}/revisions"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (404, "not-found")
    assert (await client.get(f"{ORDERS}/no-id")).status_code == 422


async def test_every_revision_that_was_seen_is_listed(api: Api, source: str) -> None:
    sender = api.client(Role.SOURCE, subject="planning")
    for revision in (1, 3, 2):
        await sender.post(ORDERS, json=document(revision=revision, source=source, description=f"r{revision}"))
    path = f"{ORDERS}/{work_order_id(ORGANISATION, source, 'W1')}/revisions"
    client = api.client(Role.APPROVER)

    first = (await client.get(path, params={"limit": 2})).json()
    second = (await client.get(path, params={"limit": 2, "cursor": first["next"]})).json()

    items = first["items"] + second["items"]
    assert [(item["revision"], item["outcome"]) for item in items] == [
        (3, "accepted"),
        (2, "ignored"),
        (1, "accepted"),
    ]
    assert {(item["how"], item["received_from"]) for item in items} == {("http", "planning")}
    assert items[0]["document"]["description"] == "r3"
    assert second["next"] is None


async def test_the_documents_say_what_the_routes_do(api: Api) -> None:
    document = (await api.anonymous.get("/openapi.json")).json()

    operations = {
        (method, path): operation
        for path, item in document["paths"].items()
        if path.startswith(ORDERS)
        for method, operation in item.items()
    }
    assert len(operations) == 6
    for name, operation in operations.items():
        assert operation["summary"], name
        assert operation["description"], name
        assert "401" in operation["responses"], name
        assert operation["security"], name
    assert "text/csv" in operations["post", f"{ORDERS}/import"]["requestBody"]["content"]
    assert document["components"]["schemas"]["WorkOrderIn"]["examples"]
