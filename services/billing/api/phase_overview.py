"""A project by phases: where it is invoiced from when it is not from the list."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Query

from services.billing.api.billing_roles import Biller
from services.billing.queries.invoicing import find_account
from services.billing.queries.phase_overview import by_phase
from services.billing.schemas.phase_overview import PhaseOpen, ProjectByPhases
from shared.contracts.base import Code, Day
from shared.http.problems import not_found
from shared.http.session import ReadSession
from shared.money import as_money, parts_as_money, sum_parts
from shared.words import BillingMethod

router = APIRouter(tags=["proposals"])


@router.get("/v1/projects/{code}/account/phases", summary="What can be invoiced of a project, by phase")
async def phases(
    code: Code,
    principal: Biller,
    session: ReadSession,
    up_to: Annotated[Day | None, Query(description="Count only what was done until this day.")] = None,
) -> ProjectByPhases:
    """Also what advances cover: based on phases it can be invoiced all the same, and deducts them."""
    account = await find_account(session, principal.org, project=code, customer=None)
    if account is None:
        raise not_found("project", code)
    rows = await by_phase(session, principal.org, code, account.id, up_to)
    return ProjectByPhases(
        items=[_phase(row, account.currency) for row in rows],
        amount=parts_as_money(sum_parts(row["parts"] for row in rows), account.currency),
        advance_open=as_money(account.advance_open, account.currency),
        currency=account.currency,
    )


def _phase(row: asyncpg.Record, currency: str) -> PhaseOpen:
    names = ("phase", "name", "method", "closed", "entries", "oldest_day", "recorded_minutes")
    price = billed = remaining = None
    if row["method"] == BillingMethod.FIXED_PRICE:
        whole = row["price"] or Decimal(0)
        price, billed, remaining = (
            as_money(value, currency) for value in (whole, row["billed"], whole - row["billed"])
        )
    return PhaseOpen(
        **{name: row[name] for name in names},
        amount=parts_as_money(row["parts"], currency),
        price=price,
        billed=billed,
        remaining=remaining,
    )
