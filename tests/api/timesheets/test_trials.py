"""Timesheets active, on trial until a day, or off: nothing is lost when a trial ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.local import Stack
from services.timesheets.handlers.trials import sweep_trials
from services.timesheets.handlers.waiting import sweep_waiting
from services.timesheets.service import service
from services.timesheets.settings import TimesheetsSettings
from shared.http.auth import Role
from shared.ids import new_id
from tests.api.timesheets.conftest import Office, minutes, slug
from tests.support.api import service_api
from tests.support.timesheets import Timesheet, hours, labour, make_organisation

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
#: Midnight in Amsterdam after the last of 14 days.
LAST_MINUTE = datetime(2026, 3, 16, 22, 59, tzinfo=UTC)
OVER = datetime(2026, 3, 16, 23, 0, tzinfo=UTC)


class Watch:
    now = BEGIN

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
async def watched(stack: Stack) -> AsyncIterator[tuple[Any, Watch]]:
    watch = Watch()
    async with service_api(stack, "timesheets", service, TimesheetsSettings, clock=watch) as api:
        yield api, watch


@pytest.fixture
def watch(watched: tuple[Any, Watch]) -> Watch:
    watched[1].now = BEGIN
    return watched[1]


@pytest.fixture
async def office(watched: tuple[Any, Watch]) -> Office:
    api, _ = watched
    timesheet = Timesheet(api.runtime.database, f"org-{new_id().hex}")
    async with api.runtime.database.transaction() as session:
        await make_organisation(session, timesheet.organisation)
    return Office(api, timesheet)


async def switch(office: Office, status: str, **until: str) -> Any:
    path = f"/v1/organisations/{office.timesheet.organisation}/timesheets"
    return await office.api.client(Role.INSTALLATION).put(path, json={"timesheets": status, **until})


async def settings(office: Office) -> tuple[str, str | None]:
    shown = (await office.admin.get("/v1/settings")).json()
    return shown["timesheets"], shown["timesheets_until"]


async def test_a_trial_of_14_days_ends_by_itself(office: Office, watch: Watch) -> None:
    assert (await switch(office, "trial")).json()["timesheets_until"] == "2026-03-16"
    entry = await office.enter("h1")
    watch.now = LAST_MINUTE
    await sweep_trials(office.timesheet.database, watch)
    assert await settings(office) == ("trial", "2026-03-16")
    await office.enter("h2")

    watch.now = OVER
    # Before any sweep, hours wait already and entries by hand are refused.
    refused = await office.employee().post("/v1/entries", json=minutes("h3"))
    assert (refused.status_code, slug(refused)) == (409, "timesheets-inactive")
    assert await sweep_trials(office.timesheet.database, watch) >= 1
    assert await settings(office) == ("off", "2026-03-16")
    await office.timesheet.complete(hours(office.timesheet.organisation, labour()), now=OVER)
    (waiting,) = (await office.approver.get("/v1/waiting")).json()["items"]
    assert waiting["reason"] == "timesheets-inactive"

    # Everything can be read, and what was there can be approved.
    assert (await office.approver.post(f"/v1/entries/{entry['id']}/approve")).status_code == 200
    assert len((await office.approver.get("/v1/entries")).json()["items"]) == 2
    for path, body in (
        ("/v1/timer/start", {"hour_type": "WORK", "project": "P1"}),
        ("/v1/entries/copy", {"ref": "c", "from": "2026-03-02", "to": "2026-03-03"}),
    ):
        answer = await office.employee().post(path, json=body)
        slugs = [one["slug"] for one in answer.json()["skipped"]] if path.endswith("copy") else [slug(answer)]
        assert set(slugs) == {"timesheets-inactive"}

    # Nothing is lost: it goes on once they are on.
    assert (await switch(office, "active")).json() | {"timesheets_until": None} == (
        await office.admin.get("/v1/settings")
    ).json()
    assert (await office.timesheet.states())["W1/1"] == "submitted"


async def test_more_than_one_transaction_goes_on_by_the_sweep(office: Office, watch: Watch) -> None:
    await switch(office, "off")
    await office.timesheet.complete(hours(office.timesheet.organisation, labour()))
    await switch(office, "trial", until="2026-04-01")
    await sweep_waiting(office.timesheet.database, watch)
    assert await office.timesheet.states() == {"W1/1": "submitted"}


async def test_a_trial_may_be_made_longer(office: Office, watch: Watch) -> None:
    await switch(office, "trial")
    watch.now = OVER
    await sweep_trials(office.timesheet.database, watch)
    assert (await switch(office, "trial", until="2026-04-30")).json()["timesheets_until"] == "2026-04-30"
    await office.enter("h1")
    await switch(office, "trial", until="2026-03-16")
    assert slug(await office.employee().post("/v1/entries", json=minutes("h2"))) == "timesheets-inactive"


async def test_only_the_installation_sets_it(office: Office, watch: Watch) -> None:
    assert slug(await office.admin.patch("/v1/settings", json={"timesheets": "active"})) == "invalid-input"
