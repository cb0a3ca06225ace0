"""Exports and reports: asked for, and what their rows are."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import openpyxl
from pytest_bdd import parsers, then, when

from deploy.client.chain import wait_for
from tests.acceptance.support.tables import in_any_order, rows_of, shown
from tests.acceptance.support.world import World

Table = Sequence[Sequence[str]]
BY = r"(?P<by>employee|project|phase|customer|hour type|work order|day|week|month)"


@when(parsers.re(r"entries are exported from (?P<first>[\d-]+) to (?P<last>[\d-]+) as (?P<kind>CSV|XLSX)"))
def exported(world: World, first: str, last: str, kind: str) -> None:
    body = {"from": first, "until": last, "format": kind.lower()}
    run = world.act(lambda: world.office.timesheets.post("/v1/exports", body))
    if run is None:
        return
    seen = [run]

    def ready() -> bool:
        seen[:] = [world.office.timesheets.get(f"/v1/exports/{run['id']}")]
        return bool(seen[0]["state"] != "waiting")

    wait_for(ready, lambda: f"the export is {seen[0]}", 60)
    assert seen[0]["state"] == "ready", seen[0]
    world.exports.append((seen[0], _file(world, run["id"])))


def _file(world: World, export_id: str) -> bytes:
    return world.office.timesheets.content(f"/v1/exports/{export_id}/file")


@then("the export has rows")
def export_rows(world: World, datatable: Table) -> None:
    expected = rows_of(datatable)
    assert world.exports, "nothing was exported"
    run, content = world.exports[-1]
    found = _csv_rows(content) if run["format"] == "csv" else _xlsx_rows(content)
    seen = [
        {
            "employee": row["employee"],
            "date": row["date"],
            "hour type": row["hour_type"],
            "minutes": row["minutes"],
            "surcharge": row["surcharge"],
            "entry": row["entry"],
            "project": row["project"],
        }
        for row in found
    ]
    columns = list(expected[0]) if expected else ["entry"]
    assert in_any_order(expected, seen), f"saw\n{shown(seen, columns)}"


def _csv_rows(content: bytes) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def _xlsx_rows(content: bytes) -> list[dict[str, Any]]:
    """Rows of the first sheet; its dates are real ones."""
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
    head, *rows = sheet.iter_rows(values_only=True)
    found = [dict(zip([str(name) for name in head], row, strict=True)) for row in rows]
    return [{**row, "date": row["date"].date().isoformat()} for row in found]


@then("the same export can be fetched again unchanged")
def unchanged(world: World) -> None:
    assert world.exports, "nothing was exported"
    world.chain.catch_up()
    for run, content in world.exports:
        assert _file(world, run["id"]) == content, f"the file of export {run['id']} has changed"
        assert world.office.timesheets.get(f"/v1/exports/{run['id']}") == run


@then(parsers.re(rf"the report by {BY} is"))
def report(world: World, by: str, datatable: Table) -> None:
    expected = rows_of(datatable)
    name = by.replace(" ", "_")
    key = "name" if by in ("day", "week", "month") else name

    def look() -> list[dict[str, Any]]:
        items = world.office.timesheets.get("/v1/reports", by=name)["items"]
        sums = ("minutes", "cost", "value")
        extra = {"phase": "project"}.get(by)
        return [
            {by: item[key], **({extra: item[extra]} if extra else {}), **{field: item[field] for field in sums}}
            for item in items
        ]

    columns = list(rows_of(datatable)[0]) if expected else [by]
    world.holds(look, lambda seen: in_any_order(expected, seen), lambda seen: shown(seen, columns))
