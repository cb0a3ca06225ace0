"""Projects and their phases."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.billing.models import Account, Phase, Project


async def find(session: AsyncSession, organisation: str, code: str, *, for_update: bool = False) -> Project | None:
    return await session.get(Project, (organisation, code), with_for_update=for_update or None)


async def find_phase(session: AsyncSession, organisation: str, project: str, code: str) -> Phase | None:
    return await session.get(Phase, (organisation, project, code))


async def phases_of(session: AsyncSession, organisation: str, projects: Sequence[str]) -> dict[str, list[Phase]]:
    """Phases of each of ``projects``, in the order of their codes."""
    query = (
        select(Phase)
        .where(col(Phase.organisation) == organisation, col(Phase.project).in_(projects))
        .order_by(col(Phase.project), col(Phase.code))
    )
    found: dict[str, list[Phase]] = {project: [] for project in projects}
    for phase in await session.scalars(query):
        found[phase.project].append(phase)
    return found


async def listed(
    session: AsyncSession,
    organisation: str,
    *,
    customer: str | None,
    closed: bool | None,
    after: str | None,
    limit: int,
) -> list[Project]:
    query = select(Project).where(col(Project.organisation) == organisation).order_by(col(Project.code)).limit(limit)
    if customer is not None:
        query = query.where(col(Project.customer) == customer)
    if closed is not None:
        query = query.where(col(Project.closed) == closed)
    if after is not None:
        query = query.where(col(Project.code) > after)
    return list(await session.scalars(query))


async def give_account_to(session: AsyncSession, organisation: str, project: str, customer: str) -> None:
    """The project's account follows the project to another customer."""
    await session.execute(
        update(Account)
        .where(col(Account.organisation) == organisation, col(Account.project) == project)
        .values(customer=customer)
    )
