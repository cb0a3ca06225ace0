"""Routes that change a draft."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from shared.http.auth import Role
from shared.ids import new_id
from tests.support.api import Api, check_access
from tests.support.billing import reversed_
from tests.support.http import Caller
from tests.support.invoicing import Office, make_office

BILLERS = {Role.BILLING, Role.ADMIN}


@pytest.fixture
async def books(api: Api) -> Office:
    """A firm with three hours of 75.00 on P1."""
    books = await make_office(api.runtime.database)
    await books.firm.rate("project", "P1", "75.00")
    for ref in ("a", "b", "c"):
        await books.hours(ref)
    return books


@pytest.fixture
def clerk(api: Api, books: Office) -> Caller:
    return Caller(api.client(Role.BILLING, organisation=books.firm.code, subject="anna"))


class Draft:
    """A draft under a user's hands: each change is based on the version that they saw last."""

    def __init__(self, clerk: Caller, seen: dict[str, Any]) -> None:
        self.clerk, self.seen = clerk, seen

    @property
    def path(self) -> str:
        return f"/v1/invoices/{self.seen['id']}"

    async def ask(self, method: str, path: str, body: Any = None, version: object = None) -> Any:
        headers = {"If-Match": f'"{self.seen["version"] if version is None else version}"'}
        return await self.clerk.client.request(method, f"{self.path}{path}", json=body, headers=headers)

    async def change(self, method: str, path: str = "", body: Any = None) -> dict[str, Any]:
        answer = await self.ask(method, path, body)
        assert answer.is_success, answer.text
        assert answer.json()["version"] == self.seen["version"] + 1
        assert answer.headers["ETag"] == f'"{answer.json()["version"]}"'
        self.seen = answer.json()
        assert self.seen == await self.clerk.get(self.path)
        return self.seen

    async def refused(self, method: str, path: str = "", body: Any = None) -> tuple[int, str, str | None]:
        """Status, slug, and the field that is named."""
        answer = await self.ask(method, path, body)
        problem = answer.json()
        assert await self.clerk.get(self.path) == self.seen  # a refusal changes nothing
        field = problem["errors"][0]["field"] if problem.get("errors") else None
        return answer.status_code, problem["type"].rpartition("/")[2], field

    def line(self, place: int) -> str:
        return f"/lines/{self.seen['lines'][place - 1]['id']}"

    @property
    def shown(self) -> list[tuple[str, str, str]]:
        return [(line["kind"], line["description"], line["net"]) for line in self.seen["lines"]]


@pytest.fixture
async def draft(clerk: Caller, books: Office) -> Draft:
    return Draft(clerk, await clerk.post("/v1/invoices", {"project": "P1", "way": "phases"}))


async def test_texts_of_a_draft(draft: Draft, clerk: Caller) -> None:
    await clerk.put("/v1/customers/ACME/preferences", {"footer": "Thank you", "reference": "PO-1", "intro": "Dear"})
    texts = {
        "intro": "For the work in March",
        "footer": "",
        "order_reference": "2026/7",
        "period_from": "2026-03-01",
        "period_until": "2026-03-31",
        "language": "en",
    }
    seen = await draft.change("PATCH", body=texts)
    assert {name: seen[name] for name in texts} == texts
    assert seen["buyer_reference"] is None
    await draft.change("PATCH", body={"intro": None, "period_from": None})
    assert (draft.seen["intro"], draft.seen["period_from"]) == (None, None)
    wrong = {"period_from": "2026-04-01"}
    assert await draft.refused("PATCH", body=wrong) == (422, "invalid-input", "/period_until")
    issued = await clerk.post(f"{draft.path}/issue")
    fixed = ("intro", "footer", "buyer_reference", "order_reference", "period_from", "period_until", "language")
    assert [issued[name] for name in fixed] == ["Dear", None, "PO-1", "2026/7", "2026-03-02", "2026-03-31", "en"]
    await clerk.put("/v1/customers/ACME/preferences", {"footer": "Bye", "language": "de"})
    assert await clerk.get(draft.path) == issued


