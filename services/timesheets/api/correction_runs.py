"""Accept or dismiss all corrections that match a filter: answered at once, with its progress."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from services.timesheets.api.access_log import ReadLog
from services.timesheets.api.approval_runs import progress_of
from services.timesheets.api.users import Approver, writer
from services.timesheets.domain.words import Decision, EntryState
from services.timesheets.handlers.approval_runs import start_run
from services.timesheets.queries.approval_runs import ApprovalRunRow, list_runs, list_skipped, read_run
from services.timesheets.schemas.approval_runs import CorrectionRunIn, CorrectionRunOut
from services.timesheets.schemas.entries import SkippedOut
from shared.http.idempotency import idempotent
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session

_DECISIONS = (Decision.ACCEPT, Decision.DISMISS)

router = APIRouter(prefix="/v1/corrections/runs", tags=["corrections"])


@router.post("", status_code=202, summary="Accept or dismiss all corrections that match a filter")
@idempotent
async def post(
    body: CorrectionRunIn, principal: Approver, session: Session, clock: CurrentClock, response: Response
) -> CorrectionRunOut:
    """What is open now is decided about in the background, and goes on after a restart. A correction that a newer
    revision replaces meanwhile is skipped and told: it asks something that nobody saw."""
    user = writer(principal)
    chosen = body.filter.seen_by(user, (EntryState.APPROVED,))
    asked = body.filter.model_dump(mode="json", by_alias=True, exclude_none=True)
    decision = Decision(body.decision)
    run = await start_run(session, user, chosen, decision=decision, asked=asked, reason=body.reason, now=clock())
    response.headers["Location"] = f"/v1/corrections/runs/{run.id}"
    return _shown(run)


@router.get("", summary="Decisions about corrections by filter, newest first")
async def get_list(principal: Approver, session: ReadSession, paging: Paging) -> Page[CorrectionRunOut]:
    after = paging.key(UUID)
    runs = await list_runs(session, principal.org, _DECISIONS, after[0] if after else None, paging.limit + 1)
    return page(runs, paging, lambda run: (run.id,), _shown)


@router.get("/{run_id}", summary="How far a decision about corrections is")
async def get(run_id: UUID, principal: Approver, session: ReadSession) -> CorrectionRunOut:
    return _shown(await _found(session, principal.org, run_id))


@router.get("/{run_id}/skipped", summary="What a decision about corrections left, and why")
async def get_skipped(
    run_id: UUID, principal: Approver, session: Session, paging: Paging, log: ReadLog
) -> Page[SkippedOut]:
    await _found(session, principal.org, run_id)
    after = paging.key(UUID)
    rows = await list_skipped(session, run_id, after[0] if after else None, paging.limit + 1)
    await log.note(principal, "skipped", min(len(rows), paging.limit), asked={"corrections": run_id})
    return page(rows, paging, lambda row: (row["entry_id"],), lambda row: SkippedOut.model_validate(dict(row)))


async def _found(session: Session, organisation: str, run_id: UUID) -> ApprovalRunRow:
    run = await read_run(session, organisation, run_id, _DECISIONS)
    if run is None:
        raise not_found("run", run_id)
    return run


def _shown(run: ApprovalRunRow) -> CorrectionRunOut:
    return CorrectionRunOut.model_validate({**progress_of(run), "decision": run.decision})
