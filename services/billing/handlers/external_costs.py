"""External costs: what a project is invoiced on besides its entries. They can be changed until they are invoiced.

Each is a row of the project's ledger: part of the unbilled balance and of regular invoices, never an advance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.handlers import refusals
from services.billing.handlers.records import unknown
from services.billing.queries import accounts, external_costs
from services.billing.queries.invoicing import BilledAccount, lock_account, phases_of
from services.billing.queries.reversing import reverse_rows
from shared.http.problems import conflict, invalid_input, not_found, register_problems
from shared.ids import new_id
from shared.money import as_money, money_as_parts

register_problems({"cost-invoiced": "The external cost is on an issued invoice"})


@dataclass(frozen=True, slots=True)
class Cost:
    """``amount`` excluding VAT; ``vat_rate`` None: the customer's treatment and the standard rate decide."""

    project: str
    description: str
    amount: Decimal
    day: date
    phase: str | None = None
    vat_rate: Decimal | None = None


async def add_cost(session: AsyncSession, organisation: str, cost: Cost, by: str, now: datetime) -> UUID:
    """A cost that is unbilled from now on; its id. Raises ``unknown-project``, ``unknown-phase`` and others."""
    account = await _account(session, organisation, cost.project)
    cost_id = new_id()
    row = {
        "id": cost_id,
        "organisation": organisation,
        "account_id": account.id,
        "project": cost.project,
        "phase": cost.phase,
        "description": cost.description,
        "amount": cost.amount,
        "vat_rate": cost.vat_rate,
        "day": cost.day,
    }
    await _check(session, row, account)
    await external_costs.add(session, row, by, now)
    await accounts.add_to_balances(session, {account.id: money_as_parts(cost.amount)})
    return cost_id


async def change_cost(
    session: AsyncSession, organisation: str, cost_id: UUID, given: Mapping[str, Any], *, by: str, now: datetime
) -> None:
    """Change the fields that are given. A draft that has it must be refreshed.

    Raises ``not-found``, ``cost-invoiced``, ``unknown-phase``, ``invalid-input``.
    """
    before = await _changeable(session, organisation, cost_id)
    for name in ("description", "amount", "day"):
        if name in given and given[name] is None:
            raise invalid_input(f"{name} cannot be empty", f"/{'date' if name == 'day' else name}")
    after = {**dict(before), **given}
    if all(after[name] == before[name] for name in given):
        return
    account = await _account(session, organisation, before["project"])
    await _check(session, after, account)
    await reverse_rows(session, {before["row_id"]: None}, now)
    await external_costs.change(session, after, by, now)
    await external_costs.accrue(session, after, now)
    await accounts.add_to_balances(session, {account.id: money_as_parts(after["amount"]) - before["parts"]})


async def delete_cost(session: AsyncSession, organisation: str, cost_id: UUID, by: str, now: datetime) -> None:
    """Take it out of the balance. Raises ``not-found``, ``cost-invoiced``."""
    cost = await _changeable(session, organisation, cost_id)
    await reverse_rows(session, {cost["row_id"]: None}, now)
    await external_costs.delete(session, cost_id, by, now)
    await accounts.add_to_balances(session, {cost["account_id"]: -cost["parts"]})


async def _account(session: AsyncSession, organisation: str, project: str) -> BilledAccount:
    account = await lock_account(session, organisation, project=project, customer=None)
    if account is None:
        raise unknown("project", project)
    return account


async def _changeable(session: AsyncSession, organisation: str, cost_id: UUID) -> asyncpg.Record:
    """The cost, its account locked; not yet on an issued invoice."""
    await external_costs.lock_account_of(session, organisation, cost_id)
    cost = await external_costs.find(session, organisation, cost_id)
    if cost is None:
        raise not_found("external cost", cost_id)
    if cost["how"] == "issued":
        raise conflict(
            "cost-invoiced",
            f"This cost is on invoice {cost['number']}: credit it there first.",
            invoice_id=str(cost["invoice_id"]),
            number=cost["number"],
        )
    return cost


async def _check(session: AsyncSession, cost: Mapping[str, Any], account: BilledAccount) -> None:
    if cost["phase"] is not None:
        known = await phases_of(session, cost["organisation"], cost["project"])
        if cost["phase"] not in known:
            raise unknown("phase", cost["phase"])
    if as_money(cost["amount"], account.currency) != cost["amount"]:
        raise refusals.too_many_decimals("/amount", cost["amount"], account.currency)
    rate, basis = cost["vat_rate"], account.basis
    if rate is not None and not basis.allows(basis.of(rate), cost["day"], None):
        raise refusals.rate_not_allowed(basis.country, rate, cost["day"], "/vat_rate")
