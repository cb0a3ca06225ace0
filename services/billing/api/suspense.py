"""What waits for a price, and how an entry came to its price."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.billing.api.showing import price_of_accrual, price_of_suspended, price_of_unpriced, suspended_out
from services.billing.domain.pricing import SuspenseReason
from services.billing.queries import entries, organisations, repricing, suspense
from services.billing.schemas.accounts import PriceOfEntry, SuspendedOut
from shared.contracts.base import Code
from shared.http.auth import Principal, Role, require
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.session import ReadSession

router = APIRouter(prefix="/v1", tags=["accounts"])
BackOffice = Annotated[Principal, require(Role.BILLING, Role.ADMIN)]


@router.get("/suspense")
async def list_suspense(
    principal: BackOffice,
    session: ReadSession,
    paging: Paging,
    reason: SuspenseReason | None = None,
    project: Code | None = None,
) -> Page[SuspendedOut]:
    """Approved entries that count in no balance yet, the longest waiting first."""
    rows = await suspense.listed(
        session,
        principal.org,
        reason=reason,
        project=project,
        after=paging.key(datetime, UUID, int),
        limit=paging.limit + 1,
    )
    return page(rows, paging, lambda row: (row.since, row.entry_id, row.version), suspended_out)


@router.get("/entries/{entry_id}/price")
async def get_price(entry_id: UUID, principal: BackOffice, session: ReadSession) -> PriceOfEntry:
    """How an approved entry came to its price, or why it has none."""
    terms = (await organisations.load_terms(session, [principal.org])).get(principal.org)
    if terms is not None:
        if waiting := await suspense.of_entry(session, principal.org, entry_id):
            return price_of_suspended(waiting, terms.currency)
        if accrued := await entries.accrual(session, principal.org, entry_id):
            why = await repricing.why(session, accrued.id) if accrued.id and accrued.repricing_id else None
            return price_of_accrual(accrued, terms.currency, why)
        if unpriced := await entries.unpriced(session, principal.org, entry_id):
            return price_of_unpriced(unpriced, terms.currency)
    raise not_found("approved entry", entry_id)
