"""Subscriptions: recorded, changed, paused and ended, and their price from a period on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.asked import AskedLine
from services.billing.domain.subscriptions import Price, Rhythm, Unit, price_on
from services.billing.handlers import refusals
from services.billing.handlers.advances import check_vat_rate
from services.billing.handlers.records import needed, unknown
from services.billing.queries import invoicing, subscriptions
from services.billing.queries.invoicing import BilledAccount
from shared.http.problems import conflict, invalid_input, not_found
from shared.money import as_money

_NEW: Final = {
    "project": None,
    "customer": None,
    "reference": None,
    "unit": Unit.MONTH.value,
    "every": 1,
    "end_day": None,
    "days_ahead": 0,
    "issue": True,
    "paused": False,
    "revision": None,
}
_NULLABLE: Final = ("project", "customer", "reference", "end_day")
#: What says when periods begin: it stays once one was billed.
_WHEN: Final = ("start_day", "unit", "every")
_PRICE: Final = ("amount", "vat_rate", "description", "lines")


@dataclass(frozen=True, slots=True)
class Saved:
    row: dict[str, Any]
    prices: list[Price]


def rhythm_of(row: Mapping[str, Any]) -> Rhythm:
    return Rhythm(row["start_day"], Unit(row["unit"]), row["every"], row["end_day"])


def bill_on(row: Mapping[str, Any], day: date | None) -> date | None:
    """When the period that begins on ``day`` is to be billed."""
    return None if day is None else day - timedelta(days=row["days_ahead"])


async def save_subscription(
    session: AsyncSession, organisation: str, code: str, given: Mapping[str, Any], by: str
) -> Saved:
    """Make the subscription, or change the fields that are given; the amount, VAT rate, text or lines from the day
    ``price_from`` on (None: from the next period that was not billed).

    Raises ``unknown-project``, ``unknown-customer``, ``subscription-in-use``, ``period-billed``, ``invalid-input``.
    """
    known = await subscriptions.find(session, organisation, code, lock=True)
    given = {name: value for name, value in given.items() if value is not None or name in (*_NULLABLE, *_PRICE)}
    row = {**_NEW, **(known or {}), **_moved(given), "organisation": organisation, "code": code}
    needed({"start": row.get("start_day")}, "start", "subscription")
    if known is None and row["end_day"] is not None and row["end_day"] < row["start_day"]:
        raise invalid_input("it ends before it starts", "/end")
    account = await _account(session, row)
    row["currency"] = account.currency
    billed = await subscriptions.billed_days(session, organisation, code) if known else set()
    if known is not None and billed:
        _check_use(known, row)
    row["next_day"] = rhythm_of(row).first_unbilled(billed)
    row["bill_on"] = bill_on(row, row["next_day"])
    if known is not None:
        await subscriptions.update(session, row)
    elif not await subscriptions.insert(session, row, by):
        raise conflict("conflict", f"The subscription {code!r} was made at the same time: look, and try again.")
    await _save_price(session, row, given, billed, account)
    return await saved(session, organisation, code)


async def saved(session: AsyncSession, organisation: str, code: str) -> Saved:
    """The subscription as it is. Raises ``not-found``."""
    row = await subscriptions.find(session, organisation, code)
    if row is None:
        raise not_found("subscription", code)
    return Saved(row, (await subscriptions.prices(session, organisation, [code]))[code])


async def free_period(session: AsyncSession, organisation: str, code: str, day: date) -> None:
    """A period whose draft was deleted can be billed again. Raises ``not-found``, ``period-billed``."""
    row = await subscriptions.find(session, organisation, code, lock=True)
    period = await subscriptions.find_period(session, organisation, code, day)
    if row is None or period is None:
        raise not_found("billed period", f"{code}/{day}")
    if not await subscriptions.free_period(session, organisation, code, day):
        raise conflict(
            "period-billed", f"The period of {day} is on an invoice: credit that, or delete its draft first."
        )
    first = rhythm_of(row).first_unbilled(await subscriptions.billed_days(session, organisation, code))
    await subscriptions.move_on(session, organisation, code, first, bill_on(row, first))


def _moved(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the subscription itself; one that gets a project leaves its customer, and the other way round."""
    own = {name: value for name, value in given.items() if name not in (*_PRICE, "price_from")}
    if given.get("project") is not None:
        own.setdefault("customer", None)
    if given.get("customer") is not None:
        own.setdefault("project", None)
    return own


async def _account(session: AsyncSession, row: Mapping[str, Any]) -> BilledAccount:
    if (row["project"] is None) == (row["customer"] is None):
        raise invalid_input("name a project, or a customer (for a subscription without a project)", "/project")
    account = await invoicing.find_account(
        session, row["organisation"], project=row["project"], customer=row["customer"]
    )
    if account is None:
        raise unknown("project", row["project"]) if row["project"] else unknown("customer", row["customer"])
    return account


def _check_use(known: Mapping[str, Any], row: Mapping[str, Any]) -> None:
    changed = [name for name in (*_WHEN, "project", "customer") if row[name] != known[name]]
    if changed:
        raise conflict(
            "subscription-in-use",
            f"Periods of {known['code']} were billed: its start, period, project and customer stay as they are."
            " End it, and make another one.",
        )


async def _save_price(
    session: AsyncSession, row: Mapping[str, Any], given: Mapping[str, Any], billed: set[date], account: BilledAccount
) -> None:
    organisation, code = row["organisation"], row["code"]
    known = (await subscriptions.prices(session, organisation, [code]))[code]
    changes = {name: given[name] for name in _PRICE if name in given}
    if known and not changes:
        return
    start = row["next_day"] or max(billed, default=row["start_day"]) + timedelta(days=1)
    day = (given.get("price_from") if known else None) or start
    if any(period >= day for period in billed):
        raise conflict(
            "period-billed", f"Periods from {day} on were billed at the old price: it can change after them."
        )
    price = _changed(price_on(known, day) if known else None, day, changes)
    if price.amount is None and price.lines is None:
        raise invalid_input("a new subscription needs an amount, or lines", "/amount")
    _check_price(price, account)
    if not known or replace(price, valid_from=day) != replace(price_on(known, day), valid_from=day):
        await subscriptions.write_price(session, organisation, code, price)


def _changed(holds: Price | None, day: date, changes: Mapping[str, Any]) -> Price:
    """What is given of a price, over what holds; an amount takes the place of lines, and the other way round."""
    price = replace(holds, valid_from=day) if holds else Price(day)
    changes = dict(changes)
    if changes.get("amount") is not None and changes.get("lines") is not None:
        raise invalid_input("it has an amount, or lines", "/lines")
    if changes.get("amount") is not None:
        changes["lines"] = None
    elif changes.get("lines") is not None:
        changes |= {"amount": None, "vat_rate": None, "description": None}
    else:
        changes.pop("amount", None)
        changes.pop("lines", None)
    return replace(price, **changes)


def _check_price(price: Price, account: BilledAccount) -> None:
    currency = account.currency
    if price.amount is not None and as_money(price.amount, currency) != price.amount:
        raise refusals.too_many_decimals("/amount", price.amount, currency)
    check_vat_rate(account, price.vat_rate)
    for place, line in enumerate(price.lines or ()):
        check_vat_rate(account, line.vat_rate, f"/lines/{place}/vat_rate")
    if price.lines is not None and _total(price.lines, currency) <= 0:
        raise invalid_input("its lines come to nothing", "/lines")


def _total(lines: tuple[AskedLine, ...], currency: str) -> Decimal:
    return sum((line.net(currency) for line in lines), Decimal(0))
