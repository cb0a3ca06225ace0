"""Organisations: made by the installation; an organisation reads and changes its own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from services.billing.handlers.organisations import change_organisation, save_organisation
from services.billing.models import Organisation
from services.billing.queries import organisations
from services.billing.schemas.organisations import OrganisationChange, OrganisationIn, OrganisationOut
from shared.contracts.base import Code
from shared.http.auth import Principal, Role, require
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session

router = APIRouter(tags=["organisations"])
Installation = Annotated[Principal, require(Role.INSTALLATION)]


@router.put("/v1/organisations/{code}", responses=problems({409: ["organisation-in-use"]}))
async def put_organisation(
    code: Code, body: OrganisationIn, _: Installation, session: Session, clock: CurrentClock
) -> OrganisationOut:
    """Make an organisation, or change the fields that are sent."""
    return _shown(await save_organisation(session, code, body.given(), clock()))


@router.get("/v1/organisations/{code}")
async def get_organisation(code: Code, _: Installation, session: ReadSession) -> OrganisationOut:
    return _shown(await _found(session, code))


@router.get("/v1/organisations")
async def list_organisations(_: Installation, session: ReadSession, paging: Paging) -> Page[OrganisationOut]:
    after = paging.key(str)
    rows = await organisations.listed(session, after[0] if after else None, paging.limit + 1)
    return page(rows, paging, lambda row: (row.code,), _shown)


@router.get("/v1/organisation")
async def get_own_organisation(
    principal: Annotated[Principal, require(Role.ADMIN, Role.BILLING)], session: ReadSession
) -> OrganisationOut:
    """The organisation of the token."""
    return _shown(await _found(session, principal.org))


@router.patch("/v1/organisation")
async def patch_own_organisation(
    body: OrganisationChange,
    principal: Annotated[Principal, require(Role.ADMIN)],
    session: Session,
    clock: CurrentClock,
) -> OrganisationOut:
    """Change what invoices say about the seller; fields that are left out stay."""
    return _shown(await change_organisation(session, principal.org, body.given(), clock()))


async def _found(session: Session, code: str) -> Organisation:
    row = await organisations.find(session, code)
    if row is None:
        raise not_found("organisation", code)
    return row


def _shown(row: Organisation) -> OrganisationOut:
    return OrganisationOut.model_validate(row)
