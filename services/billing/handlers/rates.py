"""Bill rates: entered, changed, removed. What is accrued keeps the price that it took."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.rates import Rate, RateKey, RateScope
from services.billing.handlers.records import locked_organisation, unknown
from services.billing.handlers.suspense import master_data_changed
from services.billing.models import BillRate
from services.billing.queries import customers, projects, rates
from shared.http.problems import conflict
from shared.ids import new_id


async def save_rate(
    session: AsyncSession,
    organisation: str,
    key: RateKey,
    *,
    price: Decimal,
    valid_from: date | None,
    valid_until: date | None,
    now: datetime,
) -> Rate:
    """Enter a rate; the same scope, hour type and first day again changes that one. Others must not overlap."""
    await locked_organisation(session, organisation)
    await _check_owner(session, organisation, key)
    there = await rates.with_key(session, organisation, key)
    row = next((rate for rate in there if rate.valid_from == valid_from), None)
    new = Rate(new_id() if row is None else row.id, key, price, valid_from, valid_until)
    for other in map(rates.rate_of, there):
        if other.id != new.id and new.overlaps(other):
            raise conflict("rate-overlaps", _overlap(other), rate_id=str(other.id))
    if row is None:
        row = BillRate(id=new.id, organisation=organisation, **key._asdict(), created_at=now, price=price)
        session.add(row)
    row.price, row.valid_from, row.valid_until = price, valid_from, valid_until
    await session.flush()
    await _wake(session, organisation, key, now)
    return new


async def _check_owner(session: AsyncSession, organisation: str, key: RateKey) -> None:
    """Employees are timesheets' records: a rate may be there before the employee is."""
    if key.scope is RateScope.CUSTOMER and not await customers.find(session, organisation, key.code):
        raise unknown("customer", key.code)
    if key.scope in (RateScope.PROJECT, RateScope.PHASE) and not await projects.find(session, organisation, key.code):
        raise unknown("project", key.code)
    if key.scope is RateScope.PHASE and not await projects.find_phase(session, organisation, key.code, key.phase):
        raise unknown("phase", key.phase)


def _overlap(other: Rate) -> str:
    hours = f" for {other.key.hour_type}" if other.key.hour_type else ""
    return f"The {other.key} has a rate{hours} of {other.price} {other.days.days}: two rates of one day would tie."


async def _wake(session: AsyncSession, organisation: str, key: RateKey, now: datetime) -> None:
    match key.scope:
        case RateScope.CUSTOMER:
            await master_data_changed(session, organisation, now, payer=key.code)
        case RateScope.EMPLOYEE:
            await master_data_changed(session, organisation, now, employee=key.code)
        case RateScope.PROJECT | RateScope.PHASE:
            await master_data_changed(session, organisation, now, project=key.code)
        case RateScope.ORGANISATION:
            await master_data_changed(session, organisation, now)
