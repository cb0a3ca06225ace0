"""When: work orders arrive from another system, and hours are entered by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_bdd import parsers, then, when

from tests.acceptance.support.orders import order, work
from tests.acceptance.support.tables import given as cell
from tests.acceptance.support.tables import in_any_order, rows_of, shown
from tests.acceptance.support.world import World

Table = Sequence[Sequence[str]]


@when(
    parsers.re(
        r'work order "(?P<name>[^"]*)" is completed in revision (?P<revision>\d+) '
        r'for (?P<kind>project|customer) "(?P<code>[^"]*)"(?: phase "(?P<phase>[^"]*)")?'
    )
)
def completed(
    world: World, name: str, revision: str, kind: str, code: str, phase: str | None, datatable: Table
) -> None:
    account: dict[str, str | None] = {kind: code, "phase": phase}
    if kind == "project":
        account["customer"] = world.projects.get(code)
    world.orders[name] = order(
        world.organisation, name, int(revision), status="completed", rows=rows_of(datatable), **account
    )
    world.send_order(name)


@when(parsers.re(r'work order "(?P<name>[^"]*)" is cancelled in revision (?P<revision>\d+)'))
def cancelled(world: World, name: str, revision: str) -> None:
    world.orders[name] = {**world.orders[name], "revision": int(revision), "status": "cancelled"}
    world.send_order(name)


@when(parsers.re(r'work order "(?P<name>[^"]*)" is sent again (?P<times>\d+) times?'))
def sent_again(world: World, name: str, times: str) -> None:
    for _ in range(int(times)):
        world.send_order(name)


@when(parsers.re(r'"(?P<employee>[^"]*)" enters'))
def enters(world: World, employee: str, datatable: Table) -> None:
    user = world.user(employee, "employee", employee=employee)
    for row in rows_of(datatable):
        body: dict[str, Any] = {"ref": row["ref"], **work({"employee": employee, **row})}
        body |= {name: cell(row, name) for name in ("project", "customer", "phase") if cell(row, name)}
        if extra := cell(row, "extra to"):
            body["extra_to"] = extra
        world.act(lambda body=body: user.timesheets.post("/v1/entries", body))


@then(parsers.re(r'work order "(?P<name>[^"]*)" shows'))
def shows(world: World, name: str, datatable: Table) -> None:
    expected = rows_of(datatable)
    sent = world.orders[name]

    def look() -> list[dict[str, Any]]:
        found = list(
            world.office.workorders.all("/v1/workorders", source=sent["source"], external_id=sent["external_id"])
        )
        if not found:
            return []
        lines = world.office.workorders.get(f"/v1/workorders/{found[0]['id']}")["lines"]
        return [
            {
                "line": line["line_id"],
                "state": line["state"],
                "reason": line["reason"],
                "invoice": world.invoice_name(line["invoice"]),
            }
            for line in lines
        ]

    world.holds(look, lambda seen: in_any_order(expected, seen), lambda seen: shown(seen, list(expected[0])))