async def test_a_discount_lowers_the_invoice_not_what_is_taken_off_the_ledger(draft: Draft, books: Office) -> None:
    seen = await draft.change("PATCH", draft.line(1), {"discount": {"percentage": "10"}})
    assert [line["net"] for line in seen["lines"]] == ["67.50", "75.00", "75.00"]
    seen = await draft.change("PATCH", body={"discount": {"amount": "10.00"}})
    assert [line["net"] for line in seen["lines"]] == ["64.40", "71.55", "71.55"]
    assert [line["invoice_discount"] for line in seen["lines"]] == ["3.10", "3.45", "3.45"]
    assert (seen["net"], seen["vat"], seen["discount"]) == ("207.50", "43.58", "10.00")
    await draft.change("PATCH", draft.line(2), {"discount": {"amount": "75.00"}})
    assert draft.seen["net"] == "132.50"
    await draft.change("PATCH", draft.line(2), {"discount": None})
    too_much = {"discount": {"amount": "75.01"}}
    assert await draft.refused("PATCH", draft.line(2), too_much) == (422, "invalid-input", "/discount")
    assert await draft.refused("PATCH", body={"discount": {"amount": "300.00"}}) == (422, "invalid-input", "/discount")
    await books.issue(draft.seen["id"])
    assert await books.firm.unbilled() == 0
    await books.check_invariants()


async def test_lines_by_hand_on_a_regular_draft(draft: Draft, books: Office) -> None:
    line = {"description": "Boiler", "price": "500.00", "quantity": "2", "unit": "piece", "position": 1}
    seen = await draft.change("POST", "/lines", line)
    assert [line["kind"] for line in seen["lines"]] == ["article", "time", "time", "time"]
    seen = await draft.change("PATCH", draft.line(1), {"price": "499.99", "vat_rate": "9", "article": "B-1"})
    assert (seen["lines"][0]["net"], seen["lines"][0]["vat_rate"], seen["net"]) == ("999.98", "9", "1224.98")
    assert await draft.refused("PATCH", draft.line(1), {"vat_rate": "6"}) == (422, "invalid-input", "/vat_rate")
    assert await draft.refused("PATCH", draft.line(2), {"price": "1.00"}) == (422, "invalid-input", "/price")
    assert await draft.refused("PATCH", draft.line(2), {"vat_rate": "9"}) == (422, "invalid-input", "/vat_rate")
    assert await draft.refused("PATCH", draft.line(2), {"deduct": "1.00"}) == (422, "invalid-input", "/deduct")
    assert await draft.refused("PATCH", draft.line(2), {"description": None}) == (422, "invalid-input", "")
    refreshed = await draft.clerk.post(f"{draft.path}/refresh")
    assert [line["kind"] for line in refreshed["lines"]] == ["article", "time", "time", "time"]
    draft.seen = refreshed
    await draft.change("DELETE", draft.line(1))
    assert draft.seen["net"] == "225.00"
    await draft.change("POST", "/lines", {"description": "Tap", "price": "10.00"})
    issued = await draft.clerk.post(f"{draft.path}/issue")
    assert [line["description"] for line in issued["lines"]][-1] == "Tap"
    await books.check_invariants()


async def test_entries_are_taken_out_and_put_back(draft: Draft, books: Office, clerk: Caller) -> None:
    entry = draft.seen["lines"][1]["entries"][0]["entry_id"]
    await draft.change("PATCH", draft.line(1), {"description": "First hour"})
    await draft.change("POST", "/entries/remove", {"entries": [entry]})
    assert [line["description"] for line in draft.seen["lines"]] == ["First hour", "WORK", "WORK"][:2]
    account = await clerk.get("/v1/projects/P1/account")
    assert (account["unbilled"], account["reserved"]) == ("225.00", "150.00")
    again = await draft.refused("POST", "/entries/remove", {"entries": [entry]})
    assert again == (409, "not-on-draft", None)
    await books.hours("d")
    draft.seen = await clerk.post(f"{draft.path}/refresh")
    assert len(draft.seen["lines"]) == 3  # the new one is there, that which was taken out is not
    await draft.change("POST", "/entries/add", {"entries": [entry]})
    assert (len(draft.seen["lines"]), draft.seen["net"]) == (4, "300.00")
    assert draft.seen["lines"][0]["description"] == "First hour"
    assert await draft.refused("POST", "/entries/add", {"entries": [entry]}) == (409, "not-unbilled", None)
    rows = [item["ledger_row"] for item in await clerk.items("/v1/projects/P1/account/entries")]
    await draft.change("POST", "/entries/remove", {"rows": rows[:3]})
    assert await draft.refused("POST", "/entries/remove", {"rows": rows}) == (409, "nothing-to-invoice", None)
    assert await draft.refused("DELETE", draft.line(1)) == (409, "nothing-to-invoice", None)
    assert await draft.refused("POST", "/entries/add", {"rows": [2**62]}) == (409, "not-unbilled", None)
    await clerk.post(f"{draft.path}/issue")
    assert await books.firm.unbilled() == 225
    await books.check_invariants()


