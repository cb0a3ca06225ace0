"""What a running service holds: made when the process starts, found by routes through the application."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, FastAPI, Request

from shared.clock import Clock
from shared.http.problems import unavailable

if TYPE_CHECKING:
    from shared.database.database import Database
    from shared.http.tokens import TokenVerifier
    from shared.service import Service


@dataclass
class Migration:
    """How far the database's schema is. Until ``done``, no route may use the database."""

    done: bool = False
    why_not: str | None = "the migrations have not run yet"


@dataclass
class Runtime:
    """One process of a service."""

    service: Service
    database: Database
    verifier: TokenVerifier
    clock: Clock
    migration: Migration = field(default_factory=Migration)

    def ready_database(self) -> Database:
        """The database, its schema being what the code needs. Raises the problem ``not-ready``."""
        if not self.migration.done:
            raise unavailable("not-ready", f"The database is not ready: {self.migration.why_not}.", retry_after=2)
        return self.database


def runtime_of(app: FastAPI) -> Runtime:
    """The runtime that the application's lifespan made."""
    runtime = app.state.runtime
    assert isinstance(runtime, Runtime)
    return runtime


async def _clock(request: Request) -> Clock:
    return runtime_of(request.app).clock


#: The clock that the process was started with: ``clock: CurrentClock``, then ``clock()``.
CurrentClock = Annotated[Clock, Depends(_clock)]
