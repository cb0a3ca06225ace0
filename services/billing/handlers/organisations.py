"""Organisations are made by the installation and change themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.handlers.numbering import check_fiscal_year_start
from services.billing.handlers.records import merge, needed, with_country
from services.billing.handlers.registrations import check_registration
from services.billing.handlers.suspense import master_data_changed
from services.billing.models import Organisation
from services.billing.queries import organisations
from shared.contracts.billing import OrganisationRecord
from shared.http.problems import conflict, not_found
from shared.messaging.outbox import publish

_DEFAULTS: Final[Mapping[str, Any]] = {
    "country": "NL",
    "currency": "EUR",
    "time_zone": "Europe/Amsterdam",
    "language": "nl",
}
_REQUIRED = ("name", "subscription_scheduler", "fiscal_year_start", *_DEFAULTS)


async def save_organisation(session: AsyncSession, code: str, given: Mapping[str, Any], now: datetime) -> Organisation:
    """Make the organisation, or change the fields that are given."""
    row = await organisations.find_for_update(session, code)
    if row is None:
        return await _make(session, code, given, now)
    return await _change(session, row, given, now)


async def change_organisation(
    session: AsyncSession, code: str, given: Mapping[str, Any], now: datetime
) -> Organisation:
    row = await organisations.find_for_update(session, code)
    if row is None:
        raise not_found("organisation", code)
    return await _change(session, row, given, now)


async def _make(session: AsyncSession, code: str, given: Mapping[str, Any], now: datetime) -> Organisation:
    needed(given, "name", "organisation")
    row = Organisation(code=code, created_at=now, version=1, generation=1, **_DEFAULTS, name=given["name"])
    merge(row, _shaped(given, given.get("country") or row.country), _REQUIRED)
    check_registration(row.registration_number, row.country)
    session.add(row)
    await session.flush()
    await publish(session, [_record(row)])
    return row


async def _change(session: AsyncSession, row: Organisation, given: Mapping[str, Any], now: datetime) -> Organisation:
    before = _record(row)
    start = given.get("fiscal_year_start")
    if start is not None and start != row.fiscal_year_start:
        await check_fiscal_year_start(session, row.code, start)
    currency = given.get("currency") or row.currency
    if currency != row.currency and await organisations.has_ledger(session, row.code):
        raise conflict(
            "organisation-in-use", f"{row.code} has amounts in {row.currency}: its currency cannot change any more."
        )
    merge(row, _shaped(given, given.get("country") or row.country), _REQUIRED)
    if given.keys() & {"registration_number", "country"}:
        check_registration(row.registration_number, row.country)
    if _record(row) != before:
        row.version += 1
        await session.flush()
        await publish(session, [_record(row)])
    if currency != before.currency:
        await organisations.change_currency(session, row.code, currency)
        await master_data_changed(session, row.code, now)
    return row


def _shaped(given: Mapping[str, Any], country: str) -> dict[str, Any]:
    if "address" not in given:
        return dict(given)
    address = given["address"]
    return {**given, "address": with_country(address and address.model_dump(), country)}


def _record(row: Organisation) -> OrganisationRecord:
    return OrganisationRecord(
        organisation=row.code,
        code=row.code,
        version=row.version,
        name=row.name,
        country=row.country,
        currency=row.currency,
        time_zone=row.time_zone,
    )
