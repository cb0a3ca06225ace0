"""Customers: who pays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.handlers.records import locked_organisation, merge, needed, with_country
from services.billing.handlers.registrations import check_registration
from services.billing.handlers.suspense import master_data_changed
from services.billing.models import Customer, Organisation
from services.billing.queries import accounts, customers, preferences
from shared.contracts.billing import CustomerRecord
from shared.messaging.outbox import publish

#: Kept with its invoicing preferences, so that they are said in one place.
_PREFERRED = ("payment_term", "language")
_REQUIRED = ("name", "kind", "country", "vat_treatment", "active")


async def save_customer(
    session: AsyncSession, organisation: str, code: str, given: Mapping[str, Any], now: datetime
) -> Customer:
    """Make the customer, or change the fields that are given."""
    owner = await locked_organisation(session, organisation)
    own = {name: value for name, value in given.items() if name not in _PREFERRED}
    row = await customers.find(session, organisation, code, for_update=True)
    made = row is None
    row = await _make(session, owner, code, own, now) if row is None else await _change(session, row, own)
    preferred = {name: given[name] for name in _PREFERRED if name in given}
    if preferred:
        await preferences.change(session, organisation, "customer", code, preferred)
    if made:
        await master_data_changed(session, organisation, now, customer=code)
    return row


async def _make(
    session: AsyncSession, owner: Organisation, code: str, given: Mapping[str, Any], now: datetime
) -> Customer:
    row = Customer(
        organisation=owner.code,
        code=code,
        version=1,
        name=needed(given, "name", "customer"),
        kind="business",
        country=owner.country,
        vat_treatment="standard",
        created_at=now,
    )
    merge(row, _shaped(given, given.get("country") or row.country), _REQUIRED)
    _check_registration(row, given)
    session.add(row)
    await session.flush()
    await accounts.open_account(session, owner.code, code, None, owner.currency)
    await publish(session, [_record(row)])
    return row


async def _change(session: AsyncSession, row: Customer, given: Mapping[str, Any]) -> Customer:
    before = _record(row)
    merge(row, _shaped(given, given.get("country") or row.country), _REQUIRED)
    _check_registration(row, given)
    if _record(row) != before:
        row.version += 1
        await session.flush()
        await publish(session, [_record(row)])
    return row


def _check_registration(row: Customer, given: Mapping[str, Any]) -> None:
    """A person may have any number; a business that of its country."""
    if row.kind == "business" and given.keys() & {"registration_number", "country", "kind"}:
        check_registration(row.registration_number, row.country)


def _shaped(given: Mapping[str, Any], country: str) -> dict[str, Any]:
    if "address" not in given:
        return dict(given)
    address = given["address"]
    return {**given, "address": with_country(address and address.model_dump(), country)}


def _record(row: Customer) -> CustomerRecord:
    return CustomerRecord(
        organisation=row.organisation, code=row.code, version=row.version, name=row.name, active=row.active
    )
