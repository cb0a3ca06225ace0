"""Routes of runs: many projects invoiced in one go, with progress and a result for each."""

from __future__ import annotations

from typing import Annotated, Literal, cast
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.api.billing_roles import Biller
from services.billing.handlers.invoice_runs import RunAsked, cancel_run, start_run
from services.billing.queries import invoice_runs
from services.billing.queries.invoice_runs import Counts, Run
from services.billing.schemas.invoice_runs import InvoiceRunIn, InvoiceRunItemOut, InvoiceRunOut, ItemOutcome
from shared.http.idempotency import idempotent
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session
from shared.money import as_money

router = APIRouter(prefix="/v1/invoice-runs", tags=["invoice runs"])


@router.post(
    "",
    status_code=202,
    summary="Invoice many projects in one go",
    responses=problems({422: ["unknown-project", "unknown-customer"]}),
)
@idempotent
async def start(
    body: InvoiceRunIn, principal: Biller, session: Session, clock: CurrentClock, response: Response
) -> InvoiceRunOut:
    """What is proposed now is invoiced in the background: one invoice for each project, or one for each customer with
    all its projects, drafted or issued. What one is refused for stops no other, and after a restart it goes on where
    it stood; nothing is billed twice."""
    asked = RunAsked(body.per, body.issue, body.up_to, body.issue_date, body.projects, body.customers)
    run = await start_run(session, principal.org, asked, principal.subject, clock())
    response.headers["Location"] = f"/v1/invoice-runs/{run.id}"
    return await _shown(session, run)


@router.get("/{run_id}", summary="How far a run is")
async def shown(run_id: UUID, principal: Biller, session: ReadSession) -> InvoiceRunOut:
    return await _shown(session, await _found(session, principal.org, run_id))


@router.get("", summary="Runs, newest first")
async def listed(principal: Biller, session: ReadSession, paging: Paging) -> Page[InvoiceRunOut]:
    after = paging.key(UUID)
    runs = await invoice_runs.listed(session, principal.org, after[0] if after else None, paging.limit + 1)
    counts = await invoice_runs.counts(session, [run.id for run in runs])
    return page(runs, paging, lambda run: (run.id,), lambda run: _out(run, counts[run.id]))


@router.get("/{run_id}/items", summary="What became of each invoice of a run")
async def items(
    run_id: UUID,
    principal: Biller,
    session: ReadSession,
    paging: Paging,
    outcome: Annotated[ItemOutcome | None, Query()] = None,
) -> Page[InvoiceRunItemOut]:
    """By customer and project: the invoice that was made, or why there is none."""
    run = await _found(session, principal.org, run_id)
    after = paging.key(int)
    rows = await invoice_runs.items(session, run.id, outcome, after[0] if after else None, paging.limit + 1)
    return page(rows, paging, lambda row: (row["position"],), _item)


@router.post("/{run_id}/cancel", summary="Cancel a run", responses=problems({409: ["run-finished"]}))
async def cancel(run_id: UUID, principal: Biller, session: Session, clock: CurrentClock) -> InvoiceRunOut:
    """It makes no more invoices; those that were made stay."""
    return await _shown(session, await cancel_run(session, principal.org, run_id, principal.subject, clock()))


async def _found(session: AsyncSession, organisation: str, run_id: UUID) -> Run:
    run = await invoice_runs.find(session, organisation, run_id)
    if run is None:
        raise not_found("invoice run", run_id)
    return run


async def _shown(session: AsyncSession, run: Run) -> InvoiceRunOut:
    return _out(run, (await invoice_runs.counts(session, [run.id]))[run.id])


def _out(run: Run, counts: Counts) -> InvoiceRunOut:
    finished = counts.done + counts.refused + counts.cancelled
    names = ("id", "up_to", "issue", "issue_date", "chosen", "started_at", "started_by", "finished_at", "cancelled_by")
    return InvoiceRunOut(
        **{name: getattr(run, name) for name in names},
        state=cast('Literal["running", "done", "cancelled"]', run.state),
        per=cast('Literal["project", "customer"]', run.per),
        total=counts.total,
        done=counts.done,
        refused=counts.refused,
        cancelled=counts.cancelled,
        progress=finished * 100 // counts.total if counts.total else 100,
    )


def _item(row: asyncpg.Record) -> InvoiceRunItemOut:
    names = ("position", "customer", "project", "invoice_id", "number", "slug", "detail", "finished_at")
    amounts = {name: None if row[name] is None else as_money(row[name], row["currency"]) for name in ("net", "to_pay")}
    return InvoiceRunItemOut(
        **{name: row[name] for name in names},
        **amounts,
        accounts=len(row["account_ids"]),
        outcome=row["outcome"] or "waiting",
    )
