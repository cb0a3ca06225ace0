"""Invoicing preferences of the organisation, of a customer and of a project."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Final

from fastapi import APIRouter

from services.billing.domain.numbers import FOR_CREDIT_NOTES, FOR_INVOICES
from services.billing.domain.preferences import Preferences, effective
from services.billing.handlers.numbering import check_series
from services.billing.models import InvoicingPreferences
from services.billing.queries import customers, organisations, preferences, projects
from services.billing.schemas.preferences import PreferencesAnswer, PreferencesIn, PreferencesOut
from shared.contracts.base import Code
from shared.http.auth import Principal, Role, require
from shared.http.problems import not_found
from shared.http.session import ReadSession, Session

router = APIRouter(prefix="/v1", tags=["preferences"])
BackOffice = Annotated[Principal, require(Role.BILLING, Role.ADMIN)]


@router.put("/preferences/organisation")
async def put_of_organisation(body: PreferencesIn, principal: BackOffice, session: Session) -> PreferencesAnswer:
    """What holds where no customer or project says otherwise."""
    await _own_organisation(session, principal.org)
    await _check_series(session, principal.org, body)
    row = await preferences.change(session, principal.org, "organisation", "", body.given())
    return await _of_organisation(session, principal.org, row)


@router.get("/preferences/organisation")
async def get_of_organisation(principal: BackOffice, session: ReadSession) -> PreferencesAnswer:
    await _own_organisation(session, principal.org)
    row = await preferences.find(session, principal.org, "organisation")
    return await _of_organisation(session, principal.org, row)


@router.put("/customers/{code}/preferences")
async def put_of_customer(
    code: Code, body: PreferencesIn, principal: BackOffice, session: Session
) -> PreferencesAnswer:
    """What holds for a customer and its projects."""
    await _known_customer(session, principal.org, code)
    await _check_series(session, principal.org, body)
    row = await preferences.change(session, principal.org, "customer", code, body.given())
    return _answer(row, await preferences.effective(session, principal.org, code, None))


@router.get("/customers/{code}/preferences")
async def get_of_customer(code: Code, principal: BackOffice, session: ReadSession) -> PreferencesAnswer:
    await _known_customer(session, principal.org, code)
    row = await preferences.find(session, principal.org, "customer", code)
    return _answer(row, await preferences.effective(session, principal.org, code, None))


@router.put("/projects/{code}/preferences")
async def put_of_project(
    code: Code, body: PreferencesIn, principal: BackOffice, session: Session
) -> PreferencesAnswer:
    """What holds for a project."""
    customer = await _customer_of(session, principal.org, code)
    await _check_series(session, principal.org, body)
    row = await preferences.change(session, principal.org, "project", code, body.given())
    return _answer(row, await preferences.effective(session, principal.org, customer, code))


@router.get("/projects/{code}/preferences")
async def get_of_project(code: Code, principal: BackOffice, session: ReadSession) -> PreferencesAnswer:
    customer = await _customer_of(session, principal.org, code)
    row = await preferences.find(session, principal.org, "project", code)
    return _answer(row, await preferences.effective(session, principal.org, customer, code))


async def _check_series(session: Session, organisation: str, body: PreferencesIn) -> None:
    """A series that is preferred exists, and is for that kind of invoice. Raises ``invalid-input``."""
    for name, kind in _SERIES.items():
        if series := body.given().get(name):
            await check_series(session, organisation, series, kind, f"/{name}")


_SERIES: Final = {
    "number_series": FOR_INVOICES,
    "advance_series": FOR_INVOICES,
    "credit_series": FOR_CREDIT_NOTES,
}


async def _own_organisation(session: Session, code: str) -> str:
    """Its language. Raises not-found."""
    own = await organisations.find(session, code)
    if own is None:
        raise not_found("organisation", code)
    return own.language


async def _known_customer(session: Session, organisation: str, code: str) -> None:
    if await customers.find(session, organisation, code) is None:
        raise not_found("customer", code)


async def _customer_of(session: Session, organisation: str, code: str) -> str:
    project = await projects.find(session, organisation, code)
    if project is None:
        raise not_found("project", code)
    return project.customer


async def _of_organisation(session: Session, organisation: str, row: InvoicingPreferences | None) -> PreferencesAnswer:
    language = await _own_organisation(session, organisation)
    return _answer(row, effective([row.model_dump()] if row else [], language))


def _answer(row: InvoicingPreferences | None, holds: Preferences) -> PreferencesAnswer:
    own = PreferencesOut() if row is None else PreferencesOut.model_validate(row)
    return PreferencesAnswer(own=own, effective=PreferencesOut(**asdict(holds)))