async def test_what_another_draft_holds_cannot_be_put_in(draft: Draft, books: Office, clerk: Caller) -> None:
    entry = draft.seen["lines"][0]["entries"][0]["entry_id"]
    await draft.change("DELETE", draft.line(1))
    other = Draft(clerk, await clerk.post("/v1/invoices", {"project": "P1", "way": "phases"}))
    assert other.seen["net"] == "75.00"
    assert await draft.refused("POST", "/entries/add", {"entries": [entry]}) == (409, "not-unbilled", None)
    await books.firm.project("P2")
    await books.work("x", project="P2")
    elsewhere = await clerk.items("/v1/projects/P2/account/entries")
    body = {"rows": [elsewhere[0]["ledger_row"]]}
    assert await draft.refused("POST", "/entries/add", body) == (409, "not-unbilled", None)
    await books.check_invariants()


async def test_the_order_of_the_lines_is_kept(draft: Draft, books: Office) -> None:
    for place, text in enumerate(("one", "two", "three"), start=1):
        await draft.change("PATCH", draft.line(place), {"description": text})
    ids = [line["id"] for line in draft.seen["lines"]]
    await draft.change("PUT", "/lines/order", {"lines": [ids[2], ids[0], ids[1]]})
    assert [text for _, text, _ in draft.shown] == ["three", "one", "two"]
    for wrong in ([ids[0]], [*ids, str(new_id())], [ids[0], ids[0], ids[1]]):
        assert await draft.refused("PUT", "/lines/order", {"lines": wrong}) == (422, "invalid-input", "/lines")
    await books.hours("d")
    draft.seen = await draft.clerk.post(f"{draft.path}/refresh")
    assert [text for _, text, _ in draft.shown] == ["three", "WORK", "one", "two"]
    assert [line["id"] for line in draft.seen["lines"] if line["id"] in ids] == [ids[2], ids[0], ids[1]]


async def test_a_deduction_is_lowered_and_stays_so(draft: Draft, books: Office, clerk: Caller) -> None:
    await books.advance("200.00")
    draft.seen = await clerk.post(f"{draft.path}/refresh")
    assert draft.shown[-1][2] == "-200.00"
    await draft.change("PATCH", draft.line(4), {"deduct": "50.00", "description": "Part of the advance"})
    assert draft.shown[-1] == ("deduction", "Part of the advance", "-50.00")
    draft.seen = await clerk.post(f"{draft.path}/refresh")
    assert draft.shown[-1] == ("deduction", "Part of the advance", "-50.00")
    assert await draft.refused("PATCH", draft.line(4), {"price": "1"}) == (422, "invalid-input", "/price")
    assert await draft.refused("PATCH", draft.line(4), {"deduct": "1.001"}) == (422, "invalid-input", "/deduct")
    assert await draft.refused("PATCH", draft.line(4), {"deduct": "-1.00"}) == (422, "invalid-input", "/deduct")
    await clerk.post(f"{draft.path}/issue")
    assert await books.advance_open() == 150
    await books.check_invariants()


async def test_a_deduction_that_is_removed_leaves_the_advance_open(draft: Draft, books: Office, clerk: Caller) -> None:
    await books.advance("200.00")
    draft.seen = await clerk.post(f"{draft.path}/refresh")
    await draft.change("DELETE", draft.line(4))
    assert len(draft.seen["lines"]) == 3
    await draft.change("PATCH", draft.line(1), {"description": "x"})
    await clerk.post(f"{draft.path}/issue")
    assert await books.advance_open() == 200


async def test_a_discount_makes_less_of_an_advance_be_deducted(draft: Draft, books: Office, clerk: Caller) -> None:
    await books.advance("225.00")
    draft.seen = await clerk.post(f"{draft.path}/refresh")
    await draft.change("PATCH", body={"discount": {"percentage": "100"}})
    assert (draft.seen["net"], len(draft.seen["lines"])) == ("0.00", 3)
    await draft.change("PATCH", body={"discount": None})
    assert (draft.seen["net"], len(draft.seen["lines"])) == ("0.00", 4)
    await books.check_invariants()


