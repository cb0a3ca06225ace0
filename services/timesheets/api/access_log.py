"""Notes who is handed out personal data of others, in the transaction that reads them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.api.users import OFFICE
from services.timesheets.queries.personal_data import Access, note_access
from shared.clock import Clock
from shared.http.auth import Principal, Role
from shared.http.runtime import runtime_of
from shared.http.session import Session


class AccessLog:
    """The log, for one request."""

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    async def note(
        self,
        principal: Principal,
        what: str,
        records: int,
        *,
        employee: str | None = None,
        asked: BaseModel | dict[str, Any] | None = None,
    ) -> None:
        """``principal`` is handed out ``records`` of ``what``. Employees who see themselves only are not noted."""
        if not records or not principal.has(*OFFICE, Role.BILLING):
            return
        if isinstance(asked, BaseModel):
            asked = asked.model_dump(mode="json", exclude_none=True, by_alias=True)
        await note_access(
            self._session,
            Access(principal.org, self._clock(), principal.subject, what, asked or {}, records, employee),
        )


async def _access_log(request: Request, session: Session) -> AsyncIterator[AccessLog]:
    yield AccessLog(session, runtime_of(request.app).clock)


#: For routes that read: ``session: Session`` instead of ``ReadSession``, and ``log: ReadLog`` beside it.
ReadLog = Annotated[AccessLog, Depends(_access_log, scope="function")]
