"""When: advances, drafts, invoices and payments."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pytest_bdd import parsers, when

from deploy.client.api import Refused
from tests.acceptance.support.world import World

ACCOUNT = r'for (?P<kind>project|customer) "(?P<code>[^"]*)"'
#: The three ways of a regular invoice: from the list, based on phases, and each up to a date.
WAY = r'(?P<way>from the list|based on phases)(?: "(?P<phases>[^"]*)")?(?: up to (?P<up_to>\d{4}-\d\d-\d\d))?'
WAYS = {"from the list": "timetracking", "based on phases": "phases"}
ORIGINS = {"by hand": "project", "in the invoice module": "invoice module"}


def _request(kind: str, code: str, way: str, phases: str | None, up_to: str | None, *, issue: bool) -> dict[str, Any]:
    body: dict[str, Any] = {kind: code, "way": WAYS[way], "issue": issue}
    if phases is not None:
        body["phases"] = [phase.strip() for phase in phases.split(",")]
    if up_to is not None:
        body["up_to"] = up_to
    return body


@when(
    parsers.re(
        r'advance "(?P<name>[^"]*)" of (?P<amount>[\d.]+) at (?P<rate>[\d.]+)% is issued '
        + ACCOUNT
        + r" (?P<how>by hand|in the invoice module)"
    )
)
def advance(world: World, name: str, amount: str, rate: str, kind: str, code: str, how: str) -> None:
    body = {kind: code, "amount": amount, "vat_rate": rate, "origin": ORIGINS[how], "issue": True}
    world.keep_invoice(name, world.act(lambda: world.office.billing.post("/v1/advances", body)))


@when(parsers.re(rf'invoice "(?P<name>[^"]*)" is (?P<what>issued|drafted) {ACCOUNT} {WAY}'))
def invoice(
    world: World, name: str, what: str, kind: str, code: str, way: str, phases: str | None, up_to: str | None
) -> None:
    body = _request(kind, code, way, phases, up_to, issue=what == "issued")
    world.keep_invoice(name, world.act(lambda: world.office.billing.post("/v1/invoices", body)))


@when(parsers.re(rf'invoice "(?P<name>[^"]*)" is issued twice at once {ACCOUNT} {WAY}'))
def twice_at_once(
    world: World, name: str, kind: str, code: str, way: str, phases: str | None, up_to: str | None
) -> None:
    body = _request(kind, code, way, phases, up_to, issue=True)
    users = [world.user(f"rival-{n}", "billing") for n in range(2)]

    def ask(n: int) -> Any:
        try:
            return users[n].billing.post("/v1/invoices", body)
        except Refused as refused:
            return refused

    with ThreadPoolExecutor(max_workers=2) as pool:
        answers = list(pool.map(ask, range(2)))
    won = [answer for answer in answers if not isinstance(answer, Refused)]
    assert len(won) == 1, f"one of two must win: {answers}"
    world.keep_invoice(name, won[0])


@when(parsers.re(r'draft "(?P<name>[^"]*)" is (?P<what>issued|deleted)'))
def draft(world: World, name: str, what: str) -> None:
    path = f"/v1/invoices/{world.invoices[name]}"
    if what == "issued":
        world.act(lambda: world.office.billing.post(f"{path}/issue"))
    else:
        world.act(lambda: world.office.billing.delete(path))


@when(parsers.re(r'(?P<amount>[\d.]+) is paid on invoice "(?P<name>[^"]*)" with reference "(?P<reference>[^"]*)"'))
def paid(world: World, amount: str, name: str, reference: str) -> None:
    path = f"/v1/invoices/{world.invoices[name]}/payments"
    world.act(lambda: world.office.billing.post(path, {"amount": amount, "reference": reference}))
