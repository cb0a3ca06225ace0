"""The running timer: one for an employee, over midnight too; stopped it is a draft."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.local import Stack
from services.timesheets.service import service
from services.timesheets.settings import TimesheetsSettings
from shared.http.auth import Role
from shared.ids import new_id
from tests.api.timesheets.conftest import Office, clock, slug
from tests.support.api import ORGANISATION, check_access, service_api
from tests.support.timesheets import Timesheet, make_organisation

WRITERS = {Role.EMPLOYEE, Role.APPROVER, Role.ADMIN}
WORK = {"hour_type": "WORK", "project": "P1", "phase": "F1", "description": "boiler"}


class Watch:
    """A clock that a test sets."""

    now = datetime(2026, 3, 2, 7, 0, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(scope="module")
async def watched(stack: Stack) -> AsyncIterator[tuple[Any, Watch]]:
    watch = Watch()
    async with service_api(stack, "timesheets", service, TimesheetsSettings, clock=watch) as api:
        async with api.runtime.database.transaction() as session:
            await make_organisation(session, ORGANISATION)
        yield api, watch


@pytest.fixture
async def office(watched: tuple[Any, Watch]) -> Office:
    api, _ = watched
    timesheet = Timesheet(api.runtime.database, f"org-{new_id().hex}")
    async with api.runtime.database.transaction() as session:
        await make_organisation(session, timesheet.organisation)
    return Office(api, timesheet)


@pytest.fixture
def watch(watched: tuple[Any, Watch]) -> Watch:
    watched[1].now = Watch.now
    return watched[1]


async def test_stopped_it_is_a_draft(office: Office, watch: Watch) -> None:
    jan = office.employee()
    started = await jan.post("/v1/timer/start", json=WORK)
    assert started.status_code == 201, started.text
    assert started.json()["started_at"] == "2026-03-02T08:00:00+01:00"
    watch.later(hours=2, minutes=14, seconds=50)
    assert (await jan.get("/v1/timer")).json()["timer"] == started.json()

    stopped = await jan.post("/v1/timer/stop", json={"break_minutes": 15})

    assert stopped.status_code == 201, stopped.text
    entry = stopped.json()
    wanted = {
        "state": "draft",
        "name": f"timer-{started.json()['id']}",
        "employee": "jan",
        "start": "2026-03-02T08:00:00+01:00",
        "end": "2026-03-02T10:15:00+01:00",
        "raw_minutes": 135,
        "minutes": 120,
        "phase": "F1",
        "description": "boiler",
    }
    assert {name: entry[name] for name in wanted} == wanted
    assert (await jan.get("/v1/timer")).json() == {"timer": None}
    assert slug(await jan.post("/v1/timer/stop")) == "no-timer"


async def test_one_at_a_time_for_an_employee(office: Office, watch: Watch) -> None:
    jan = office.employee()
    answers = await asyncio.gather(*(jan.post("/v1/timer/start", json=WORK) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {slug(answer) for answer in answers if answer.status_code == 409} == {"timer-running"}
    assert (await office.employee("mia").post("/v1/timer/start", json=WORK)).status_code == 201

    watch.later(hours=1)
    answers = await asyncio.gather(*(jan.post("/v1/timer/stop") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(await office.timesheet.rows()) == 1


async def test_over_midnight(office: Office, watch: Watch) -> None:
    watch.now = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)  # the night in which the clock goes forward
    await office.employee().post("/v1/timer/start", json=WORK)
    watch.later(hours=5)

    entry = (await office.employee().post("/v1/timer/stop")).json()
    assert (entry["date"], entry["minutes"]) == ("2026-03-28", 300)
    assert (entry["start"], entry["end"]) == ("2026-03-28T23:30:00+01:00", "2026-03-29T05:30:00+02:00")


async def test_what_cannot_be_recorded_leaves_the_timer_running(office: Office, watch: Watch) -> None:
    jan = office.employee()
    await jan.post("/v1/timer/start", json=WORK)
    assert slug(await jan.post("/v1/timer/stop")) == "timer-too-short"
    watch.later(hours=3)
    await jan.post("/v1/entries", json=clock("h1", "09:00", "10:00"))
    assert slug(await jan.post("/v1/timer/stop")) == "entry-overlaps"
    assert slug(await jan.post("/v1/timer/stop", json={"end": "2026-03-02T12:00:00+01:00"})) == "end-in-future"
    watch.later(hours=24)
    assert slug(await jan.post("/v1/timer/stop")) == "more-than-24-hours"

    stopped = await jan.post("/v1/timer/stop", json={"end": "2026-03-02T09:00:00+01:00", "description": "forgotten"})
    assert stopped.status_code == 201, stopped.text
    assert (stopped.json()["minutes"], stopped.json()["description"]) == (60, "forgotten")


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"hour_type": "NIGHT"}, "unknown-hour-type"),
        ({"project": "P9", "phase": None}, "unknown-project"),
        ({"phase": "F9"}, "unknown-phase"),
        ({"project": None, "phase": None, "customer": "NOBODY"}, "unknown-customer"),
        ({"project": None, "phase": None}, "invalid-input"),
    ],
)
async def test_what_it_is_for_is_checked_at_the_start(
    office: Office, watch: Watch, fields: dict[str, Any], wanted: str
) -> None:
    body = {name: value for name, value in {**WORK, **fields}.items() if value is not None}
    assert slug(await office.employee().post("/v1/timer/start", json=body)) == wanted
    assert (await office.employee().get("/v1/timer")).json() == {"timer": None}


async def test_discarded(office: Office, watch: Watch) -> None:
    await office.employee().post("/v1/timer/start", json=WORK)
    assert (await office.employee().delete("/v1/timer")).status_code == 204
    assert slug(await office.employee().delete("/v1/timer")) == "no-timer"
    assert await office.timesheet.rows() == {}


async def test_for_others(office: Office, watch: Watch) -> None:
    mia = office.employee("mia")
    for_jan = {**WORK, "employee": "jan"}
    assert slug(await mia.post("/v1/timer/start", json=for_jan)) == "forbidden"
    assert (await office.approver.post("/v1/timer/start", json=for_jan)).status_code == 201
    assert slug(await mia.get("/v1/timer", params={"employee": "jan"})) == "forbidden"
    assert slug(await mia.post("/v1/timer/stop", json={"employee": "jan"})) == "forbidden"
    assert slug(await mia.delete("/v1/timer", params={"employee": "jan"})) == "forbidden"
    assert slug(await office.approver.post("/v1/timer/stop")) == "invalid-input"
    watch.later(minutes=5)
    assert (await office.approver.post("/v1/timer/stop", json={"employee": "jan"})).status_code == 201


async def test_access(watched: tuple[Any, Watch]) -> None:
    api, _ = watched
    for method, path, body in (
        ("GET", "/v1/timer", None),
        ("POST", "/v1/timer/start", WORK),
        ("POST", "/v1/timer/stop", None),
        ("DELETE", "/v1/timer", None),
    ):
        await check_access(api, method, path, roles=WRITERS, json=body, elsewhere=None)
