"""POST, GET, issue, refresh and DELETE of invoices."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.http.auth import Role
from shared.ids import new_id
from tests.support.api import Api, check_access
from tests.support.billing import reversed_
from tests.support.http import Caller
from tests.support.invoicing import Office, make_office

BILLERS = {Role.BILLING, Role.ADMIN}
FROM_THE_LIST = {"project": "P1", "way": "timetracking"}


@pytest.fixture
async def books(api: Api) -> Office:
    """A firm that can be invoiced: customer ACME, project P1 at 75.00 an hour."""
    books = await make_office(api.runtime.database)
    await books.firm.rate("project", "P1", "75.00")
    await books.firm.rate("project", "P1", "45.00", "TRAVEL")
    return books


@pytest.fixture
def clerk(api: Api, books: Office) -> Caller:
    return Caller(api.client(Role.BILLING, organisation=books.firm.code, subject="anna"))


async def test_from_the_list_to_an_issued_invoice(clerk: Caller, books: Office) -> None:
    await books.hours("W1/1", 240)
    await books.hours("W1/2", 40, kind="travel", hour_type="TRAVEL")
    await books.work("W1/4", "0.40", kind="distance", quantity="38", unit="km")
    draft = await clerk.post("/v1/invoices", FROM_THE_LIST)
    assert (draft["state"], draft["number"], draft["seller"], draft["issue_date"]) == ("draft", None, None, None)

    issued = await clerk.post(f"/v1/invoices/{draft['id']}/issue")
    year = issued["issue_date"][:4]
    shown = {name: issued[name] for name in ("type", "origin", "state", "overdue", "number", "sequence", "outdated")}
    assert shown == {
        "type": "regular",
        "origin": "timetracking",
        "state": "issued",
        "overdue": False,
        "number": f"{year}-00001",
        "sequence": 1,
        "outdated": False,
    }
    amounts = {name: issued[name] for name in ("net", "vat", "to_pay", "paid", "credited", "owed", "outstanding")}
    assert amounts == {
        "net": "345.20",
        "vat": "72.49",
        "to_pay": "417.69",
        "paid": "0.00",
        "credited": "0.00",
        "owed": "417.69",
        "outstanding": "417.69",
    }
    columns = ("position", "kind", "quantity", "unit", "price", "surcharge", "net", "vat_rate", "vat_category")
    assert [tuple(line[name] for name in columns) for line in issued["lines"]] == [
        (1, "time", "4", "hour", "75.00", "0", "300.00", "21", "S"),
        (2, "time", "0.6667", "hour", "45.00", "0", "30.00", "21", "S"),
        (3, "distance", "38", "km", "0.40", "0", "15.20", "21", "S"),
    ]
    assert [entry["name"] for line in issued["lines"] for entry in line["entries"]] == ["W1/1", "W1/2", "W1/4"]
    assert issued["vat_lines"] == [
        {"rate": "21", "category": "S", "reason": None, "vatex": None, "net": "345.20", "vat": "72.49"}
    ]
    assert (issued["seller"]["code"], issued["buyer"]["code"]) == (books.firm.code, "ACME")
    assert await clerk.get(f"/v1/invoices/{draft['id']}") == issued


async def test_made_and_issued_in_one_request(clerk: Caller, books: Office) -> None:
    await books.hours("a")
    invoice = await clerk.post("/v1/invoices", {**FROM_THE_LIST, "issue": True})
    assert invoice["state"] == "issued"
    assert await clerk.refused("POST", "/v1/invoices", FROM_THE_LIST) == (409, "nothing-to-invoice")


async def test_what_is_covered_is_invoiced_based_on_phases(clerk: Caller, books: Office) -> None:
    await books.advance("400.00")
    await books.hours("a", 120)
    assert await clerk.refused("POST", "/v1/invoices", FROM_THE_LIST) == (409, "nothing-to-invoice")
    invoice = await clerk.post("/v1/invoices", {"project": "P1", "way": "phases", "issue": True})
    assert (invoice["state"], invoice["net"], invoice["vat"], invoice["to_pay"]) == ("paid", "0.00", "0.00", "0.00")
    deduction = invoice["lines"][-1]
    assert (deduction["kind"], deduction["quantity"], deduction["price"]) == ("deduction", "-1", "150.00")
    assert deduction["advance"]["number"] == deduction["description"].removeprefix("Voorschot ")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"project": "P1"},
        {"project": "P1", "customer": "ACME", "way": "phases"},
        {"way": "phases"},
        {"project": "P1", "way": "whim"},
        {**FROM_THE_LIST, "phases": ["F1"]},
        {"project": "P1", "way": "phases", "phases": []},
        {**FROM_THE_LIST, "up_to": "2026-02-30"},
        {**FROM_THE_LIST, "up_to": "9999-01-01"},
        {**FROM_THE_LIST, "isue": True},
        {"project": "P\u0000", "way": "phases"},
        {"project": "\ud800", "way": "phases"},
        [],
        None,
    ],
)
async def test_bad_input_is_refused(clerk: Caller, body: Any) -> None:
    assert await clerk.refused("POST", "/v1/invoices", body) == (422, "invalid-input")


async def test_what_does_not_exist_is_not_found(clerk: Caller) -> None:
    assert await clerk.refused("POST", "/v1/invoices", {"project": "P9", "way": "phases"}) == (404, "not-found")
    unknown = {"project": "P1", "way": "phases", "phases": ["F9"]}
    assert await clerk.refused("POST", "/v1/invoices", unknown) == (422, "unknown-phase")
    own = {"customer": "ACME", "way": "phases", "phases": ["F9"]}
    assert await clerk.refused("POST", "/v1/invoices", own) == (422, "unknown-phase")
    for method, path in (("GET", ""), ("POST", "/issue"), ("POST", "/refresh"), ("DELETE", "")):
        assert await clerk.refused(method, f"/v1/invoices/{new_id()}{path}") == (404, "not-found")
    assert (await clerk.refused("GET", "/v1/invoices/12"))[0] == 422


async def test_a_draft_is_deleted_an_invoice_is_not(clerk: Caller, books: Office) -> None:
    await books.hours("a")
    draft = await clerk.post("/v1/invoices", FROM_THE_LIST)
    await clerk.delete(f"/v1/invoices/{draft['id']}")
    assert await clerk.refused("GET", f"/v1/invoices/{draft['id']}") == (404, "not-found")
    issued = await clerk.post("/v1/invoices", {**FROM_THE_LIST, "issue": True})
    for method, path in (("DELETE", ""), ("POST", "/issue"), ("POST", "/refresh")):
        assert await clerk.refused(method, f"/v1/invoices/{issued['id']}{path}") == (409, "not-a-draft")


async def test_an_outdated_draft_is_refreshed_before_it_is_issued(clerk: Caller, books: Office) -> None:
    entry = books.firm.approved("a")
    await books.firm.post(entry, books.firm.approved("b", minutes=120))
    draft = await clerk.post("/v1/invoices", FROM_THE_LIST)
    await books.firm.post(reversed_(entry))
    path = f"/v1/invoices/{draft['id']}"
    assert (await clerk.get(path))["outdated"] is True
    assert await clerk.refused("POST", f"{path}/issue") == (409, "draft-outdated")
    assert (await clerk.post(f"{path}/refresh"))["net"] == "150.00"
    assert (await clerk.post(f"{path}/issue"))["net"] == "150.00"


async def test_the_issue_date_can_be_chosen(clerk: Caller, books: Office) -> None:
    await books.hours("a")
    draft = await clerk.post("/v1/invoices", FROM_THE_LIST)
    path = f"/v1/invoices/{draft['id']}/issue"
    assert await clerk.refused("POST", path, {"issue_date": "2150-01-01"}) == (409, "issue-date-in-future")
    issued = await clerk.post(path, {"issue_date": "2026-03-10"})
    assert (issued["issue_date"], issued["due_date"], issued["number"]) == ("2026-03-10", "2026-04-09", "2026-00001")
    assert issued["overdue"] is True
    later = await books.advance("1.00", issue=False)
    before = {"issue_date": "2026-03-09"}
    assert await clerk.refused("POST", f"/v1/invoices/{later.id}/issue", before) == (409, "date-before-last")


@pytest.mark.parametrize(
    ("term", "issued", "due"),
    [
        ("cash", "2026-03-10", "2026-03-10"),
        ("30 days", "2026-03-10", "2026-04-09"),
        ("end of month + 15", "2026-01-31", "2026-02-15"),
        ("end of month + 0", "2026-02-10", "2026-02-28"),
    ],
)
async def test_when_it_would_be_due(clerk: Caller, books: Office, term: str, issued: str, due: str) -> None:
    await clerk.put("/v1/customers/ACME", {"payment_term": term})
    await books.hours("a")
    draft = await clerk.post("/v1/invoices", FROM_THE_LIST)
    answer = await clerk.get(f"/v1/invoices/{draft['id']}/due-date", issued=issued)
    assert answer == {"issued": issued, "due_date": due, "payment_term": term}


async def test_an_incomplete_customer_is_told_what_is_missing(clerk: Caller, books: Office) -> None:
    await books.firm.customer("BARE")
    await books.firm.project("P2", "BARE")
    await books.work("a", project="P2")
    answer = await clerk.client.post("/v1/invoices", json={"project": "P2", "way": "phases", "issue": True})
    problem = answer.json()
    assert (answer.status_code, problem["type"].rpartition("/")[2]) == (409, "customer-incomplete")
    assert problem["fields"] == ["address.street", "address.postal_code", "address.city", "registration_number"]
    assert await clerk.items("/v1/invoices", project="P2") == []


async def test_invoices_are_listed_and_filtered(clerk: Caller, books: Office) -> None:
    await books.firm.project("P2")
    await books.hours("a")
    await books.advance("10.00")
    await books.advance("20.00", project="P2")
    draft = await clerk.post("/v1/invoices", FROM_THE_LIST)
    listed = await clerk.items("/v1/invoices", limit=1)
    assert [(item["type"], item["project"], item["state"]) for item in listed] == [
        ("advance", "P1", "issued"),
        ("advance", "P2", "issued"),
        ("regular", "P1", "draft"),
    ]
    assert [item["id"] for item in await clerk.items("/v1/invoices", state="draft")] == [draft["id"]]
    assert len(await clerk.items("/v1/invoices", project="P1")) == 2
    assert len(await clerk.items("/v1/invoices", customer="ACME", type="advance")) == 2
    assert await clerk.items("/v1/invoices", number=listed[1]["number"]) == [listed[1]]
    assert await clerk.items("/v1/invoices", customer="OTHER") == []
    assert await clerk.refused("GET", "/v1/invoices", cursor="nonsense") == (422, "invalid-input")
    assert await clerk.refused("GET", "/v1/invoices", state="lost") == (422, "invalid-input")


async def test_the_same_idempotency_key_makes_one_invoice(clerk: Caller, books: Office) -> None:
    await books.hours("a")
    key = {"Idempotency-Key": "k-1"}
    first, again = [await clerk.client.post("/v1/invoices", json=FROM_THE_LIST, headers=key) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = await clerk.client.post("/v1/invoices", json={"project": "P1", "way": "phases"}, headers=key)
    assert other.json()["type"].rpartition("/")[2] == "idempotency-key-reused"
    issue = f"/v1/invoices/{first.json()['id']}/issue"
    answers = await asyncio.gather(*[clerk.client.post(issue, headers={"Idempotency-Key": "k-2"}) for _ in range(5)])
    assert {(answer.status_code, answer.json()["number"]) for answer in answers} == {
        (200, answers[0].json()["number"])
    }


async def test_access(api: Api, books: Office) -> None:
    await books.hours("a")
    draft = await books.draft()
    path = f"/v1/invoices/{draft.id}"
    body = {"project": "X1", "way": "phases"}
    await check_access(api, "POST", "/v1/invoices", roles=BILLERS, json=body)
    await check_access(api, "GET", "/v1/invoices", roles=BILLERS, elsewhere=None)
    await check_access(api, "GET", path, roles=BILLERS)
    await check_access(api, "GET", f"{path}/due-date", roles=BILLERS, params={"issued": "2026-03-10"})
    for action in ("issue", "refresh"):
        await check_access(api, "POST", f"{path}/{action}", roles=BILLERS)
    await check_access(api, "DELETE", path, roles=BILLERS)
    assert (await books.show(draft.id)).state == "draft"
    outsider = Caller(api.client(Role.BILLING, organisation="rival"))
    assert await outsider.items("/v1/invoices", project="P1") == []
