"""Many projects invoiced in one go, in portions: each is a transaction, so a restart goes on where it stood.

An invoice and what the run notes about it are one transaction: killed at any point, nothing is billed twice or left
out. What one of them is refused for stops no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.way import Selection, Way
from services.billing.handlers import issuing
from services.billing.handlers.combined import draft_combined
from services.billing.handlers.drafts import draft_regular
from services.billing.handlers.records import unknown
from services.billing.queries import choosing, invoice_runs, organisations
from services.billing.queries.choosing import Chosen
from services.billing.queries.invoice_runs import Item, Outcome, Run
from services.billing.queries.invoicing import BilledAccount, lock_accounts
from services.billing.queries.proposals import View, Wanted
from shared.clock import Clock
from shared.database.database import Database
from shared.http.errors import problem_of
from shared.http.problems import conflict, not_found, register_problems
from shared.ids import new_id
from shared.service import Sweep

register_problems({"run-finished": "The run has ended already"})

#: Invoices of one transaction: enough to save commits, few enough that whoever issues by hand waits briefly.
PORTION: Final = 20
#: Runs that move on in one round, each by a portion: a small one does not wait for the end of a big one.
_RUNS: Final = 20
#: A problem of the service itself that may pass: the portion is done again.
_PASSES: Final = 503

Per = Literal["project", "customer"]


@dataclass(frozen=True, slots=True)
class RunAsked:
    """``projects`` and ``customers`` None: everything that is proposed. ``customers``: what is proposed of them."""

    per: Per
    issue: bool
    up_to: date | None = None
    issue_date: date | None = None
    projects: tuple[str, ...] | None = None
    customers: tuple[str, ...] | None = None


async def start_run(session: AsyncSession, organisation: str, asked: RunAsked, by: str, now: datetime) -> Run:
    """Take down what there is to invoice now; ``sweep_invoice_runs`` makes it. Raises ``unknown-project`` and others.

    What is proposed only later is not part of it. A project that was named is, even if it is not proposed: then the
    run says why it got no invoice.
    """
    items = _items(asked.per, await _chosen(session, organisation, asked))
    chosen = {name: list(codes) for name in ("projects", "customers") if (codes := getattr(asked, name)) is not None}
    run = Run(
        id=new_id(),
        organisation=organisation,
        per=asked.per,
        up_to=asked.up_to,
        issue=asked.issue,
        issue_date=asked.issue_date,
        chosen=chosen,
        state="running" if items else "done",
        started_at=now,
        started_by=by,
        finished_at=None if items else now,
    )
    await invoice_runs.add(session, run, items)
    return run


async def _chosen(session: AsyncSession, organisation: str, asked: RunAsked) -> list[Chosen]:
    own = await organisations.find(session, organisation)
    if own is None:
        raise not_found("organisation", organisation)
    proposed = await choosing.proposed_accounts(
        session, Wanted(organisation, own.currency, View.PROPOSED, asked.up_to)
    )
    if asked.projects is None and asked.customers is None:
        return proposed
    named = await choosing.accounts_of_projects(session, organisation, asked.projects or ())
    for code in sorted({*(asked.projects or ())} - {account.project for account in named}):
        raise unknown("project", code)
    known = await choosing.known_customers(session, organisation, asked.customers or ())
    for code in sorted({*(asked.customers or ())} - known):
        raise unknown("customer", code)
    theirs = {account.id: account for account in [*named, *(one for one in proposed if one.customer in known)]}
    return sorted(theirs.values(), key=lambda account: (account.customer, account.project or ""))


def _items(per: Per, accounts: Sequence[Chosen]) -> list[Item]:
    """One for each account, or one for each customer; a customer with one account gets that account's invoice."""
    if per == "project":
        return [Item(account.customer, account.project, [account.id]) for account in accounts]
    by_customer: dict[str, list[Chosen]] = {}
    for account in accounts:
        by_customer.setdefault(account.customer, []).append(account)
    return [
        Item(customer, own[0].project if len(own) == 1 else None, [account.id for account in own])
        for customer, own in by_customer.items()
    ]


async def cancel_run(session: AsyncSession, organisation: str, run_id: UUID, by: str, now: datetime) -> Run:
    """Make no more invoices; those that were made stay. Raises ``not-found``, ``run-finished``."""
    run = await invoice_runs.find(session, organisation, run_id, lock=True)
    if run is None:
        raise not_found("invoice run", run_id)
    if run.state != "running":
        raise conflict("run-finished", f"The run is {run.state}: there is nothing left to cancel.")
    await invoice_runs.cancel(session, run_id, by, now)
    cancelled = await invoice_runs.find(session, organisation, run_id)
    assert cancelled is not None, "it is locked"
    return cancelled


async def sweep_invoice_runs(database: Database, clock: Clock) -> int:
    """One portion of each run that is not done; how many invoices were made or refused."""
    async with database.transaction() as session:
        runs = await invoice_runs.running(session, _RUNS)
    moved = 0
    for run in runs:
        async with database.transaction() as session:
            moved += await _portion(session, run, clock())
    return moved


async def _portion(session: AsyncSession, known: Run, now: datetime) -> int:
    """The next invoices, under the run's lock: whoever cancels comes before or after them."""
    run = await invoice_runs.find(session, known.organisation, known.id, lock=True)
    if run is None or run.state != "running":
        return 0
    items = await invoice_runs.next_items(session, run.id, PORTION)
    ids = {account_id for item in items for account_id in item["account_ids"]}
    accounts = {account.id: account for account in await lock_accounts(session, run.organisation, ids)}
    outcomes = [await _item(session, run, item, accounts, now) for item in items]
    await invoice_runs.note(session, run.id, outcomes, now)
    await invoice_runs.finish(session, run.id, now)
    return len(items)


async def _item(
    session: AsyncSession, run: Run, item: asyncpg.Record, accounts: dict[UUID, BilledAccount], now: datetime
) -> Outcome:
    """Make one invoice, or say why there is none. What may pass makes the whole portion be done again."""
    try:
        async with session.begin_nested():
            own = [accounts[account_id] for account_id in item["account_ids"]]
            return Outcome(item["position"], await _invoice(session, run, own, now))
    except Exception as error:
        problem = problem_of(error)
        if problem.status >= _PASSES:
            raise
        return Outcome(item["position"], slug=problem.slug, detail=problem.detail)


async def _invoice(session: AsyncSession, run: Run, accounts: list[BilledAccount], now: datetime) -> UUID:
    selection = Selection(Way.TIMETRACKING, run.up_to)
    if len(accounts) == 1:
        invoice_id = await draft_regular(session, accounts[0], selection, run.started_by)
    else:
        invoice_id = await draft_combined(session, accounts, selection, run.started_by)
    if run.issue:
        order = issuing.Order(run.started_by, now, run.issue_date)
        await issuing.issue(session, run.organisation, invoice_id, order)
    return invoice_id


SWEEP: Final = Sweep("invoice-runs", timedelta(seconds=1), sweep_invoice_runs)
