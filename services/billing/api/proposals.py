"""Routes of what can be invoiced: the list "Invoice timetracking", and what advances cover."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.api.billing_roles import Biller
from services.billing.api.shown import Row, open_advance_out
from services.billing.queries import advances, organisations, proposals
from services.billing.queries.proposals import View, Wanted
from services.billing.schemas.invoices import OpenAdvanceOut
from services.billing.schemas.proposals import Covered, CoveredOut, ProposalOut, Proposals, Totals
from shared.contracts.base import Amount, Code, Day
from shared.http.paging import PageRequest, Paging, page
from shared.http.problems import not_found
from shared.http.session import ReadSession
from shared.money import as_money, parts_as_money

router = APIRouter(tags=["proposals"])


@dataclass(frozen=True, slots=True)
class _Filter:
    up_to: Annotated[Day | None, Query(description="Count only what was done until this day.")] = None
    customer: Annotated[Code | None, Query()] = None
    project: Annotated[Code | None, Query()] = None
    phase: Annotated[Code | None, Query(description="Where something is unbilled in this phase.")] = None
    open_since: Annotated[
        Day | None, Query(description="Where something of this day, or before, is still unbilled.")
    ] = None
    min_amount: Annotated[Amount | None, Query(description="This much is unbilled, or more.")] = None
    max_amount: Annotated[Amount | None, Query(description="This much is unbilled, or less.")] = None


Filter = Annotated[_Filter, Depends()]


@router.get("/v1/proposals", summary='The list "Invoice timetracking"')
async def proposed(principal: Biller, session: ReadSession, paging: Paging, wanted: Filter) -> Proposals:
    """Where more is unbilled, and held by no draft, than was billed in advance. Equal is covered."""
    asked = await _asked(session, principal.org, View.PROPOSED, wanted)
    rows = await _rows(session, asked, paging)
    found = page(rows, paging, _place, lambda row: ProposalOut(**_amounts(row)))
    return Proposals(items=found.items, next=found.next, totals=await _totals(session, asked))


@router.get("/v1/covered", summary="What advances cover, and which")
async def covered(principal: Biller, session: ReadSession, paging: Paging, wanted: Filter) -> Covered:
    """Something is unbilled, and open advances cover all of it. It can be invoiced from the project, by phases."""
    asked = await _asked(session, principal.org, View.COVERED, wanted)
    rows = await _rows(session, asked, paging)
    by_account = await _advances(session, rows)
    found = page(rows, paging, _place, lambda row: CoveredOut(**_amounts(row), advances=by_account.get(row["id"], [])))
    return Covered(items=found.items, next=found.next, totals=await _totals(session, asked))


async def _asked(session: AsyncSession, organisation: str, view: View, wanted: _Filter) -> Wanted:
    own = await organisations.find(session, organisation)
    if own is None:
        raise not_found("organisation", organisation)
    return Wanted(organisation, own.currency, view, **asdict(wanted))


async def _rows(session: AsyncSession, asked: Wanted, paging: PageRequest) -> list[Row]:
    return await proposals.listed(session, asked, paging.key(str, str, UUID), paging.limit + 1)


async def _totals(session: AsyncSession, asked: Wanted) -> Totals:
    sums = await proposals.totals(session, asked)
    return Totals(
        accounts=sums["accounts"],
        amount=as_money(sums["amount"], asked.currency),
        advance_open=as_money(sums["advance_open"], asked.currency),
        currency=asked.currency,
    )


def _place(row: Row) -> tuple[str, str, UUID]:
    return row["customer"], row["sort_project"], UUID(str(row["id"]))


def _amounts(row: Row) -> dict[str, Any]:
    currency = row["currency"]
    return {
        "customer": row["customer"],
        "project": row["project"],
        "currency": currency,
        "amount": as_money(row["amount"], currency),
        "unbilled": parts_as_money(row["unbilled_parts"], currency),
        "reserved": parts_as_money(row["reserved_parts"], currency),
        "advance_open": as_money(row["advance_open"], currency),
        "entries": row["entries"],
        "oldest_day": row["oldest_day"],
    }


async def _advances(session: AsyncSession, rows: list[Row]) -> dict[UUID, list[OpenAdvanceOut]]:
    currency = {row["id"]: row["currency"] for row in rows}
    found: dict[UUID, list[OpenAdvanceOut]] = {}
    for row in await advances.listed_open_advances(session, list(currency)):
        account_id = row["account_id"]
        found.setdefault(account_id, []).append(open_advance_out(row, currency[account_id]))
    return found
