"""Routes of the series of invoice numbers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from services.billing.api.billing_roles import Biller
from services.billing.handlers.numbering import all_series, change_series
from services.billing.schemas.numbering import AllSeries, SeriesIn, SeriesOut
from shared.contracts.base import Code
from shared.http.auth import Principal, Role, require
from shared.http.session import ReadSession, Session

router = APIRouter(tags=["invoices"])


@router.get("/v1/number-series", summary="Series of invoice numbers")
async def listed(principal: Biller, session: ReadSession) -> AllSeries:
    """What their numbers look like, and where they stand."""
    return AllSeries(items=[SeriesOut.model_validate(row) for row in await all_series(session, principal.org)])


@router.put("/v1/number-series/{series}", summary="Make a series, or change what its numbers look like")
async def change(
    series: Code, body: SeriesIn, principal: Annotated[Principal, require(Role.ADMIN)], session: Session
) -> AllSeries:
    """From the next number on; numbers that were given stay. There are no gaps; each fiscal year begins with 1."""
    await change_series(session, principal.org, series, body.format, body.kind)
    return AllSeries(items=[SeriesOut.model_validate(row) for row in await all_series(session, principal.org)])
