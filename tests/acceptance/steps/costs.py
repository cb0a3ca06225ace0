"""External costs, re-pricing, and what is billed of a fixed price."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pytest_bdd import given, parsers, then, when

from tests.acceptance.support.tables import given as cell
from tests.acceptance.support.tables import in_order, rows_of, shown
from tests.acceptance.support.world import World

Table = Sequence[Sequence[str]]


@given("price list")
def price_list(world: World, datatable: Table) -> None:
    """Columns: for (organisation, customer, project), of, article (none: a kilometre), price, from, until."""
    for row in rows_of(datatable):
        scope, article = row["for"], cell(row, "article")
        body = {
            "scope": scope,
            **({} if scope == "organisation" else {scope: row["of"]}),
            "item": "kilometre" if article is None else "article",
            "article": article,
            "price": row["price"],
            "from": cell(row, "from"),
            "until": cell(row, "until"),
        }
        world.act(lambda body=body: world.office.billing.put("/v1/price-list", body))


@given("milestones")
def milestones(world: World, datatable: Table) -> None:
    """Columns: phase (P1/F1), name, percentage or amount, date."""
    for row in rows_of(datatable):
        project, phase = row["phase"].rsplit("/", 1)
        body = {name: cell(row, name) for name in ("name", "percentage", "amount")} | {"day": cell(row, "date")}
        path = f"/v1/projects/{project}/phases/{phase}/milestones"
        world.act(lambda path=path, body=body: world.office.billing.post(path, body))


@given("external costs")
def external_costs(world: World, datatable: Table) -> None:
    for row in rows_of(datatable):
        body = {
            "project": row["project"],
            "phase": cell(row, "phase"),
            "description": cell(row, "description") or "cost",
            "amount": row["amount"],
            "vat_rate": cell(row, "vat"),
            "date": row["date"],
        }
        world.act(lambda body=body: world.office.billing.post("/v1/external-costs", body))


@when(
    parsers.re(
        r'unbilled time of (?P<kind>project|customer) "(?P<code>[^"]*)" is re-priced from (?P<day>\d{4}-\d\d-\d\d)'
    )
)
def repriced(world: World, kind: str, code: str, day: str) -> None:
    path = f"{world.account(kind, code)}/repricings"
    world.act(lambda: world.office.billing.post(path, {"from": day}))


@when(
    parsers.re(
        r'milestone "(?P<milestone>[^"]*)" of (?P<part>[\d.]+)(?P<percent>%)? of phase '
        r'"(?P<project>[^"/]*)/(?P<phase>[^"]*)" is (?P<what>invoiced|drafted) as "(?P<name>[^"]*)"$'
    )
)
def milestone(
    world: World, milestone: str, part: str, percent: str | None, project: str, phase: str, *, what: str, name: str
) -> None:
    how_much = {"percentage" if percent else "amount": part}
    body = {"milestone": milestone, **how_much, "issue": what == "invoiced"}
    path = f"/v1/projects/{project}/phases/{phase}/invoices"
    world.keep_invoice(name, world.act(lambda: world.office.billing.post(path, body)))


@when(parsers.re(r'milestone "(?P<milestone>[^"]*)" of phase "(?P<place>[^"]*)" is invoiced as "(?P<name>[^"]*)"$'))
def planned_milestone(world: World, milestone: str, place: str, name: str) -> None:
    project, phase = place.rsplit("/", 1)
    path = f"/v1/projects/{project}/phases/{phase}/invoices"
    body = {"milestone": milestone, "issue": True}
    world.keep_invoice(name, world.act(lambda: world.office.billing.post(path, body)))


def _cost(world: World, description: str) -> str:
    found = [cost for cost in world.office.billing.all("/v1/external-costs") if cost["description"] == description]
    assert len(found) == 1, f"there are {len(found)} external costs {description!r}"
    return f"/v1/external-costs/{found[0]['id']}"


@when(parsers.re(r'external cost "(?P<description>[^"]*)" is changed to (?P<amount>[\d.]+)$'))
def cost_changed(world: World, description: str, amount: str) -> None:
    path = _cost(world, description)
    world.act(lambda: world.office.billing.patch(path, {"amount": amount}))


@when(parsers.re(r'external cost "(?P<description>[^"]*)" is deleted$'))
def cost_deleted(world: World, description: str) -> None:
    path = _cost(world, description)
    world.act(lambda: world.office.billing.delete(path))


@when(
    parsers.re(
        r"everything proposed is (?P<what>issued|drafted) in one go, one invoice per (?P<per>project|customer)$"
    )
)
def in_one_go(world: World, what: str, per: str) -> None:
    run = world.act(lambda: world.office.billing.post("/v1/invoice-runs", {"per": per, "issue": what == "issued"}))
    assert run is not None
    world.runs.append(run["id"])


@then("the results are")
def results(world: World, datatable: Table) -> None:
    """Of the last run. Columns: customer, project, net, refused."""
    expected = rows_of(datatable)

    def look() -> list[dict[str, Any]]:
        path = f"/v1/invoice-runs/{world.runs[-1]}"
        if world.office.billing.get(path)["state"] == "running":
            return []
        return [
            {"customer": item["customer"], "project": item["project"], "net": item["net"], "refused": item["slug"]}
            for item in world.office.billing.all(f"{path}/items")
        ]

    columns = ["customer", "project", "net", "refused"]
    world.holds(look, lambda seen: in_order(expected, seen), lambda seen: shown(seen, columns))


@then(parsers.re(r'the price of entry "(?P<name>[^"]*)" is (?P<price>[\d.]+) from the price list$'))
def price_from_list(world: World, name: str, price: str) -> None:
    entry = world.entry(name)["id"]
    world.holds(
        lambda: world.office.billing.get(f"/v1/entries/{entry}/price"),
        lambda seen: Decimal(seen["price"]) == Decimal(price) and seen["list_price"] is not None,
        lambda seen: f"  {seen}",
    )
