"""Exports for payroll and accounting: asked for, listed, and their files fetched as often as anybody likes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.api.access_log import ReadLog
from services.timesheets.api.users import Approver
from services.timesheets.handlers.exports import ISOLATION, retry_export, start_export
from services.timesheets.queries.exports import Run, list_runs, read_part, read_run
from services.timesheets.schemas.exports import ExportIn, ExportOut
from shared.database.database import Database
from shared.files.table import MEDIA_TYPES, CsvStyle, Encoding, FileFormat
from shared.http.idempotency import idempotent
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import conflict, not_found, register_problems
from shared.http.runtime import CurrentClock, runtime_of
from shared.http.session import ReadSession, Session

register_problems(
    {
        "export-failed": "The export could not be made",
        "export-not-failed": "The export did not fail",
        "export-not-ready": "The export is still being made",
    }
)

router = APIRouter(prefix="/v1/exports", tags=["exports"])

_FILES = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in MEDIA_TYPES.values()}


async def _of_one_moment(request: Request) -> AsyncIterator[AsyncSession]:
    async with runtime_of(request.app).ready_database().transaction() as session:
        await session.connection(execution_options=ISOLATION)
        yield session


ExportSession = Annotated[AsyncSession, Depends(_of_one_moment, scope="function")]


@router.post("", status_code=201, summary="Export approved entries", responses={202: {"model": ExportOut}})
@idempotent
async def post(
    body: Annotated[ExportIn, Body()],
    principal: Approver,
    session: ExportSession,
    clock: CurrentClock,
    response: Response,
) -> ExportOut:
    """A row for each piece of the latest version of an entry, by employee, day and clock. Small exports are `ready`
    at once (201); big ones are `waiting` (202) and made in the background: ask for the run again."""
    run = await start_export(session, principal.org, body, principal.subject, clock())
    made = await _found(session, principal.org, run.id)
    if made.state == "waiting":
        response.status_code = 202
    return export_out(made)


@router.get("", summary="Exports, newest first")
async def get_list(principal: Approver, session: ReadSession, paging: Paging) -> Page[ExportOut]:
    before = paging.key(datetime, UUID)
    runs = await list_runs(session, principal.org, (before[0], before[1]) if before else None, paging.limit + 1)
    return page(runs, paging, lambda run: (run.created_at, run.id), export_out)


@router.get("/{export_id}", summary="An export")
async def get(export_id: UUID, principal: Approver, session: ReadSession) -> ExportOut:
    return export_out(await _found(session, principal.org, export_id))


@router.post(
    "/{export_id}/retry",
    status_code=202,
    summary="Try an export that failed again",
    responses=problems({409: ["export-not-failed"]}),
)
async def post_retry(export_id: UUID, principal: Approver, session: Session) -> ExportOut:
    """It is made again in the background, of what is approved then."""
    run = await _found(session, principal.org, export_id)
    if not await retry_export(session, principal.org, export_id):
        raise conflict("export-not-failed", f"The export is {run.state}.")
    return export_out(await _found(session, principal.org, export_id))


@router.get(
    "/{export_id}/file",
    summary="Its file",
    response_class=Response,
    responses={200: {"content": _FILES}, **problems({409: ["export-not-ready", "export-failed"]})},
)
async def get_file(
    export_id: UUID, principal: Approver, session: Session, log: ReadLog, request: Request
) -> StreamingResponse:
    """The same bytes for ever; `ETag` is their SHA-256. Who fetches it is noted."""
    run = await _found(session, principal.org, export_id)
    if run.state != "ready" or run.sha256 is None:
        slug = "export-failed" if run.state == "failed" else "export-not-ready"
        raise conflict(slug, run.reason or "Its file is being made: ask again in a moment.")
    await log.note(principal, "export", run.rows or 0, asked={"export": str(run.id)})
    file_format = FileFormat(run.asked["format"])
    csv_type = CsvStyle(encoding=Encoding(run.asked["encoding"])).content_type
    headers = {
        "Content-Type": csv_type if file_format is FileFormat.CSV else MEDIA_TYPES[file_format],
        "Content-Disposition": f'attachment; filename="hours-{run.first_day}-{run.last_day}.{file_format}"',
        "Content-Length": str(run.size),
        "ETag": f'"{run.sha256.hex()}"',
    }
    parts = _parts(runtime_of(request.app).ready_database(), run.id)
    return StreamingResponse(parts, headers=headers)


async def _parts(database: Database, run_id: UUID) -> AsyncIterator[bytes]:
    """A part at a time, each in a transaction of its own: a slow reader holds none open."""
    number = 0
    while True:
        async with database.transaction() as session:
            part = await read_part(session, run_id, number)
        if part is None:
            return
        yield part
        number += 1


async def _found(session: AsyncSession, organisation: str, export_id: UUID) -> Run:
    run = await read_run(session, organisation, export_id)
    if run is None:
        raise not_found("export", export_id)
    return run


def export_out(run: Run) -> ExportOut:
    return ExportOut.model_validate(
        {
            **run.asked,
            "id": run.id,
            "state": run.state,
            "first_day": run.first_day,
            "last_day": run.last_day,
            "created_at": run.created_at,
            "created_by": run.created_by,
            "ready_at": run.ready_at,
            "rows": run.rows,
            "size": run.size,
            "sha256": run.sha256.hex() if run.sha256 is not None else None,
            "reason": run.reason,
        }
    )
