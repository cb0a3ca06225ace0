"""Then: balances, suspense, prices, proposals, and what invoices say."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from pytest_bdd import parsers, then

from deploy.client.api import Refused
from tests.acceptance.steps.master_data import rate_owner
from tests.acceptance.support.tables import in_any_order, in_order, rows_of, shown
from tests.acceptance.support.world import World

Table = Sequence[Sequence[str]]
ACCOUNT = r'(?P<kind>project|customer) "(?P<code>[^"]*)"'
AMOUNT = r"(?P<amount>-?[\d.]+)"


def _balance_is(world: World, kind: str, code: str, field: str, amount: str, *, stays: bool) -> None:
    if stays:
        world.chain.catch_up()
    world.holds(
        lambda: world.office.billing.get(world.account(kind, code)),
        lambda seen: Decimal(seen[field]) == Decimal(amount),
        lambda seen: f"  {field} {seen[field]}",
    )


@then(parsers.re(rf"unbilled of {ACCOUNT} (?P<verb>is|stays) {AMOUNT}"))
def unbilled(world: World, kind: str, code: str, verb: str, amount: str) -> None:
    _balance_is(world, kind, code, "unbilled", amount, stays=verb == "stays")


@then(parsers.re(rf"open advances of {ACCOUNT} (?P<verb>are|stay) {AMOUNT}"))
def open_advances(world: World, kind: str, code: str, verb: str, amount: str) -> None:
    _balance_is(world, kind, code, "advance_open", amount, stays=verb == "stay")


@then(parsers.re(rf"{ACCOUNT} (?P<verb>is not|is|stays not|stays) proposed"))
def proposed(world: World, kind: str, code: str, verb: str) -> None:
    if verb.startswith("stays"):
        world.chain.catch_up()
    expected = not verb.endswith("not")

    def look() -> bool:
        account = world.office.billing.get(world.account(kind, code))
        listed = [
            item
            for item in world.office.billing.all("/v1/proposals")
            if item[kind] == code and (kind == "project" or item["project"] is None)
        ]
        assert account["proposed"] == bool(listed), f"the account says {account}, the list {listed}"
        return bool(listed)

    world.holds(look, lambda seen: seen == expected, lambda seen: f"  proposed: {seen}")


@then(parsers.re(rf"unbilled entries of {ACCOUNT} are"))
def unbilled_entries(world: World, kind: str, code: str, datatable: Table) -> None:
    expected = rows_of(datatable)

    def look() -> list[dict[str, Any]]:
        return [
            {
                "entry": item["name"],
                "minutes": item["minutes"],
                "billed minutes": item["billed_minutes"],
                "price": item["price"],
                "amount": item["amount"],
            }
            for item in world.office.billing.all(f"{world.account(kind, code)}/entries")
        ]

    columns = ["entry", "minutes", "billed minutes", "price", "amount"]
    world.holds(look, lambda seen: in_any_order(expected, seen), lambda seen: shown(seen, columns))


@then("entries in suspense are")
def suspense(world: World, datatable: Table) -> None:
    expected = rows_of(datatable)

    def look() -> list[dict[str, Any]]:
        items = world.office.billing.all("/v1/suspense")
        return [{"entry": item["name"], "reason": item["reason"]} for item in items]

    world.holds(look, lambda seen: in_any_order(expected, seen), lambda seen: shown(seen, ["entry", "reason"]))


@then(
    parsers.re(
        r'the price of entry "(?P<name>[^"]*)" is (?P<price>[\d.]+) '
        r'from the rate for (?P<scope>organisation|employee|customer|project|phase)(?: "(?P<of>[^"]*)")?'
    )
)
def price(world: World, name: str, price: str, scope: str, of: str | None) -> None:
    entry = world.entry(name)["id"]
    owner = rate_owner(scope, of)

    def right(seen: dict[str, Any]) -> bool:
        rate = seen["rate"]
        same_owner = all(rate.get(field) == code for field, code in owner.items())
        return Decimal(seen["price"]) == Decimal(price) and rate["scope"] == scope and same_owner

    world.holds(lambda: world.office.billing.get(f"/v1/entries/{entry}/price"), right, lambda seen: f"  {seen}")


@then(parsers.re(r'invoice "(?P<name>[^"]*)" has lines'))
def lines(world: World, name: str, datatable: Table) -> None:
    expected = rows_of(datatable)
    invoice = world.invoice(name)
    seen = [
        {
            "kind": line["kind"],
            "quantity": line["quantity"],
            "unit": line["unit"],
            "price": line["price"],
            "net": line["net"],
            "vat": line["vat_rate"],
            "description": line["description"],
        }
        for line in invoice["lines"]
    ]
    assert in_order(expected, seen), f"saw\n{shown(seen, list(expected[0]))}"


@then(parsers.re(r'invoice "(?P<name>[^"]*)" has VAT'))
def vat(world: World, name: str, datatable: Table) -> None:
    expected = rows_of(datatable)
    seen = world.invoice(name)["vat_lines"]
    assert in_any_order(expected, seen), f"saw\n{shown(seen, ['rate', 'net', 'vat'])}"


@then(
    parsers.re(
        r'invoice "(?P<name>[^"]*)" comes to net (?P<net>-?[\d.]+), VAT (?P<vat>-?[\d.]+), to pay (?P<pay>-?[\d.]+)'
    )
)
def comes_to(world: World, name: str, net: str, vat: str, pay: str) -> None:
    invoice = world.invoice(name)
    seen = [Decimal(invoice[field]) for field in ("net", "vat", "to_pay")]
    assert seen == [Decimal(net), Decimal(vat), Decimal(pay)], f"saw {invoice}"


@then(parsers.re(r'invoice "(?P<name>[^"]*)" is (?P<state>issued|draft|partly_paid|paid|credited)$'))
def invoice_state(world: World, name: str, state: str) -> None:
    world.holds(lambda: world.invoice(name)["state"], lambda seen: seen == state, lambda seen: f"  {seen}")


@then(parsers.re(r'invoice "(?P<name>[^"]*)" is gone$'))
def invoice_gone(world: World, name: str) -> None:
    with pytest.raises(Refused) as refused:
        world.invoice(name)
    assert refused.value.status == 404


@then(parsers.re(r'invoice "(?P<name>[^"]*)" is of type (?P<type_>advance|regular|credit note|plain)'))
def invoice_type(world: World, name: str, type_: str) -> None:
    assert world.invoice(name)["type"] == type_


@then(parsers.re(rf"invoices of {ACCOUNT} are"))
def invoices(world: World, kind: str, code: str, datatable: Table) -> None:
    expected = rows_of(datatable)

    def look() -> list[dict[str, Any]]:
        items = list(world.office.billing.all("/v1/invoices", **{kind: code}))
        return [item for item in items if kind == "project" or item["project"] is None]

    columns = ["type", "origin", "net", "state"]
    world.holds(look, lambda seen: in_any_order(expected, seen), lambda seen: shown(seen, columns))


@then(parsers.re(r'the numbers of "(?P<names>[^"]*)" are consecutive'))
def consecutive(world: World, names: str) -> None:
    found = [world.invoice(name.strip()) for name in names.split(",")]
    series = {(invoice["series"], invoice["fiscal_year"]) for invoice in found}
    assert len(series) == 1, f"they are of different series: {series}"
    numbers = [int(invoice["sequence"]) for invoice in found]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), f"saw {numbers}"


@then(parsers.re(r'the due date of invoice "(?P<name>[^"]*)" issued on (?P<issued>[\d-]+) is (?P<due>[\d-]+)'))
def due_date(world: World, name: str, issued: str, due: str) -> None:
    answer = world.office.billing.get(f"/v1/invoices/{world.invoices[name]}/due-date", issued=issued)
    assert answer["due_date"] == due


@then(parsers.re(r'that is refused as "(?P<slug>[^"]*)"'))
def refused(world: World, slug: str) -> None:
    assert world.refused is not None, "nothing was refused"
    seen, world.refused = world.refused, None
    assert seen.slug == slug, str(seen)
