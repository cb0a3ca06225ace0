"""Accounts: what is unbilled of a project or of a customer's own work, and the ledger below it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.billing.api.showing import account_out, ledger_row_out, past_account_out, unbilled_entry_out
from services.billing.models import Account
from services.billing.queries import accounts
from services.billing.queries.invoicing import time_zone_of
from services.billing.queries.past import balance_before
from services.billing.queries.reserved import reserved_parts
from services.billing.schemas.accounts import AccountOut, LedgerRowOut, UnbilledEntryOut
from shared.clock import zone
from shared.contracts.base import Code, Day
from shared.http.auth import Principal, Role, require
from shared.http.paging import Page, PageRequest, Paging, page
from shared.http.problems import not_found
from shared.http.session import ReadSession

router = APIRouter(prefix="/v1", tags=["accounts"])
BackOffice = Annotated[Principal, require(Role.BILLING, Role.ADMIN)]
At = Annotated[Day | None, Query(description="A past day: as it was at its end, by what was known then.")]


@router.get("/accounts")
async def list_accounts(
    principal: BackOffice,
    session: ReadSession,
    paging: Paging,
    customer: Code | None = None,
    project: Code | None = None,
) -> Page[AccountOut]:
    """All accounts: of projects, and of customers for work without a project."""
    after = paging.key(UUID)
    rows = await accounts.listed(
        session,
        principal.org,
        customer=customer,
        project=project,
        after=after[0] if after else None,
        limit=paging.limit + 1,
    )
    reserved = await reserved_parts(session, [row.id for row in rows])
    return page(rows, paging, lambda row: (row.id,), lambda row: account_out(row, reserved.get(row.id)))


@router.get("/projects/{code}/account")
async def get_of_project(code: Code, principal: BackOffice, session: ReadSession, at: At = None) -> AccountOut:
    """What is unbilled and open, now or at the end of a past day."""
    return await _shown(session, await _of_project(session, principal.org, code), at)


@router.get("/customers/{code}/account")
async def get_of_customer(code: Code, principal: BackOffice, session: ReadSession, at: At = None) -> AccountOut:
    """The customer's own account: work without a project."""
    return await _shown(session, await _of_customer(session, principal.org, code), at)


@router.get("/projects/{code}/account/entries")
async def entries_of_project(
    code: Code, principal: BackOffice, session: ReadSession, paging: Paging
) -> Page[UnbilledEntryOut]:
    """What the unbilled balance consists of, by day."""
    return await _entries(session, await _of_project(session, principal.org, code), paging)


@router.get("/customers/{code}/account/entries")
async def entries_of_customer(
    code: Code, principal: BackOffice, session: ReadSession, paging: Paging
) -> Page[UnbilledEntryOut]:
    """What the unbilled balance consists of, by day."""
    return await _entries(session, await _of_customer(session, principal.org, code), paging)


@router.get("/projects/{code}/account/ledger")
async def ledger_of_project(
    code: Code, principal: BackOffice, session: ReadSession, paging: Paging, at: At = None
) -> Page[LedgerRowOut]:
    """Every change of the balance, the oldest first; until the end of a past day if that is asked."""
    return await _ledger(session, await _of_project(session, principal.org, code), paging, at)


@router.get("/customers/{code}/account/ledger")
async def ledger_of_customer(
    code: Code, principal: BackOffice, session: ReadSession, paging: Paging, at: At = None
) -> Page[LedgerRowOut]:
    """Every change of the balance, the oldest first; until the end of a past day if that is asked."""
    return await _ledger(session, await _of_customer(session, principal.org, code), paging, at)


async def _of_project(session: ReadSession, organisation: str, code: str) -> Account:
    account = await accounts.find(session, organisation, project=code, customer="")
    if account is None:
        raise not_found("project", code)
    return account


async def _of_customer(session: ReadSession, organisation: str, code: str) -> Account:
    account = await accounts.find(session, organisation, project=None, customer=code)
    if account is None:
        raise not_found("customer", code)
    return account


async def _shown(session: ReadSession, account: Account, at: date | None) -> AccountOut:
    if at is not None:
        past = await balance_before(session, account.id, await _end_of(session, account, at))
        return past_account_out(account, past, at)
    reserved = await reserved_parts(session, [account.id])
    return account_out(account, reserved.get(account.id))


async def _end_of(session: ReadSession, account: Account, day: date) -> datetime:
    """When the next day begins where the organisation is."""
    time_zone = await time_zone_of(session, account.organisation)
    assert time_zone is not None, "it has an account"
    return datetime.combine(day + timedelta(days=1), time.min, zone(time_zone))


async def _entries(session: ReadSession, account: Account, paging: PageRequest) -> Page[UnbilledEntryOut]:
    rows = await accounts.unbilled_entries(session, account, paging.key(date, int), paging.limit + 1)
    return page(
        rows, paging, lambda row: (row["day"], row["id"]), lambda row: unbilled_entry_out(row, account.currency)
    )


async def _ledger(session: ReadSession, account: Account, paging: PageRequest, at: date | None) -> Page[LedgerRowOut]:
    after = paging.key(int)
    before = None if at is None else await _end_of(session, account, at)
    rows = await accounts.ledger(session, account.id, after[0] if after else None, paging.limit + 1, before)
    return page(rows, paging, lambda row: (row.id,), lambda row: ledger_row_out(row, account.currency))
