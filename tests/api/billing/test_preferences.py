from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from tests.support.api import Api, check_access
from tests.support.http import Caller

PLACES = ["/v1/preferences/organisation", "/v1/customers/ACME/preferences", "/v1/projects/P1/preferences"]
DEFAULTS = {
    "grouping": "per entry",
    "rounding": None,
    "rounding_per": "entry",
    "payment_term": "30 days",
    "language": "nl",
    "bill_surcharges": True,
    "deduct_advances": "every regular invoice",
    "expense_mark_up": "0",
    "send_email": False,
    "time_specification": True,
    "reference": None,
    "footer": None,
    "write_off_limit": "5",
    "intro": None,
    "details": [],
    "number_series": None,
    "advance_series": None,
    "credit_series": None,
}


@pytest.mark.parametrize("place", PLACES)
async def test_without_preferences_the_defaults_hold(office: Caller, place: str) -> None:
    seen = await office.get(place)
    assert seen == {"own": dict.fromkeys(DEFAULTS), "effective": DEFAULTS}


async def test_project_before_customer_before_organisation(office: Caller) -> None:
    organisation, customer, project = PLACES
    await office.put(organisation, {"grouping": "per day", "rounding": "up 15", "footer": "Thank you"})
    await office.put(customer, {"grouping": "per employee", "bill_surcharges": False, "expense_mark_up": "7.50"})
    await office.put(project, {"grouping": "per phase", "rounding": "none"})

    seen = [(await office.get(place))["effective"] for place in PLACES]
    assert [answer["grouping"] for answer in seen] == ["per day", "per employee", "per phase"]
    assert [answer["rounding"] for answer in seen] == ["up 15", "up 15", "none"]
    assert [answer["bill_surcharges"] for answer in seen] == [True, False, False]
    assert [answer["expense_mark_up"] for answer in seen] == ["0", "7.5", "7.5"]
    assert [answer["footer"] for answer in seen] == ["Thank you"] * 3


@pytest.mark.parametrize("place", PLACES)
async def test_what_is_left_out_stays_and_null_leaves_it_to_the_wider_place(office: Caller, place: str) -> None:
    await office.put(place, {"rounding": "Nearest  5", "payment_term": "Cash", "language": "de"})
    changed = await office.put(place, {"payment_term": None, "rounding_per": "employee and day"})

    assert changed["own"]["rounding"] == "nearest 5"
    assert (changed["own"]["payment_term"], changed["effective"]["payment_term"]) == (None, "30 days")
    assert await office.get(place) == changed


@pytest.mark.parametrize(
    "body",
    [
        {"grouping": "per moon"},
        {"rounding": "up 0"},
        {"rounding": "up 15.5"},
        {"rounding": "sideways 15"},
        {"rounding_per": "week"},
        {"payment_term": "-1 days"},
        {"payment_term": "9999 days"},
        {"language": "it"},
        {"bill_surcharges": "perhaps"},
        {"deduct_advances": "never"},
        {"expense_mark_up": "-5"},
        {"expense_mark_up": 0.1},
        {"colour": "red"},
    ],
)
async def test_bad_input_is_refused(office: Caller, body: Any) -> None:
    assert await office.refused("PUT", PLACES[1], body) == (422, "invalid-input")


@pytest.mark.parametrize("place", ["/v1/customers/NONE/preferences", "/v1/projects/NONE/preferences"])
async def test_what_is_not_there_has_none(office: Caller, place: str) -> None:
    assert await office.refused("GET", place) == (404, "not-found")
    assert await office.refused("PUT", place, {}) == (404, "not-found")


async def test_the_organisations_language_is_that_of_its_documents(api: Api, office: Caller, firm: Any) -> None:
    await Caller(api.client(Role.ADMIN, organisation=firm.code)).patch("/v1/organisation", {"language": "fr"})
    assert (await office.get(PLACES[2]))["effective"]["language"] == "fr"


async def test_who_may(api: Api, acme: dict[str, Any]) -> None:
    office = {Role.BILLING, Role.ADMIN}
    for path in ("/v1/customers/C1/preferences", "/v1/projects/X1/preferences"):
        await check_access(api, "PUT", path, roles=office, json={})
        await check_access(api, "GET", path, roles=office)
    await check_access(api, "PUT", "/v1/preferences/organisation", roles=office, json={}, elsewhere=None)
    await check_access(api, "GET", "/v1/preferences/organisation", roles=office, elsewhere=None)
