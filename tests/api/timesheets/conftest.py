from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from deploy.local import Stack
from services.timesheets.service import service
from services.timesheets.settings import TimesheetsSettings
from shared.http.auth import Role
from shared.ids import new_id
from tests.support.api import ORGANISATION, OTHER_ORGANISATION, Api, service_api
from tests.support.timesheets import Timesheet, make_organisation


@pytest.fixture(scope="session")
async def timesheets_api(stack: Stack) -> AsyncIterator[Api]:
    """Timesheets on a database of its own, which knows two organisations (see ``make_organisation``)."""
    async with service_api(stack, "timesheets", service, TimesheetsSettings) as api:
        async with api.runtime.database.transaction() as session:
            await make_organisation(session, ORGANISATION)
            await make_organisation(session, OTHER_ORGANISATION)
        yield api


@pytest.fixture
def api(timesheets_api: Api) -> Api:
    return timesheets_api


@dataclass(frozen=True)
class Office:
    """An organisation of a test's own, with the clients of its people."""

    api: Api
    timesheet: Timesheet

    def client(self, *roles: Role, employee: str | None = None, subject: str = "tester") -> httpx.AsyncClient:
        return self.api.client(*roles, organisation=self.timesheet.organisation, employee=employee, subject=subject)

    @property
    def admin(self) -> httpx.AsyncClient:
        return self.client(Role.ADMIN)

    @property
    def approver(self) -> httpx.AsyncClient:
        return self.client(Role.APPROVER, subject="anna")

    def employee(self, code: str = "jan") -> httpx.AsyncClient:
        return self.client(Role.EMPLOYEE, employee=code, subject=f"user-{code}")

    async def enter(self, ref: str, code: str = "jan", **changed: Any) -> dict[str, Any]:
        """Enter minutes of labour by hand; the entry."""
        answer = await self.employee(code).post("/v1/entries", json=minutes(ref, **changed))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


def minutes(ref: str, **changed: Any) -> dict[str, Any]:
    """An hour of labour without a clock, by hand."""
    body = {
        "ref": ref,
        "kind": "labour",
        "hour_type": "WORK",
        "project": "P1",
        "date": "2026-03-02",
        "minutes": 60,
        **changed,
    }
    return {name: value for name, value in body.items() if value is not None}


def clock(ref: str, start: str = "09:00", end: str = "12:00", **changed: Any) -> dict[str, Any]:
    """Labour with a clock, by hand."""
    times = {"start": f"2026-03-02T{start}:00", "end": f"2026-03-02T{end}:00"}
    return minutes(ref, **{"date": None, "minutes": None, **times, **changed})


def slug(answer: httpx.Response) -> str:
    """The slug of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return str(answer.json()["type"]).rpartition("/")[2]


@pytest.fixture
async def office(api: Api) -> Office:
    timesheet = Timesheet(api.runtime.database, f"org-{new_id().hex}")
    async with api.runtime.database.transaction() as session:
        await make_organisation(session, timesheet.organisation)
    return Office(api, timesheet)
