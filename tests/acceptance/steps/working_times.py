"""Given: when people work, and what work costs more at some times."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from pytest_bdd import given, parsers

from tests.acceptance.support.tables import given as cell
from tests.acceptance.support.tables import rows_of
from tests.acceptance.support.world import World

Table = Sequence[Sequence[str]]


@given(parsers.re(r'working hours of "(?P<employee>[^"]*)"'))
def working_hours(world: World, employee: str, datatable: Table) -> None:
    """The whole week: a day that the table leaves out has no working hours."""
    week = [
        {
            "day": row["day"],
            "from": row["from"],
            "until": row["until"],
            "break_minutes": int(cell(row, "break") or 0),
        }
        for row in rows_of(datatable)
    ]
    path = f"/v1/employees/{employee}/working-hours"
    world.act(lambda: world.office.timesheets.put(path, {"week": week}))


@given("surcharge rules")
def surcharge_rules(world: World, datatable: Table) -> None:
    for row in rows_of(datatable):
        path = f"/v1/surcharge-rules/{quote(row['name'], safe='')}"
        body = {
            "days": cell(row, "days") or "Mon-Sun, holiday",
            "from": cell(row, "from") or "00:00",
            "until": cell(row, "until") or "24:00",
            "surcharge": row["surcharge"],
        }
        world.act(lambda path=path, body=body: world.office.timesheets.put(path, body))