async def test_two_editors_do_not_overwrite_each_other(draft: Draft, api: Api, books: Office) -> None:
    other = Draft(Caller(api.client(Role.BILLING, organisation=books.firm.code, subject="bert")), draft.seen)
    asked = [(draft, draft.line(1), "anna's"), (other, draft.line(2), "bert's")] * 5
    answers = await asyncio.gather(*[one.ask("PATCH", line, {"description": text}) for one, line, text in asked])
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 9]
    (won,) = (answer.json() for answer in answers if answer.status_code == 200)
    problem = next(answer.json() for answer in answers if answer.status_code == 412)
    assert (problem["type"].rpartition("/")[2], problem["version"]) == ("draft-changed", 2)
    assert await draft.clerk.get(draft.path) == won
    (_, change) = (await draft.clerk.get(f"{draft.path}/history"))["items"]
    assert (change["version"], change["what"]) == (2, "line changed: description")
    texts = {line["description"] for line in won["lines"]}
    assert ("anna's" in texts) == (change["by"] == "anna")
    for path in ("/issue", "/refresh"):
        stale = await draft.ask("POST", path, version=1)
        assert (stale.status_code, stale.json()["version"]) == (412, 2)
    assert (await draft.ask("DELETE", "", version=1)).status_code == 412
    assert (await draft.ask("POST", "/issue", version=2)).status_code == 200


async def test_lines_show_what_the_customer_wants_to_see(clerk: Caller, books: Office) -> None:
    start, end = "2026-03-03T08:00:00+01:00", "2026-03-03T09:00:00+01:00"
    await books.hours("d", start=start, end=end, description="New valve", day="2026-03-03")
    wanted = {"details": ["notes", "clock", "day"], "grouping": "per day"}
    answer = await clerk.put("/v1/projects/P1/preferences", wanted)
    assert answer["effective"]["details"] == ["day", "clock", "notes"]
    invoice = await clerk.post("/v1/invoices", {"project": "P1", "way": "phases", "issue": True})
    assert [len(line["details"]) for line in invoice["lines"]] == [3, 1]
    clock = {"start": "2026-03-03T07:00:00+00:00", "finish": "2026-03-03T08:00:00+00:00"}
    assert invoice["lines"][1]["details"] == [
        {"quantity": "1.0000", "day": "2026-03-03", **clock, "notes": "New valve"}
    ]
    refused = await clerk.refused("PUT", "/v1/projects/P1/preferences", {"details": ["salary"]})
    assert refused == (422, "invalid-input")


async def test_who_does_not_say_what_they_have_seen_is_asked(draft: Draft) -> None:
    client = draft.clerk.client
    answer = await client.patch(draft.path, json={"intro": "x"})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (428, "version-required")
    for tag in ("one", 'W/"1"', '"1", "2"', "", '"12345678901"'):
        answer = await client.patch(draft.path, json={"intro": "x"}, headers={"If-Match": tag})
        assert answer.status_code == 422, tag
    answer = await client.patch(draft.path, json={"intro": "x"}, headers={"If-Match": "*"})
    assert answer.status_code == 200


async def test_an_outdated_draft_is_refreshed_before_its_lines_change(draft: Draft, books: Office) -> None:
    await draft.change("PATCH", draft.line(2), {"description": "Second hour", "discount": {"amount": "5.00"}})
    await books.firm.post(reversed_(books.firm.approved("a")))
    draft.seen = await draft.clerk.get(draft.path)
    assert draft.seen["outdated"]
    assert await draft.refused("PATCH", draft.line(2), {"description": "x"}) == (409, "draft-outdated", None)
    assert await draft.refused("POST", "/lines", {"description": "x", "price": "1"}) == (409, "draft-outdated", None)
    await draft.change("PATCH", body={"intro": "Texts can be changed"})
    draft.seen = await draft.clerk.post(f"{draft.path}/refresh")
    assert draft.shown == [("time", "Second hour", "70.00"), ("time", "WORK", "75.00")]
    await books.check_invariants()


