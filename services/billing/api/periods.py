"""Which period, or which day, an accountant asks for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from services.billing.api.billing_roles import Biller
from services.billing.queries import invoicing
from services.billing.queries.bookkeeping.issued import Period
from services.billing.queries.bookkeeping.open_items import Wanted
from shared.clock import zone
from shared.contracts.base import Code, Day
from shared.http.problems import invalid_input, not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession


async def _period(
    principal: Biller,
    first_day: Annotated[Day, Query(alias="from", description="Issue date, inclusive.")],
    last_day: Annotated[Day, Query(alias="until", description="Issue date, inclusive.")],
) -> Period:
    if last_day < first_day:
        raise invalid_input("until lies before from", "/until", place="query")
    return Period(principal.org, first_day, last_day)


async def _as_of(
    principal: Biller,
    session: ReadSession,
    clock: CurrentClock,
    as_of: Annotated[Day | None, Query(description="The end of this day; today when left out.")] = None,
    customer: Annotated[Code | None, Query()] = None,
) -> Wanted:
    if as_of is None:
        time_zone = await invoicing.time_zone_of(session, principal.org)
        if time_zone is None:
            raise not_found("organisation", principal.org)
        as_of = clock().astimezone(zone(time_zone)).date()
    return Wanted(principal.org, as_of, customer)


InPeriod = Annotated[Period, Depends(_period)]
AsOf = Annotated[Wanted, Depends(_as_of)]
