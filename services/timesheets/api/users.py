"""Who asks, as the rules know them."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Path
from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.access import User
from services.timesheets.queries.settings import read_settings
from shared.clock import zone
from shared.contracts.base import Code
from shared.http.auth import Principal, Role, require

#: The back office: it sees and moves the entries of everybody.
OFFICE = (Role.APPROVER, Role.ADMIN)

Reader = Annotated[Principal, require(Role.EMPLOYEE, Role.APPROVER, Role.ADMIN, Role.BILLING)]
Writer = Annotated[Principal, require(Role.EMPLOYEE, Role.APPROVER, Role.ADMIN)]
Approver = Annotated[Principal, require(Role.APPROVER, Role.ADMIN)]
Admin = Annotated[Principal, require(Role.ADMIN)]

CodePath = Annotated[Code, Path(description="Never changed once given.")]


def reader(principal: Principal) -> User:
    """Employees read their own entries; the back office and billing all."""
    return User(principal.subject, principal.org, principal.employee, not principal.has(*OFFICE, Role.BILLING))


def writer(principal: Principal) -> User:
    """Employees write their own entries; the back office all."""
    return User(principal.subject, principal.org, principal.employee, not principal.has(*OFFICE))


def sees_cost(principal: Principal) -> bool:
    return principal.has(*OFFICE)


async def time_zone_of(session: AsyncSession, organisation: str) -> ZoneInfo:
    """What times are shown in; UTC while the organisation is not known."""
    return zone((await read_settings(session, organisation)).time_zone)
