"""Bill rates."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.billing.domain.rates import RateScope
from services.billing.handlers.rates import save_rate
from services.billing.queries import rates
from services.billing.schemas.rates import RateIn, RateOut, rate_out
from shared.contracts.base import Code
from shared.http.auth import Principal, Role, require
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session

router = APIRouter(prefix="/v1/rates", tags=["rates"])
BackOffice = Annotated[Principal, require(Role.BILLING, Role.ADMIN)]


@router.put(
    "",
    responses=problems({409: ["rate-overlaps"], 422: ["unknown-customer", "unknown-project", "unknown-phase"]}),
)
async def put_rate(body: RateIn, principal: BackOffice, session: Session, clock: CurrentClock) -> RateOut:
    """Enter a rate; the same scope, hour type and first day again changes that rate. Work that waited goes on."""
    rate = await save_rate(
        session,
        principal.org,
        body.key(),
        price=body.price,
        valid_from=body.first_day,
        valid_until=body.last_day,
        now=clock(),
    )
    return rate_out(rate)


@router.get("/{rate_id}")
async def get_rate(rate_id: UUID, principal: BackOffice, session: ReadSession) -> RateOut:
    row = await rates.find(session, principal.org, rate_id)
    if row is None:
        raise not_found("rate", rate_id)
    return rate_out(rates.rate_of(row))


@router.get("")
async def list_rates(
    principal: BackOffice,
    session: ReadSession,
    paging: Paging,
    *,
    scope: RateScope | None = None,
    customer: Code | None = None,
    employee: Code | None = None,
    project: Code | None = None,
    phase: Code | None = None,
    hour_type: Code | None = None,
) -> Page[RateOut]:
    """Rates in the order in which they were entered."""
    after = paging.key(UUID)
    rows = await rates.listed(
        session,
        principal.org,
        scope=scope,
        owners={"customer": customer, "employee": employee, "project": project},
        phase=phase,
        hour_type=hour_type,
        after=after[0] if after else None,
        limit=paging.limit + 1,
    )
    return page(rows, paging, lambda row: (row.id,), rate_out)


@router.delete("/{rate_id}", status_code=204)
async def delete_rate(rate_id: UUID, principal: BackOffice, session: Session) -> None:
    """What is accrued keeps the price that it took."""
    if not await rates.remove(session, principal.org, rate_id):
        raise not_found("rate", rate_id)
