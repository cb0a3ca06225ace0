"""Projects and their phases."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from services.billing.handlers.projects import save_phase, save_project
from services.billing.models import Phase, Project
from services.billing.queries import projects
from services.billing.schemas.projects import PhaseIn, PhaseOut, ProjectIn, ProjectOut
from shared.contracts.base import Code
from shared.http.auth import Principal, Role, require
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session

router = APIRouter(prefix="/v1/projects", tags=["projects"])
Writer = Annotated[Principal, require(Role.BILLING, Role.ADMIN)]
Reader = Annotated[Principal, require(Role.BILLING, Role.ADMIN, Role.APPROVER)]


@router.put("/{code}", responses=problems({409: ["project-in-use"], 422: ["unknown-customer"]}))
async def put_project(
    code: Code, body: ProjectIn, principal: Writer, session: Session, clock: CurrentClock
) -> ProjectOut:
    """Make a project, or change the fields that are sent. Work that waited for it goes on."""
    row = await save_project(session, principal.org, code, body.given(), clock())
    return await _shown(session, row)


@router.get("/{code}")
async def get_project(code: Code, principal: Reader, session: ReadSession) -> ProjectOut:
    return await _shown(session, await _found(session, principal.org, code))


@router.get("")
async def list_projects(
    principal: Reader,
    session: ReadSession,
    paging: Paging,
    customer: Code | None = None,
    closed: bool | None = None,
) -> Page[ProjectOut]:
    after = paging.key(str)
    rows = await projects.listed(
        session,
        principal.org,
        customer=customer,
        closed=closed,
        after=after[0] if after else None,
        limit=paging.limit + 1,
    )
    phases = await projects.phases_of(session, principal.org, [row.code for row in rows])
    return page(rows, paging, lambda row: (row.code,), lambda row: _with_phases(row, phases[row.code]))


@router.put("/{code}/phases/{phase}", responses=problems({409: ["exceeds-remaining", "phase-billed"]}))
async def put_phase(
    code: Code, phase: Code, *, body: PhaseIn, principal: Writer, session: Session, clock: CurrentClock
) -> PhaseOut:
    """Make a phase of the project, or change the fields that are sent."""
    row = await save_phase(session, principal.org, code, phase, given=body.given(), now=clock())
    return PhaseOut.model_validate(row)


@router.get("/{code}/phases/{phase}")
async def get_phase(code: Code, phase: Code, principal: Reader, session: ReadSession) -> PhaseOut:
    row = await projects.find_phase(session, principal.org, code, phase)
    if row is None:
        raise not_found("phase", f"{code}/{phase}")
    return PhaseOut.model_validate(row)


async def _found(session: Session, organisation: str, code: str) -> Project:
    row = await projects.find(session, organisation, code)
    if row is None:
        raise not_found("project", code)
    return row


async def _shown(session: Session, row: Project) -> ProjectOut:
    phases = await projects.phases_of(session, row.organisation, [row.code])
    return _with_phases(row, phases[row.code])


def _with_phases(row: Project, phases: list[Phase]) -> ProjectOut:
    return ProjectOut(
        code=row.code,
        name=row.name,
        customer=row.customer,
        closed=row.closed,
        version=row.version,
        phases=[PhaseOut.model_validate(phase) for phase in phases],
    )
