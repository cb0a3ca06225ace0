"""Routes of the self-check: do the invariants hold?"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from services.billing.handlers.self_check import Checked, check_now, count_by_check, last_check
from services.billing.queries.self_check import CHECKS
from services.billing.schemas.self_check import CheckOut, FindingOut, SelfCheckOut
from shared.contracts.base import Code
from shared.http.auth import Principal, Role, require
from shared.http.openapi import problems
from shared.http.problems import forbidden, not_found
from shared.http.runtime import CurrentClock, runtime_of

router = APIRouter(prefix="/v1/self-check", tags=["operations"])
Checker = Annotated[Principal, require(Role.BILLING, Role.ADMIN, Role.OPERATOR, Role.INSTALLATION)]
Whose = Annotated[Code | None, Query(description="For the installation: only this organisation.")]


@router.post("", summary="Check that the invariants hold", responses=problems({404: ["not-found"]}))
async def post(principal: Checker, clock: CurrentClock, request: Request, organisation: Whose = None) -> SelfCheckOut:
    """Looks at everything now: that each balance is the sum of its ledger, that nothing is billed twice, that numbers
    have no gap, and so on. It reads one moment and locks nothing. What it finds is kept."""
    database = runtime_of(request.app).ready_database()
    return _shown(await check_now(database, clock, _whose(principal, organisation)))


@router.get("", summary="What the last check found", responses=problems({404: ["not-found"]}))
async def get(principal: Checker, request: Request, organisation: Whose = None) -> SelfCheckOut:
    """Of this organisation, alone or when all were looked at."""
    checked = await last_check(runtime_of(request.app).ready_database(), _whose(principal, organisation))
    if checked is None:
        raise not_found("self-check", "latest")
    return _shown(checked)


def _whose(principal: Principal, asked: str | None) -> str | None:
    """An organisation looks at itself, the installation at any or all."""
    if principal.organisation is None:
        return asked
    if asked not in (None, principal.organisation):
        raise forbidden("A token of an organisation looks at its own only.")
    return principal.organisation


def _shown(checked: Checked) -> SelfCheckOut:
    run, counted = checked.run, count_by_check(checked.findings)
    return SelfCheckOut(
        id=run.id,
        organisation=run.organisation,
        ran_at=run.ran_at,
        seconds=run.seconds,
        findings=sum(counted.values()),
        checks=[
            CheckOut(
                name=check.name,
                invariant=check.invariant,
                description=check.description,
                findings=counted.get(check.name, 0),
                items=[FindingOut.model_validate(found) for found in checked.findings if found.check == check.name],
            )
            for check in CHECKS
            if check.name in run.checks
        ],
    )
