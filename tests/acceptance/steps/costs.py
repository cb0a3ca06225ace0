"""External costs, re-pricing, and what is billed of a fixed price."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_bdd import given, parsers, when

from tests.acceptance.support.tables import given as cell
from tests.acceptance.support.tables import rows_of
from tests.acceptance.support.world import World

Table = Sequence[Sequence[str]]


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
