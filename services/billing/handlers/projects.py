"""Projects and phases: what the work is for. A change raises the project's version and announces all of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.handlers.records import locked_organisation, merge, needed, unknown
from services.billing.handlers.refusals import exceeds_remaining, too_many_decimals
from services.billing.handlers.suspense import master_data_changed
from services.billing.models import Phase, Project
from services.billing.queries import accounts, customers, fixed_price, invoicing, projects
from shared.contracts.billing import PhaseRecord, ProjectRecord
from shared.http.problems import conflict, invalid_input, not_found
from shared.messaging.outbox import publish
from shared.money import as_money
from shared.words import BillingMethod


async def save_project(
    session: AsyncSession, organisation: str, code: str, given: Mapping[str, Any], now: datetime
) -> Project:
    """Make the project, or change the fields that are given. Its customer stays once it was used."""
    owner = await locked_organisation(session, organisation)
    if given.get("customer") is not None and not await customers.find(session, organisation, given["customer"]):
        raise unknown("customer", given["customer"])
    row = await projects.find(session, organisation, code, for_update=True)
    if row is not None:
        return await _change(session, row, given, now)
    customer = needed(given, "customer", "project")
    row = Project(organisation=organisation, code=code, version=0, name=code, customer=customer, created_at=now)
    merge(row, {name: value for name, value in given.items() if value is not None})
    session.add(row)
    await session.flush()
    await accounts.open_account(session, organisation, customer, code, owner.currency)
    await _announce(session, row)
    await master_data_changed(session, organisation, now, project=code)
    return row


async def _change(session: AsyncSession, row: Project, given: Mapping[str, Any], now: datetime) -> Project:
    before = row.customer
    moves = given.get("customer", before) != before
    if moves and await accounts.project_is_used(session, row.organisation, row.code):
        raise conflict(
            "project-in-use", f"{row.code} has time or invoices of {before}: make a new project for another customer."
        )
    if not merge(row, given, ("name", "customer", "closed")):
        return row
    await _announce(session, row)
    if row.customer != before:
        await projects.give_account_to(session, row.organisation, row.code, row.customer)
        await master_data_changed(session, row.organisation, now, project=row.code)
    return row


async def save_phase(
    session: AsyncSession, organisation: str, project: str, code: str, *, given: Mapping[str, Any], now: datetime
) -> Phase:
    """Make the phase, or change the fields that are given. What is in the ledger already stays as it is."""
    currency = (await locked_organisation(session, organisation)).currency
    owner = await projects.find(session, organisation, project, for_update=True)
    if owner is None:
        raise not_found("project", project)
    row = await projects.find_phase(session, organisation, project, code)
    made = row is None
    if row is None:
        method = BillingMethod.TIME_AND_MATERIALS.value
        row = Phase(organisation=organisation, project=project, code=code, name=code, method=method, created_at=now)
        session.add(row)
    values = _values(given)
    price = values.get("price")
    if price is not None and as_money(price, currency) != price:
        raise too_many_decimals("/price", price, currency)
    if not made:
        await _check_billed(session, row, values)
    if not (merge(row, values, ("name", "method", "closed")) or made):
        return row
    if row.price is not None and row.method != BillingMethod.FIXED_PRICE:
        raise invalid_input(f"a phase that is billed as {row.method} has no price of its own", "/price")
    await _announce(session, owner)
    if made:
        await master_data_changed(session, organisation, now, project=project)
    return row


async def _check_billed(session: AsyncSession, row: Phase, values: Mapping[str, Any]) -> None:
    """A fixed price is never less than what was billed of it. Drafts of another price must be made anew."""
    method, price = values.get("method", row.method), values.get("price", row.price)
    if (method, price) == (row.method, row.price):
        return
    await invoicing.lock_projects(session, [(row.organisation, row.project)])
    await session.refresh(row, ["billed"])
    if row.billed and method != BillingMethod.FIXED_PRICE:
        raise conflict("phase-billed", f"{row.billed} of the price of {row.project}/{row.code} is billed already.")
    if (price or 0) < row.billed:
        raise exceeds_remaining(
            f"{row.billed} of {row.project}/{row.code} is billed already: the price cannot be less.", row.billed
        )
    await fixed_price.outdate_drafts(session, row.organisation, row.project, row.code)


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    """A phase that is no longer billed at a fixed price has none."""
    values = {name: value.value if isinstance(value, BillingMethod) else value for name, value in given.items()}
    if values.get("method") not in (None, BillingMethod.FIXED_PRICE):
        values.setdefault("price", None)
    return values


async def _announce(session: AsyncSession, row: Project) -> None:
    row.version += 1
    await session.flush()
    phases = await projects.phases_of(session, row.organisation, [row.code])
    await publish(session, [_record(row, phases[row.code])])


def _record(row: Project, phases: list[Phase]) -> ProjectRecord:
    return ProjectRecord(
        organisation=row.organisation,
        code=row.code,
        version=row.version,
        name=row.name,
        customer=row.customer,
        closed=row.closed,
        phases=tuple(
            PhaseRecord(
                code=phase.code,
                name=phase.name,
                method=BillingMethod(phase.method),
                closed=phase.closed,
                budget_minutes=phase.budget_minutes,
                budget_amount=phase.budget_amount,
            )
            for phase in phases
        ),
    )
