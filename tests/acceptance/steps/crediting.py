"""When: credit notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_bdd import parsers, when

from tests.acceptance.support.tables import Row, given, rows_of
from tests.acceptance.support.world import World

CREDIT = r'credit note "(?P<name>[^"]*)" is issued for'


def _entries(world: World, invoice: dict[str, Any], row: Row) -> list[str] | None:
    """Ids of the entries that a row names: those of the invoice's line, or else by what the timesheet calls them."""
    names = given(row, "entries")
    if names is None:
        return None
    lines = [line for line in invoice["lines"] if str(line["position"]) == row["line"]]
    known = {entry["name"]: entry["entry_id"] for line in lines for entry in line["entries"]}
    wanted = [name.strip() for name in names.split(",")]
    return [known[name] if name in known else world.entry(name)["id"] for name in wanted]


def _lines(world: World, invoice: dict[str, Any], datatable: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    lines = []
    for row in rows_of(datatable):
        line: dict[str, Any] = {"line": int(row["line"])}
        if amount := given(row, "amount"):
            line["amount"] = amount
        if entries := _entries(world, invoice, row):
            line["entries"] = entries
        lines.append(line)
    return lines


def _issue(world: World, name: str, path: str, body: dict[str, Any]) -> None:
    world.keep_invoice(name, world.act(lambda: world.office.billing.post(path, body)))


@when(parsers.re(CREDIT + r' invoice "(?P<invoice>[^"]*)"(?P<keeping> keeping the entries billed)?$'))
def whole(world: World, name: str, invoice: str, keeping: str | None) -> None:
    path = f"/v1/invoices/{world.invoices[invoice]}/credit-notes"
    _issue(world, name, path, {"keep_entries_billed": keeping is not None})


@when(parsers.re(CREDIT + r' invoice "(?P<invoice>[^"]*)" with(?P<keeping>,? keeping the entries billed)?$'))
def lines(world: World, name: str, invoice: str, keeping: str | None, datatable: Sequence[Sequence[str]]) -> None:
    path = f"/v1/invoices/{world.invoices[invoice]}/credit-notes"
    body = {
        "lines": _lines(world, world.invoice(invoice), datatable),
        "keep_entries_billed": keeping is not None,
    }
    _issue(world, name, path, body)


@when(parsers.re(CREDIT + r' what is to be given back on (?P<kind>project|customer) "(?P<code>[^"]*)"$'))
def give_back(world: World, name: str, kind: str, code: str) -> None:
    _issue(world, name, f"{world.account(kind, code)}/credit-notes", {})
