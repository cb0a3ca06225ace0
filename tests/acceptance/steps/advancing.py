"""Given and When: deals and subscriptions, and the advances that come of them."""

from __future__ import annotations

from typing import Any

from pytest_bdd import given, parsers, when

from deploy.client.api import Refused
from tests.acceptance.support.world import World

ACCOUNT = r'(?P<kind>project|customer) "(?P<account>[^"]*)"'
UNITS = "day|week|month|quarter|year"


@given(
    parsers.re(r'deal "(?P<code>[^"]*)" of project "(?P<project>[^"]*)" for (?P<amount>[\d.]+) at (?P<rate>[\d.]+)%$')
)
def deal(world: World, code: str, project: str, amount: str, rate: str) -> None:
    body = {"project": project, "amount": amount, "vat_rate": rate}
    world.act(lambda: world.office.billing.put(f"/v1/deals/{code}", body))


@given(
    parsers.re(
        rf'subscription "(?P<code>[^"]*)" of {ACCOUNT} of (?P<amount>[\d.]+) at (?P<rate>[\d.]+)% '
        rf"per (?:(?P<every>\d+) )?(?P<unit>{UNITS})s? from (?P<start>[\d-]+)$"
    )
)
def subscription(
    world: World,
    code: str,
    kind: str,
    account: str,
    *,
    amount: str,
    rate: str,
    every: str | None,
    unit: str,
    start: str,
) -> None:
    body: dict[str, Any] = {kind: account, "amount": amount, "vat_rate": rate, "start": start, "period": unit}
    if every:
        body["every"] = int(every)
    world.act(lambda: world.office.billing.put(f"/v1/subscriptions/{code}", body))


@when(parsers.re(r'(?P<percentage>[\d.]+)% of deal "(?P<code>[^"]*)" is invoiced as "(?P<name>[^"]*)"$'))
def percentage_of_deal(world: World, percentage: str, code: str, name: str) -> None:
    _invoice(world, code, name, {"percentage": percentage})


@when(parsers.re(r'(?P<amount>[\d.]+) of deal "(?P<code>[^"]*)" is invoiced as "(?P<name>[^"]*)"$'))
def amount_of_deal(world: World, amount: str, code: str, name: str) -> None:
    _invoice(world, code, name, {"amount": amount})


def _invoice(world: World, code: str, name: str, part: dict[str, Any]) -> None:
    body = {**part, "issue": True}
    world.keep_invoice(name, world.act(lambda: world.office.billing.post(f"/v1/deals/{code}/invoices", body)))


class NotBilled(Refused):
    """A subscription that a run could not bill."""

    def __init__(self, result: dict[str, Any]) -> None:
        self.problem = result["problem"]
        self.slug = self.problem["slug"]
        Exception.__init__(self, f"{result['subscription']} of {result['day']}: {self.problem}")


@when(parsers.re(r"subscriptions are run for (?P<until>[\d-]+)$"))
def run_subscriptions(world: World, until: str) -> None:
    """A subscription that the run could not bill is a refusal."""

    def run() -> None:
        results = world.office.billing.post("/v1/subscription-runs", {"until": until})["results"]
        for failed in (result for result in results if result["problem"]):
            raise NotBilled(failed)

    world.act(run)
