"""Customers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from services.billing.handlers.customers import save_customer
from services.billing.models import Customer, InvoicingPreferences
from services.billing.queries import customers, preferences
from services.billing.schemas.customers import CustomerIn, CustomerOut
from shared.contracts.base import Code
from shared.http.auth import Principal, Role, require
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session

router = APIRouter(prefix="/v1/customers", tags=["customers"])
Writer = Annotated[Principal, require(Role.BILLING, Role.ADMIN)]
Reader = Annotated[Principal, require(Role.BILLING, Role.ADMIN, Role.APPROVER)]


@router.put("/{code}")
async def put_customer(
    code: Code, body: CustomerIn, principal: Writer, session: Session, clock: CurrentClock
) -> CustomerOut:
    """Make a customer, or change the fields that are sent. Work that waited for it goes on."""
    row = await save_customer(session, principal.org, code, body.given(), clock())
    return _shown(row, await preferences.find(session, principal.org, "customer", code))


@router.get("/{code}")
async def get_customer(code: Code, principal: Reader, session: ReadSession) -> CustomerOut:
    row = await customers.find(session, principal.org, code)
    if row is None:
        raise not_found("customer", code)
    return _shown(row, await preferences.find(session, principal.org, "customer", code))


@router.get("")
async def list_customers(
    principal: Reader, session: ReadSession, paging: Paging, active: bool | None = None
) -> Page[CustomerOut]:
    after = paging.key(str)
    rows = await customers.listed(
        session, principal.org, active=active, after=after[0] if after else None, limit=paging.limit + 1
    )
    return page(rows, paging, lambda row: (row[0].code,), lambda row: _shown(*row))


def _shown(row: Customer, preferred: InvoicingPreferences | None) -> CustomerOut:
    shown = CustomerOut.model_validate(row)
    if preferred is None:
        return shown
    return shown.model_copy(update={"language": preferred.language, "payment_term": preferred.payment_term})
