"""What a draft deducts over HTTP: shown, lowered, kept at a refresh, consumed when it is issued."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from services.billing.domain.credits import Wanted
from shared.http.auth import Role
from shared.ids import new_id
from tests.support.api import Api, check_access
from tests.support.http import Caller
from tests.support.invoicing import Office, make_office

BILLERS = {Role.BILLING, Role.ADMIN}


@pytest.fixture
async def books(api: Api) -> Office:
    """300.00 and 100.00 at 21 % and 50.00 at 9 % billed ahead; 350.00 at 21 % and 100.00 at 9 % of work."""
    books = await make_office(api.runtime.database)
    for amount, rate in (("300.00", "21"), ("50.00", "9"), ("100.00", "21")):
        await books.advance(amount, rate)
    await books.work("a", "350.00")
    await books.work("b", "100.00", vat_rate="9")
    return books


@pytest.fixture
def clerk(api: Api, books: Office) -> Caller:
    return Caller(api.client(Role.BILLING, organisation=books.firm.code))


class Draft:
    """A draft of everything, and what it may deduct."""

    def __init__(self, clerk: Caller, path: str, ids: list[str]) -> None:
        self.clerk, self.path, self.ids = clerk, path, ids

    @property
    def deductions(self) -> str:
        return f"{self.path}/deductions"

    def body(self, *amounts: str | None, **more: Any) -> dict[str, Any]:
        asked = zip(self.ids, amounts, strict=False)
        return {"deductions": [{"advance": one, "amount": amount, **more} for one, amount in asked]}

    async def lower(self, *amounts: str | None) -> Any:
        """Deduct so much of the advances, the oldest first."""
        answer = await self.clerk.client.put(self.deductions, json=self.body(*amounts), headers={"If-Match": "*"})
        assert answer.is_success, answer.text
        return answer.json()

    async def refused(self, body: Any) -> tuple[int, str]:
        answer = await self.clerk.client.put(self.deductions, json=body, headers={"If-Match": "*"})
        return answer.status_code, answer.json()["type"].rpartition("/")[2]

    async def seen(self) -> list[tuple[str | None, str]]:
        """(limit, deducted) of each advance."""
        items = (await self.clerk.get(self.deductions))["items"]
        return [(item["limit"], item["deducted"]) for item in items]


@pytest.fixture
async def draft(clerk: Caller) -> Draft:
    made = await clerk.post("/v1/invoices", {"project": "P1", "way": "phases"})
    path = f"/v1/invoices/{made['id']}"
    items = (await clerk.get(f"{path}/deductions"))["items"]
    return Draft(clerk, path, [item["advance"] for item in items])


async def test_a_draft_shows_what_it_deducts_the_oldest_first(clerk: Caller, draft: Draft) -> None:
    shown = await clerk.get(draft.deductions)
    columns = ("vat_rate", "vat_category", "open", "limit", "deducted")
    assert [tuple(item[name] for name in columns) for item in shown["items"]] == [
        ("21", "S", "300.00", None, "300.00"),
        ("9", "S", "50.00", None, "50.00"),
        ("21", "S", "100.00", None, "50.00"),
    ]
    assert (shown["deducted"], shown["currency"]) == ("400.00", "EUR")


async def test_what_its_user_lowers_is_taken_of_the_next_one(draft: Draft) -> None:
    lowered = await draft.lower("120.00")
    assert await draft.seen() == [("120.00", "120.00"), (None, "50.00"), (None, "100.00")]
    assert (lowered["net"], lowered["lines"][-1]["kind"]) == ("180.00", "deduction")


async def test_down_to_nothing_and_back_again(draft: Draft) -> None:
    nothing = await draft.lower("0", "0", "0")
    assert (nothing["net"], [line["kind"] for line in nothing["lines"]]) == ("450.00", ["expense", "expense"])
    assert await draft.seen() == [("0.00", "0.00")] * 3
    whole = await draft.lower(None, None, None)
    assert whole["net"] == "50.00"
    assert await draft.seen() == [(None, "300.00"), (None, "50.00"), (None, "50.00")]


async def test_a_refresh_keeps_it_and_issuing_consumes_it(clerk: Caller, books: Office, draft: Draft) -> None:
    await draft.lower("120.00", "10.00", "0")
    await books.work("c", "50.00")
    refreshed = await clerk.post(f"{draft.path}/refresh")
    assert (refreshed["net"], await draft.seen()) == (
        "370.00",
        [("120.00", "120.00"), ("10.00", "10.00"), ("0.00", "0.00")],
    )
    issued = await clerk.post(f"{draft.path}/issue")
    assert issued["state"] == "issued"
    opened = (await clerk.get("/v1/projects/P1/account/advances"))["items"]
    assert [item["open"] for item in opened] == ["180.00", "40.00", "100.00"]
    assert await draft.refused(draft.body("1.00")) == (409, "not-a-draft")
    await books.check_invariants()


async def test_no_more_than_is_open_and_than_the_lines_leave(draft: Draft) -> None:
    assert await draft.refused(draft.body("300.01")) == (409, "exceeds-remaining")
    assert await draft.refused(draft.body(None, None, "60.00")) == (409, "exceeds-remaining")
    assert await draft.seen() == [(None, "300.00"), (None, "50.00"), (None, "50.00")]
    await draft.lower("250.00", None, "100.00")


async def test_less_is_open_by_the_time_it_is_refreshed(clerk: Caller, books: Office, draft: Draft) -> None:
    await draft.lower("280.00")
    rows = await books.firm.query("SELECT id FROM invoices WHERE organisation = $1 AND type = 'advance' ORDER BY id")
    await books.credit(rows[0]["id"], Wanted(1, Decimal("250.00")))
    assert await clerk.refused("POST", f"{draft.path}/issue") == (409, "draft-outdated")
    await clerk.post(f"{draft.path}/refresh")
    assert await draft.seen() == [("280.00", "50.00"), (None, "50.00"), (None, "100.00")]
    await clerk.post(f"{draft.path}/issue")
    await books.check_invariants()


@pytest.mark.parametrize("amount", ["-1", "0.001", 1.5, "NaN", "1e2"])
async def test_bad_amounts_are_refused(draft: Draft, amount: Any) -> None:
    assert await draft.refused(draft.body(amount)) == (422, "invalid-input")


async def test_what_is_no_open_advance_of_the_project_is_not_found(draft: Draft) -> None:
    stranger = {"deductions": [{"advance": str(new_id()), "amount": "1.00"}]}
    assert await draft.refused(stranger) == (404, "not-found")
    assert await draft.refused(draft.body("1.00", vat_rate="9")) == (404, "not-found")
    assert await draft.refused({"deductions": []}) == (422, "invalid-input")


async def test_a_change_says_which_version_it_has_seen(clerk: Caller, draft: Draft) -> None:
    answer = await clerk.client.put(draft.deductions, json=draft.body("1.00"))
    assert answer.status_code == 428
    answer = await clerk.client.put(draft.deductions, json=draft.body("1.00"), headers={"If-Match": '"99"'})
    assert answer.status_code == 412


async def test_an_advance_deducts_nothing(clerk: Caller) -> None:
    advance = await clerk.post("/v1/advances", {"project": "P1", "amount": "10.00", "issue": False})
    one = Draft(clerk, f"/v1/invoices/{advance['id']}", [str(new_id())])
    assert await one.refused(one.body("1.00")) == (409, "not-editable")


async def test_access(api: Api, acme: dict[str, Any]) -> None:
    office = Caller(api.client(Role.ADMIN))
    draft = await office.post("/v1/advances", {"project": "X1", "amount": "10.00", "issue": False})
    path = f"/v1/invoices/{draft['id']}/deductions"
    body = {"deductions": [{"advance": str(new_id()), "amount": "1.00"}]}
    await check_access(api, "GET", path, roles=BILLERS)
    await check_access(api, "PUT", path, roles=BILLERS, json=body, headers={"If-Match": "*"})
