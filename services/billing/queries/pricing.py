"""What pricing needs to know, loaded for a whole batch at once: accounts, phases, preferences, rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.preferences import NAMES, Preferences, RoundingPer, effective
from services.billing.domain.price_list import ListPrice, PriceList, listed_item
from services.billing.domain.pricing import Account, Books, DayGroup, SoFar, Work
from services.billing.domain.rates import Rate, RateKey, RateScope, RateTable
from services.billing.queries.organisations import OrganisationTerms
from services.billing.queries.price_list import load_prices
from shared.database.bulk import fetch
from shared.words import BillingMethod

Pair = tuple[str, str]
#: (organisation, scope, code) of a rate or of preferences.
Place = tuple[str, str, str]

_ACCOUNTS = """
SELECT a.id, a.organisation, a.project, a.customer
FROM unnest($1::text[], $2::text[]) AS k(organisation, project) JOIN accounts a USING (organisation, project)
UNION ALL
SELECT a.id, a.organisation, a.project, a.customer
FROM unnest($3::text[], $4::text[]) AS k(organisation, customer) JOIN accounts a USING (organisation, customer)
WHERE a.project IS NULL
"""
_PHASES = """
SELECT p.organisation, p.project, p.code, p.method
FROM unnest($1::text[], $2::text[]) AS k(organisation, project) JOIN phases p USING (organisation, project)
"""
_PREFERENCES = """
SELECT p.* FROM unnest($1::text[], $2::text[], $3::text[]) AS k(organisation, scope, code)
JOIN invoicing_preferences p USING (organisation, scope, code)
"""
_RATES = """
SELECT r.* FROM unnest($1::text[], $2::text[], $3::text[]) AS k(organisation, scope, code)
JOIN bill_rates r USING (organisation, scope, code)
"""


async def load_books(
    session: AsyncSession, works: Iterable[tuple[str, Work]], organisations: Mapping[str, OrganisationTerms]
) -> dict[str, Books]:
    """Books of each of ``organisations``, with what the (organisation, work) pairs can ask of them."""
    works = list(works)
    projects = {(code, work.project) for code, work in works if work.project is not None}
    customers = {(code, work.customer) for code, work in works if work.project is None and work.customer is not None}
    employees = {(code, work.employee) for code, work in works if work.employee is not None}
    accounts = await fetch(session, _ACCOUNTS, *_columns(projects, 2), *_columns(customers, 2))
    phases = await fetch(session, _PHASES, *_columns(projects, 2))
    payers = {(row["organisation"], row["customer"]) for row in accounts}
    preferences = await load_preferences(session, organisations, payers, projects)
    rates = await _rates(session, organisations, payers, projects, employees)
    prices = await load_prices(session, _listed_items(works), payers, projects)
    return {
        code: _books(
            code,
            terms,
            accounts=accounts,
            phases=phases,
            layers=preferences,
            rates=rates.get(code, ()),
            prices=prices.get(code, ()),
        )
        for code, terms in organisations.items()
    }


def _listed_items(works: Iterable[tuple[str, Work]]) -> set[tuple[str, str, str]]:
    """What is looked up in the price list: what brings no price of its own."""
    items = {(code, listed_item(work.kind, work.article)) for code, work in works if work.unit_price is None}
    return {(code, *item) for code, item in items if item is not None}


def _books(
    organisation: str,
    terms: OrganisationTerms,
    *,
    accounts: Sequence[asyncpg.Record],
    phases: Sequence[asyncpg.Record],
    layers: Mapping[Place, Mapping[str, Any]],
    rates: Iterable[Rate],
    prices: Iterable[ListPrice],
) -> Books:
    own = [row for row in accounts if row["organisation"] == organisation]
    made = {row["id"]: _account(row, terms, layers) for row in own}
    return Books(
        currency=terms.currency,
        projects={row["project"]: made[row["id"]] for row in own if row["project"] is not None},
        customers={row["customer"]: made[row["id"]] for row in own if row["project"] is None},
        phases={
            (row["project"], row["code"]): BillingMethod(row["method"])
            for row in phases
            if row["organisation"] == organisation
        },
        rates=RateTable(rates),
        price_list=PriceList(prices),
    )


def _account(row: asyncpg.Record, terms: OrganisationTerms, layers: Mapping[Place, Mapping[str, Any]]) -> Account:
    preferred = resolve(layers, row["organisation"], row["customer"], row["project"], terms.language)
    return Account(
        id=row["id"],
        customer=row["customer"],
        bill_surcharges=preferred.bill_surcharges,
        rounding=preferred.minutes_rounding,
        rounds_per_day=preferred.rounding_per == RoundingPer.EMPLOYEE_AND_DAY,
        expense_mark_up=preferred.expense_mark_up,
    )


def resolve(
    layers: Mapping[Place, Mapping[str, Any]], organisation: str, customer: str, project: str | None, language: str
) -> Preferences:
    """The preferences of an account: organisation, then customer, then project, the last word counts."""
    places = [(organisation, "organisation", ""), (organisation, "customer", customer)]
    if project is not None:
        places.append((organisation, "project", project))
    return effective((layers[place] for place in places if place in layers), language)


async def load_preferences(
    session: AsyncSession, organisations: Iterable[str], customers: Iterable[Pair], projects: Iterable[Pair]
) -> dict[Place, dict[str, Any]]:
    """What is preferred at each place that says something."""
    places: set[Place] = {(code, "organisation", "") for code in organisations}
    places |= {(organisation, "customer", code) for organisation, code in customers}
    places |= {(organisation, "project", code) for organisation, code in projects}
    rows = await fetch(session, _PREFERENCES, *_columns(places, 3))
    return {(row["organisation"], row["scope"], row["code"]): {name: row[name] for name in NAMES} for row in rows}


async def _rates(
    session: AsyncSession,
    organisations: Iterable[str],
    customers: Iterable[Pair],
    projects: Iterable[Pair],
    employees: Iterable[Pair],
) -> dict[str, list[Rate]]:
    places: set[Place] = {(code, RateScope.ORGANISATION, "") for code in organisations}
    places |= {(organisation, RateScope.CUSTOMER, code) for organisation, code in customers}
    places |= {(organisation, RateScope.EMPLOYEE, code) for organisation, code in employees}
    for organisation, code in projects:
        places |= {(organisation, RateScope.PROJECT, code), (organisation, RateScope.PHASE, code)}
    found: dict[str, list[Rate]] = {}
    for row in await fetch(session, _RATES, *_columns(places, 3)):
        found.setdefault(row["organisation"], []).append(rate_of(row))
    return found


def rate_of(row: asyncpg.Record) -> Rate:
    """A row of ``bill_rates``."""
    key = RateKey(RateScope(row["scope"]), row["code"], row["phase"], row["hour_type"])
    return Rate(row["id"], key, row["price"], row["valid_from"], row["valid_until"])


_SO_FAR = """
SELECT k.n, sum(CASE r.kind WHEN 'accrual' THEN r.minutes ELSE -r.minutes END)::int AS minutes,
       sum(CASE r.kind WHEN 'accrual' THEN r.billed_minutes ELSE -r.billed_minutes END)::int AS billed_minutes
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::date[])
     WITH ORDINALITY AS k(account_id, phase, hour_type, employee, day, n)
JOIN ledger_rows r ON r.account_id = k.account_id AND r.day = k.day AND r.kind IN ('accrual', 'reversal')
     AND r.phase IS NOT DISTINCT FROM k.phase AND r.hour_type IS NOT DISTINCT FROM k.hour_type
     AND r.employee IS NOT DISTINCT FROM k.employee AND r.minutes IS NOT NULL
GROUP BY k.n
"""


async def load_so_far(session: AsyncSession, groups: Iterable[DayGroup]) -> dict[DayGroup, SoFar]:
    """Minutes that stand in the ledger of each group that is rounded together; after the accounts are locked."""
    listed = list(set(groups))
    if not listed:
        return {}
    rows = await fetch(session, _SO_FAR, *_columns(listed, 5))
    return {listed[row["n"] - 1]: SoFar(row["minutes"], row["billed_minutes"]) for row in rows}


def _columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """The rows turned into ``width`` arrays, for unnest."""
    listed = list(rows)
    return [[row[index] for row in listed] for index in range(width)]
