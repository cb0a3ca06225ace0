"""GET and POST of the self-check."""

from __future__ import annotations

from shared.database.bulk import execute
from shared.http.auth import Role
from tests.support.api import Api, check_access
from tests.support.billing import Firm
from tests.support.http import Caller

PATH = "/v1/self-check"
ROLES = {Role.BILLING, Role.ADMIN, Role.OPERATOR, Role.INSTALLATION}


async def change_a_balance(firm: Firm, parts: int) -> None:
    async with firm.database.transaction() as session:
        sql = "UPDATE accounts SET unbilled_parts = unbilled_parts + $2 WHERE organisation = $1 AND project = 'P1'"
        await execute(session, sql, firm.code, parts)


async def test_a_balance_that_somebody_changed_is_told(office: Caller, firm: Firm) -> None:
    assert await office.refused("GET", PATH) == (404, "not-found")
    good = await office.post(PATH)
    assert (good["organisation"], good["findings"]) == (firm.code, 0)
    assert [check["items"] for check in good["checks"]] == [[]] * len(good["checks"])
    await change_a_balance(firm, 6000)
    found = await office.post(PATH)
    assert found["findings"] == 2
    (check,) = (check for check in found["checks"] if check["name"] == "balance-is-ledger")
    assert (check["invariant"], check["findings"]) == (1, 1)
    (finding,) = check["items"]
    told = {"organisation": firm.code, "what": "project P1", "expected": "0", "found": "1"}
    assert finding == {**told, "id": finding["id"]}
    await change_a_balance(firm, -6000)
    assert await office.get(PATH) == found, "what the last check found, until the next one"
    assert (await office.post(PATH))["findings"] == 0


async def test_the_installation_looks_at_one_or_all(api: Api, office: Caller, firm: Firm) -> None:
    installation = Caller(api.client(Role.INSTALLATION, organisation=None))
    await change_a_balance(firm, 60)
    everywhere = await installation.post(PATH)
    assert everywhere["organisation"] is None
    whose = {item["organisation"] for check in everywhere["checks"] for item in check["items"]}
    assert firm.code in whose
    one = await installation.post(f"{PATH}?organisation={firm.code}")
    assert (one["organisation"], one["findings"]) == (firm.code, 2)
    assert (await installation.get(PATH))["id"] == everywhere["id"]
    assert (await installation.get(PATH, organisation=firm.code))["id"] == one["id"]
    assert await installation.refused("POST", PATH, organisation="nobody") == (404, "not-found")
    assert await installation.refused("POST", PATH, organisation="no code") == (422, "invalid-input")
    await change_a_balance(firm, -60)


async def test_an_organisation_sees_its_own_only(api: Api, office: Caller, firm: Firm) -> None:
    await change_a_balance(firm, 60)
    rival = Caller(api.client(Role.ADMIN, organisation="rival"))
    assert (await rival.post(PATH))["findings"] == 0
    assert await rival.refused("POST", PATH, organisation=firm.code) == (403, "forbidden")
    assert await rival.refused("GET", PATH, organisation=firm.code) == (403, "forbidden")
    await Caller(api.client(Role.INSTALLATION, organisation=None)).post(PATH)
    assert (await rival.get(PATH))["findings"] == 0, "of a look at all, its own part"
    assert (await office.get(PATH))["findings"] == 2
    unknown = Caller(api.client(Role.ADMIN, organisation="unknown"))
    assert await unknown.refused("POST", PATH) == (404, "not-found")
    await change_a_balance(firm, -60)


async def test_access(api: Api) -> None:
    await check_access(api, "POST", PATH, roles=ROLES, elsewhere=None)
    await check_access(api, "GET", PATH, roles=ROLES, elsewhere=None)
