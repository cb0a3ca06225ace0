"""Insight: reports of time, cost and value, and post-calculation; as JSON, CSV and XLSX."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.api.access_log import AccessLog, ReadLog
from services.timesheets.api.users import Approver, writer
from services.timesheets.copied_files import write_copied
from services.timesheets.domain.choice import EntryFilter
from services.timesheets.domain.insight import By, Of
from services.timesheets.domain.words import EntryState
from services.timesheets.queries.availability import available_minutes
from services.timesheets.queries.copied_rows import CopiedRows
from services.timesheets.queries.post_calculation import read_post_calculation
from services.timesheets.queries.report_files import post_calculation_rows, report_rows
from services.timesheets.queries.reports import read_report
from services.timesheets.queries.settings import read_settings
from services.timesheets.reporting import (
    as_table,
    post_calculation_columns,
    post_calculation_row,
    post_calculation_values,
    report_columns,
    report_row,
    report_values,
    total,
)
from services.timesheets.schemas.reports import PostCalculationOut, PostCalculationQuery, ReportOut, ReportQuery
from shared.clock import Clock
from shared.files.table import FileFormat
from shared.files.table import Row as TableRow
from shared.http.auth import Principal
from shared.http.openapi import problems
from shared.http.problems import Problem, register_problems
from shared.http.runtime import CurrentClock
from shared.http.session import Session
from shared.http.table_files import FILE_CONTENT, sent_file, table_file

register_problems({"too-many-rows": "The report has too many rows for JSON"})

router = APIRouter(prefix="/v1", tags=["insight"])

#: Rows of a report as JSON; a file has no such limit.
MOST_ROWS: Final = 10_000
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": FILE_CONTENT},
    **problems({422: ["invalid-input", "too-many-rows"]}),
}


@router.get(
    "/reports",
    summary="Time, cost and billed value",
    response_model=ReportOut,
    response_model_exclude_unset=True,
    responses=_RESPONSES,
)
async def get_report(
    query: Annotated[ReportQuery, Query()], principal: Approver, session: Session, log: ReadLog, clock: CurrentClock
) -> ReportOut | Response:
    """Of approved entries, unless `state` says otherwise. By employee, with `from` and `until` and no other filter
    but `employee` and `state`, also against what was available, and with those who have no entries. By hour type, the
    pieces count: cost and value go over them by their minutes. Who reads a report by employee, of one employee, or by
    order is noted."""
    organisation, by = principal.org, query.by
    chosen = query.seen_by(writer(principal), (EntryState.APPROVED,))
    currency = (await read_settings(session, organisation)).currency
    available = await _available(session, organisation, by, chosen)
    if query.format is not FileFormat.JSON:
        columns = report_columns(by, with_availability=available is not None)
        if available is None:
            copied = report_rows(organisation, by, chosen, columns=columns, currency=currency)
            file, count = await _copied_file(session, query, f"report-by-{by}", columns, rows=copied, clock=clock)
        else:  # by employee
            everybody = await read_report(session, organisation, by, chosen, None, everybody=True)
            shown = as_table([report_values(row, by, currency, available) for row in everybody], columns)
            file, count = await table_file(query, f"report-by-{by}", columns, _at_once(shown), clock)
        await _note(log, principal, query, count)
        return file
    with_idle = available is not None
    rows = _few(await read_report(session, organisation, by, chosen, MOST_ROWS + 1, everybody=with_idle))
    await _note(log, principal, query, len(rows))
    items = [report_row(report_values(row, by, currency, available)) for row in rows]
    return ReportOut(by=by, currency=currency, items=items, total=total(rows, currency))


@router.get(
    "/post-calculation",
    summary="Budgeted or planned, worked, billed",
    response_model=PostCalculationOut,
    response_model_exclude_unset=True,
    responses=_RESPONSES,
)
async def get_post_calculation(
    query: Annotated[PostCalculationQuery, Query()],
    principal: Approver,
    session: Session,
    log: ReadLog,
    clock: CurrentClock,
) -> PostCalculationOut | Response:
    """Per work order, phase or project, over all its time: what was planned or budgeted, the minutes and cost that
    were worked and approved, and what is billed of them."""
    organisation, by = principal.org, query.by
    currency = (await read_settings(session, organisation)).currency
    if query.format is not FileFormat.JSON:
        columns = post_calculation_columns(by)
        copied = post_calculation_rows(organisation, by, query.project, columns=columns, currency=currency)
        file, count = await _copied_file(
            session, query, f"post-calculation-by-{by}", columns, rows=copied, clock=clock
        )
        await _note_orders(log, principal, query, count)
        return file
    rows = _few(await read_post_calculation(session, organisation, by, query.project, MOST_ROWS + 1))
    await _note_orders(log, principal, query, len(rows))
    items = [post_calculation_row(post_calculation_values(row, by, currency)) for row in rows]
    return PostCalculationOut(by=by, currency=currency, items=items)


async def _copied_file(
    session: AsyncSession,
    query: ReportQuery | PostCalculationQuery,
    name: str,
    columns: Sequence[str],
    *,
    rows: CopiedRows,
    clock: Clock,
) -> tuple[Response, int]:
    async def write(path: Path) -> int:
        return await write_copied(
            session, path, [rows], columns, query.format, style=query.style, title=name, made_at=clock()
        )

    return await sent_file(query, name, write)


async def _at_once(rows: Sequence[TableRow]) -> AsyncGenerator[Sequence[TableRow]]:
    yield rows


async def _note(log: AccessLog, principal: Principal, query: ReportQuery, rows: int) -> None:
    """A report by employee says what each of them worked and costs; so does one of a single employee, or of orders,
    most of which one employee did."""
    if query.by in (By.EMPLOYEE, By.WORK_ORDER) or query.employee is not None:
        await log.note(principal, "report", rows, employee=query.employee, asked=query)


async def _note_orders(log: AccessLog, principal: Principal, query: PostCalculationQuery, rows: int) -> None:
    if query.by is Of.WORK_ORDER:
        await log.note(principal, "post-calculation", rows, asked=query)


async def _available(session: AsyncSession, organisation: str, by: By, chosen: EntryFilter) -> dict[str, int] | None:
    """Of whole schedules, so only where nothing narrows the work but who and when."""
    first, last = chosen.first_day, chosen.last_day
    if by is not By.EMPLOYEE or first is None or last is None or last < first:
        return None
    if chosen != EntryFilter(states=chosen.states, employee=chosen.employee, first_day=first, last_day=last):
        return None
    return await available_minutes(session, organisation, first, last)


def _few(rows: Sequence[Any]) -> Sequence[Any]:
    if len(rows) > MOST_ROWS:
        detail = f"There are more than {MOST_ROWS} rows: take CSV or XLSX, or ask for less."
        raise Problem(422, "too-many-rows", detail)
    return rows
