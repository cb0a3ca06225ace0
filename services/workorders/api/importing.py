"""Files of orders over HTTP: CSV and JSON lines, as the body itself or as a part of a form."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import IO, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.datastructures import UploadFile

from services.workorders.api.refusals import FILE_PROBLEMS, problem_of
from services.workorders.api.submitting import Sender
from services.workorders.domain.refusal import UNKNOWN_ORGANISATION, unknown_organisation
from services.workorders.domain.revisions import Outcome
from services.workorders.imports.importing import Importer, ImportReport
from services.workorders.imports.parsed import FileFormat
from services.workorders.queries.organisations import time_zones
from services.workorders.schemas.outgoing import ImportProblemOut, ImportReportOut
from shared.http.openapi import problems
from shared.http.problems import Problem, invalid_input
from shared.http.runtime import runtime_of

router = APIRouter(tags=["work orders"])

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
_IN_MEMORY: Final = 1024 * 1024
_PROGRESS: Final = "application/x-ndjson"
_FORMATS: Final = {
    "text/csv": FileFormat.CSV,
    "application/csv": FileFormat.CSV,
    "application/vnd.ms-excel": FileFormat.CSV,  # what some browsers call a .csv file
    "application/x-ndjson": FileFormat.JSON_LINES,
    "application/ndjson": FileFormat.JSON_LINES,
    "application/jsonl": FileFormat.JSON_LINES,
    "application/x-jsonlines": FileFormat.JSON_LINES,
}
_ENDINGS: Final = {"csv": FileFormat.CSV, "jsonl": FileFormat.JSON_LINES, "ndjson": FileFormat.JSON_LINES}
_FORM: Final = "multipart/form-data"
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_CSV_EXAMPLE: Final = (
    "source;external_id;revision;status;customer;project;line_id;kind;employee;hour_type;start;end;break_minutes\n"
    "planner;W-1001;1;completed;ACME;P1;1;labour;jan;WORK;2026-03-02T08:00;2026-03-02T12:30;30\n"
)


@router.post(
    "/v1/workorders/import",
    summary="Import a file of work orders",
    max_body_size=MAX_FILE_BYTES,
    response_model=ImportReportOut,
    responses=problems(
        {
            409: [UNKNOWN_ORGANISATION],
            413: ["too-large"],
            415: ["unsupported-media-type"],
            422: ["invalid-input", *FILE_PROBLEMS],
        }
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {"schema": {"type": "string"}, "example": _CSV_EXAMPLE},
                "application/x-ndjson": {"schema": {"type": "string"}},
                _FORM: {"schema": {"type": "object", "required": ["file"], "properties": {"file": _BINARY["schema"]}}},
            },
        }
    },
)
async def import_file(request: Request, principal: Sender) -> Any:
    """Take the orders of a CSV or JSON lines file; what is wrong with one order refuses that order only.

    CSV has a row for each line of an order, `;` or `,` between cells, in UTF-8 (or Windows-1252). Columns: `source`,
    `external_id`, `revision`, `status` (needed), `customer`, `project`, `phase`, `description`, `reference`,
    `planned_minutes`; of the line `line_id`, `kind`, `employee`, `hour_type`, `start`, `end`, `break_minutes`,
    `date`, `minutes`, `quantity`, `kilometres`, `amount`, `unit_price`, `currency`, `article`, `unit`, `vat_rate`,
    `line_description`, `extra_to`. The file can be sent again: what was taken before is `unchanged`.

    With `Accept: application/x-ndjson` the answer is the report as it grows, a line for each portion; the last one
    is the whole.
    """
    await _check_organisation(request, principal.org)
    runtime = runtime_of(request.app)
    importer = Importer(runtime.ready_database(), runtime.clock, principal.org, principal.subject)
    if _PROGRESS in request.headers.get("accept", ""):
        return await _streamed(request, importer)
    async with _received(request) as (file, file_format), aclosing(importer.take_file(file, file_format)) as reports:
        return report_out([report async for report in reports][-1])


async def _check_organisation(request: Request, organisation: str) -> None:
    async with runtime_of(request.app).ready_database().transaction() as session:
        if not await time_zones(session, [organisation]):
            raise problem_of(unknown_organisation(organisation))


async def _streamed(request: Request, importer: Importer) -> StreamingResponse:
    """The first portion decides: what is wrong with the file as a whole is still told as a problem."""
    lines = _report_lines(request, importer)
    first = await anext(lines)

    async def body() -> AsyncIterator[str]:
        async with aclosing(lines):
            yield first
            async for line in lines:
                yield line

    return StreamingResponse(body(), media_type=_PROGRESS)


async def _report_lines(request: Request, importer: Importer) -> AsyncGenerator[str]:
    async with _received(request) as (file, file_format), aclosing(importer.take_file(file, file_format)) as reports:
        async for report in reports:
            yield report_out(report).model_dump_json() + "\n"


@asynccontextmanager
async def _received(request: Request) -> AsyncIterator[tuple[IO[bytes], FileFormat]]:
    """The file on disk, whole, and what it says it is."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == _FORM:
        async with request.form(max_files=1, max_fields=10) as form:
            upload = form.get("file")
            if not isinstance(upload, UploadFile):
                raise invalid_input("The form has no file: send it as the part `file`.", "/file")
            yield upload.file, _format_of(upload.content_type or "", upload.filename or "")
        return
    file_format = _format_of(media_type)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        async for chunk in request.stream():
            await asyncio.to_thread(file.write, chunk)
        yield file, file_format


def _format_of(media_type: str, name: str = "") -> FileFormat:
    ending = name.rpartition(".")[2].lower()
    found = _ENDINGS.get(ending) or _FORMATS.get(media_type.partition(";")[0].strip().lower())
    if found is None:
        detail = f"{media_type or 'nothing'} says not what the file is: text/csv or application/x-ndjson."
        raise Problem(415, "unsupported-media-type", detail)
    return found


def report_out(report: ImportReport) -> ImportReportOut:
    """The report as it is shown; its problems by line."""
    return ImportReportOut(
        format=report.format.value,
        encoding=report.encoding,
        orders=report.orders,
        accepted=report.counts[Outcome.ACCEPTED],
        unchanged=report.counts[Outcome.UNCHANGED],
        ignored=report.counts[Outcome.IGNORED],
        refused=report.counts[Outcome.REFUSED],
        problems=[
            ImportProblemOut.model_validate(problem)
            for problem in sorted(report.problems, key=lambda problem: problem.line)
        ],
    )
