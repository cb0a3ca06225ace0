"""A stream of plain work orders with a value that is easy to reckon, for delivery tests and benchmarks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from deploy.client.api import Api, Apis

SOURCE = "load"
EMPLOYEES = tuple(f"e{n:02}" for n in range(20))
PROJECTS = tuple(f"P{n:02}" for n in range(40))
PRICE = Decimal("60.00")
#: Each order: an hour of labour, and half an hour of travel.
LINES = 2
VALUE = PRICE + PRICE / 2
FIRST_DAY = date(2026, 1, 5)
ADDRESS = {"street": "Kade 1", "postal_code": "1011 AB", "city": "Amsterdam", "country": "NL"}


@dataclass(frozen=True, slots=True)
class Flow:
    """``orders`` orders of one organisation, spread over its projects."""

    organisation: str
    orders: int

    @property
    def lines(self) -> int:
        return self.orders * LINES

    def unbilled(self) -> dict[str, Decimal]:
        """What each project is worth once all is approved."""
        count = [self.orders // len(PROJECTS) + (n < self.orders % len(PROJECTS)) for n in range(len(PROJECTS))]
        return {project: VALUE * number for project, number in zip(PROJECTS, count, strict=True) if number}

    def messages(self) -> Iterator[tuple[bytes, bytes]]:
        """Key and value of each order's message."""
        for number in range(self.orders):
            order = self.order(number)
            yield f"{SOURCE}:{order['external_id']}".encode(), json.dumps(order).encode()

    def order(self, number: int) -> dict[str, Any]:
        day = FIRST_DAY + timedelta(days=number // len(EMPLOYEES) % 200)
        employee = EMPLOYEES[number % len(EMPLOYEES)]
        return {
            "organisation": self.organisation,
            "source": SOURCE,
            "external_id": f"L{number:07}",
            "revision": 1,
            "status": "completed",
            "customer": "LOAD",
            "project": PROJECTS[number % len(PROJECTS)],
            "lines": [
                {
                    "line_id": "1",
                    "kind": "labour",
                    "employee": employee,
                    "hour_type": "WORK",
                    "start": f"{day}T09:00:00",
                    "end": f"{day}T10:00:00",
                },
                {
                    "line_id": "2",
                    "kind": "travel",
                    "employee": employee,
                    "hour_type": "TRAVEL",
                    "date": f"{day}",
                    "minutes": 30,
                },
            ],
        }


def set_up(installation: Apis, office: Apis, organisation: str) -> None:
    """The organisation with its employees, projects and rate; everything is approved by itself.

    The caller waits for the chain between the organisation and the rest: see `make_organisation`.
    """
    for employee in EMPLOYEES:
        office.timesheets.put(f"/v1/employees/{employee}", {"name": employee.upper(), "timesheet_enabled": True})
    office.timesheets.patch("/v1/settings", {"automatic_approval": "all"})
    billing: Api = office.billing
    billing.put(
        "/v1/customers/LOAD",
        {"name": "Load B.V.", "country": "NL", "registration_number": "87654321", "address": ADDRESS},
    )
    for project in PROJECTS:
        billing.put(f"/v1/projects/{project}", {"name": project, "customer": "LOAD"})
    billing.put("/v1/rates", {"scope": "organisation", "price": str(PRICE)})


def make_organisation(installation: Apis, organisation: str) -> None:
    """Made by the installation; the other services know it once the chain has caught up."""
    seller = {
        "legal_name": "Load B.V.",
        "vat_id": "NL004495445B01",
        "registration_number": "12345678",
        "iban": "NL91ABNA0417164300",
    }
    place = {"country": "NL", "currency": "EUR", "time_zone": "Europe/Amsterdam", "address": ADDRESS}
    body = {"name": "Load", **seller, **place}
    installation.billing.put(f"/v1/organisations/{organisation}", body)
