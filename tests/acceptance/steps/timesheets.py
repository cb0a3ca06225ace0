"""Approval, rejection, withdrawal; what the timesheet, the waiting list and the corrections show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pytest_bdd import parsers, then, when

from tests.acceptance.support.tables import in_any_order, in_order, rows_of, shown
from tests.acceptance.support.world import World

Table = Sequence[Sequence[str]]


def _approve_all(world: World, **match: Any) -> None:
    answer = world.act(lambda: world.office.timesheets.post("/v1/entries/approve", {"filter": match}))
    if answer is not None and answer["skipped"]:
        raise AssertionError(f"not approved: {answer['skipped']}")


@when(parsers.re(r'all entries of project "(?P<code>[^"]*)" are approved'))
def approve_project(world: World, code: str) -> None:
    _approve_all(world, project=code, state="submitted")


@when(parsers.re(r'all entries of customer "(?P<code>[^"]*)" are approved'))
def approve_customer(world: World, code: str) -> None:
    _approve_all(world, customer=code, no_project=True, state="submitted")  # its own account, as accounts are named


@when(parsers.re(r'all entries of work order "(?P<name>[^"]*)" are approved'))
def approve_order(world: World, name: str) -> None:
    _approve_all(world, work_order=world.orders[name]["external_id"], state="submitted")


@when(parsers.re(r'entry "(?P<name>[^"]*)" is approved(?: by "(?P<who>[^"]*)")?'))
def approve(world: World, name: str, who: str | None) -> None:
    user = world.office if who is None else world.user(who, "employee", "approver", employee=who)
    path = f"/v1/entries/{world.entry(name)['id']}/approve"
    world.act(lambda: user.timesheets.post(path))


@when(parsers.re(r'entry "(?P<name>[^"]*)" is rejected because "(?P<reason>[^"]*)"'))
def reject(world: World, name: str, reason: str) -> None:
    path = f"/v1/entries/{world.entry(name)['id']}/reject"
    world.act(lambda: world.office.timesheets.post(path, {"reason": reason}))


@when(parsers.re(r'approval of entry "(?P<name>[^"]*)" is withdrawn because "(?P<reason>[^"]*)"'))
def withdraw(world: World, name: str, reason: str) -> None:
    path = f"/v1/entries/{world.entry(name)['id']}/withdraw"
    world.act(lambda: world.office.timesheets.post(path, {"reason": reason}))


@then("timesheet entries are")
def timesheet_entries(world: World, datatable: Table) -> None:
    expected = rows_of(datatable)

    def look() -> list[dict[str, Any]]:
        return [
            {
                "entry": entry["name"],
                "state": entry["state"],
                "minutes": entry["minutes"],
                "hour type": entry["hour_type"],
                "employee": entry["employee"],
                "date": entry["date"],
                "reason": entry["reason"],
                "invoice": world.invoice_name(entry["invoice"]),
            }
            for entry in world.entries()
        ]

    columns = list(rows_of(datatable)[0]) if expected else ["entry"]
    world.holds(look, lambda seen: in_any_order(expected, seen), lambda seen: shown(seen, columns))


@then(parsers.re(r'the pieces of entry "(?P<name>[^"]*)" are'))
def pieces(world: World, name: str, datatable: Table) -> None:
    expected = rows_of(datatable)
    zone = ZoneInfo(world.settings.get("time zone", "Europe/Amsterdam"))

    def at(moment: str | None) -> str | None:
        return None if moment is None else datetime.fromisoformat(moment).astimezone(zone).strftime("%H:%M")

    def look() -> list[dict[str, Any]]:
        return [
            {
                "from": at(piece["start"]),
                "until": at(piece["end"]),
                "minutes": piece["minutes"],
                "hour type": piece["hour_type"],
                "surcharge": piece["surcharge"],
            }
            for piece in world.entry(name)["pieces"]
        ]

    world.holds(look, lambda seen: in_order(expected, seen), lambda seen: shown(seen, list(expected[0])))


@then("waiting entries are")
def waiting(world: World, datatable: Table) -> None:
    expected = rows_of(datatable)

    def look() -> list[dict[str, Any]]:
        items = world.office.timesheets.all("/v1/waiting")
        return [{"entry": item["name"], "reason": item["reason"]} for item in items]

    world.holds(look, lambda seen: in_any_order(expected, seen), lambda seen: shown(seen, ["entry", "reason"]))


@then("open corrections are")
def corrections(world: World, datatable: Table) -> None:
    expected = rows_of(datatable)

    def look() -> list[dict[str, Any]]:
        return [
            {
                "entry": item["name"],
                "minutes before": item["minutes_before"],
                "minutes after": item["minutes_after"],
            }
            for item in world.office.timesheets.all("/v1/corrections", state="open")
        ]

    columns = ["entry", "minutes before", "minutes after"]
    world.holds(look, lambda seen: in_any_order(expected, seen), lambda seen: shown(seen, columns))