async def test_a_plain_draft_and_an_advance_are_edited_too(clerk: Caller, books: Office) -> None:
    lines = [{"description": "Tea", "price": "1.00"}, {"description": "Sugar", "price": "0.50"}]
    plain = Draft(clerk, await clerk.post("/v1/plain-invoices", {"customer": "ACME", "lines": lines}))
    await plain.change("PATCH", plain.line(1), {"quantity": "10", "discount": {"percentage": "5"}})
    await plain.change("PUT", "/lines/order", {"lines": [line["id"] for line in plain.seen["lines"]][::-1]})
    assert plain.shown == [("article", "Sugar", "0.50"), ("article", "Tea", "9.50")]
    await plain.change("DELETE", plain.line(1))
    assert await plain.refused("DELETE", plain.line(1)) == (409, "nothing-to-invoice", None)
    refused = await plain.refused("POST", "/entries/add", {"entries": [str(new_id())]})
    assert refused == (409, "not-editable", None)
    advance = Draft(clerk, await clerk.post("/v1/advances", {"project": "P1", "lines": lines, "issue": False}))
    await advance.change("POST", "/lines", {"description": "Milk", "price": "2.00", "vat_rate": "9"})
    assert advance.shown[-1] == ("advance", "Milk", "2.00")
    await clerk.post(f"{advance.path}/issue")
    assert await books.advance_open() == Decimal("3.50")
    await books.check_invariants()


async def test_amounts_of_a_deal_are_the_deals(clerk: Caller, books: Office) -> None:
    await clerk.put("/v1/deals/D1", {"project": "P1", "amount": "1000.00"})
    made = await clerk.post("/v1/deals/D1/invoices", {"percentage": "50", "issue": False})
    slice_ = Draft(clerk, made)
    refused = await slice_.refused("PATCH", slice_.line(1), {"price": "1.00"})
    assert refused == (409, "not-editable", None)
    await slice_.change("PATCH", body={"intro": "First half"})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/lines", {}),
        ("POST", "/lines", {"description": "a\u0000", "price": "1"}),
        ("POST", "/lines", {"description": "x", "price": "1", "position": 10**30}),
        ("POST", "/lines", {"description": "x", "price": "1", "position": 0}),
        ("POST", "/lines", {"description": "x", "price": "99999999999"}),
        ("PATCH", "", {"intro": "a\u0000b"}),
        ("PATCH", "", {"buyer_reference": ""}),
        ("PATCH", "", {"unknown": 1}),
        ("PATCH", "", {"series": "none"}),
        ("PUT", "/lines/order", {"lines": ["x"]}),
        ("POST", "/entries/remove", {}),
        ("POST", "/entries/add", {"rows": [0]}),
        ("POST", "/entries/add", {"rows": [2**63]}),
    ],
)
async def test_bad_input_is_refused(draft: Draft, method: str, path: str, body: Any) -> None:
    status, slug, _ = await draft.refused(method, path, body)
    assert (status, slug) == (422, "invalid-input")


async def test_an_issued_invoice_is_not_edited(draft: Draft, clerk: Caller) -> None:
    line = draft.line(1)
    draft.seen = await clerk.post(f"{draft.path}/issue")
    for method, path, body in (
        ("PATCH", "", {"intro": "x"}),
        ("PATCH", line, {"description": "x"}),
        ("DELETE", line, None),
        ("POST", "/lines", {"description": "x", "price": "1"}),
        ("PUT", "/lines/order", {"lines": [line.rpartition("/")[2]]}),
        ("POST", "/entries/remove", {"rows": [1]}),
    ):
        assert await draft.refused(method, path, body) == (409, "not-a-draft", None)


async def test_access(api: Api, draft: Draft) -> None:
    line = draft.line(1)
    headers = {"If-Match": "*"}
    for method, path, body in (
        ("PATCH", "", {"intro": "x"}),
        ("POST", "/lines", {"description": "x", "price": "1"}),
        ("PUT", "/lines/order", {"lines": [line.rpartition("/")[2]]}),
        ("PATCH", line, {"description": "x"}),
        ("DELETE", line, None),
        ("POST", "/entries/remove", {"rows": [1]}),
        ("POST", "/entries/add", {"rows": [1]}),
    ):
        await check_access(api, method, f"{draft.path}{path}", roles=BILLERS, json=body, headers=headers)
    await check_access(api, "GET", f"{draft.path}/history", roles=BILLERS)
    assert await draft.clerk.get(draft.path) == draft.seen
    unknown = await draft.clerk.client.delete(f"{draft.path}/lines/{new_id()}", headers=headers)
    assert unknown.status_code == 404
