"""What a running service holds: made when the process starts, found by routes through the application."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, FastAPI, Request

from shared.clock import Clock
from shared.database.bulk import fetch
from shared.http.problems import unavailable
from shared.messaging.status import MessagingStatus

if TYPE_CHECKING:
    from shared.database.database import Database
    from shared.http.sweeps import SweepRunner
    from shared.http.tokens import TokenVerifier
    from shared.messaging.messaging import Messaging
    from shared.service import Service


@dataclass
class Migration:
    """How far the database's schema is. Until ``done``, no route may use the database."""

    done: bool = False
    why_not: str | None = "they have not run yet"


@dataclass
class Runtime:
    """One process of a service."""

    service: Service
    database: Database
    verifier: TokenVerifier
    messaging: Messaging
    sweeps: tuple[SweepRunner, ...]
    clock: Clock
    migration: Migration = field(default_factory=Migration)
    #: Why the work in the background has ended, if it has.
    failure: str | None = None

    def ready_database(self) -> Database:
        """The database, its schema being what the code needs. Raises the problem ``not-ready``."""
        if not self.migration.done:
            raise unavailable(
                "not-ready", f"The database's migrations are not done: {self.migration.why_not}.", retry_after=2
            )
        return self.database

    async def messaging_status(self) -> MessagingStatus:
        """How messaging is doing; before the migrations are done it has not started."""
        return await self.messaging.status() if self.migration.done else MessagingStatus(connected=None)

    async def dead_letters_by_state(self) -> dict[str, int]:
        """How many there are; empty when the database does not say."""
        if not self.migration.done:
            return {}
        try:
            async with asyncio.timeout(2), self.database.transaction() as session:
                rows = await fetch(session, "SELECT state, count(*) AS number FROM dead_letters GROUP BY state")
        except Exception:  # metrics go on without it; readiness says what is wrong
            return {}
        return dict.fromkeys(("open", "replayed", "discarded"), 0) | {r["state"]: r["number"] for r in rows}


def runtime_of(app: FastAPI) -> Runtime:
    """The runtime that the application's lifespan made."""
    runtime = app.state.runtime
    assert isinstance(runtime, Runtime)
    return runtime


async def _clock(request: Request) -> Clock:
    return runtime_of(request.app).clock


#: The clock that the process was started with: ``clock: CurrentClock``, then ``clock()``.
CurrentClock = Annotated[Clock, Depends(_clock)]
