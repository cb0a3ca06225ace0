"""Approve all that match a filter: one request that answers at once, and shows how far it is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from services.timesheets.api.access_log import ReadLog
from services.timesheets.api.users import Approver, writer
from services.timesheets.domain.words import Decision, EntryState
from services.timesheets.handlers.approval_runs import start_run
from services.timesheets.queries.approval_runs import ApprovalRunRow, list_runs, list_skipped, read_run
from services.timesheets.schemas.approval_runs import ApprovalRunIn, ApprovalRunOut
from services.timesheets.schemas.entries import SkippedOut
from shared.http.idempotency import idempotent
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session

_APPROVALS = (Decision.APPROVE,)

router = APIRouter(prefix="/v1/approvals", tags=["decisions"])


@router.post("", status_code=202, summary="Approve all that match a filter")
@idempotent
async def post(
    body: ApprovalRunIn, principal: Approver, session: Session, clock: CurrentClock, response: Response
) -> ApprovalRunOut:
    """What is submitted and matches now is approved in the background, and goes on after a restart. Each entry is
    decided on as if it were approved alone: what cannot be, such as the approver's own hours, is skipped and told."""
    user = writer(principal)
    chosen = body.filter.seen_by(user, (EntryState.SUBMITTED,))
    asked = body.filter.model_dump(mode="json", by_alias=True, exclude_none=True)
    run = await start_run(session, user, chosen, asked=asked, reason=body.reason, now=clock())
    response.headers["Location"] = f"/v1/approvals/{run.id}"
    return _shown(run)


@router.get("/{run_id}", summary="How far an approval is")
async def get(run_id: UUID, principal: Approver, session: ReadSession) -> ApprovalRunOut:
    run = await read_run(session, principal.org, run_id, _APPROVALS)
    if run is None:
        raise not_found("approval", run_id)
    return _shown(run)


@router.get("", summary="Approvals by filter, newest first")
async def get_list(principal: Approver, session: ReadSession, paging: Paging) -> Page[ApprovalRunOut]:
    after = paging.key(UUID)
    runs = await list_runs(session, principal.org, _APPROVALS, after[0] if after else None, paging.limit + 1)
    return page(runs, paging, lambda run: (run.id,), _shown)


@router.get("/{run_id}/skipped", summary="What an approval left, and why")
async def get_skipped(
    run_id: UUID, principal: Approver, session: Session, paging: Paging, log: ReadLog
) -> Page[SkippedOut]:
    if await read_run(session, principal.org, run_id, _APPROVALS) is None:
        raise not_found("approval", run_id)
    after = paging.key(UUID)
    rows = await list_skipped(session, run_id, after[0] if after else None, paging.limit + 1)
    await log.note(principal, "skipped", min(len(rows), paging.limit), asked={"approval": run_id})
    return page(rows, paging, lambda row: (row["entry_id"],), lambda row: SkippedOut.model_validate(dict(row)))


def _shown(run: ApprovalRunRow) -> ApprovalRunOut:
    return ApprovalRunOut(**progress_of(run))


def progress_of(run: ApprovalRunRow) -> dict[str, Any]:
    """What is shown of any run."""
    return {
        "id": run.id,
        "state": "done" if run.state == "done" else "running",
        "filter": run.filter,
        "reason": run.reason,
        "started_by": run.subject,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "matched": run.matched,
        "done": run.done,
        "skipped": run.skipped,
        "progress": 100 if run.state == "done" else (run.done + run.skipped) * 100 // run.matched,
    }
