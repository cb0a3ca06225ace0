"""What makes a service: everything that the application factory needs to run it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from fastapi import APIRouter

from shared.clock import Clock
from shared.settings import ProcessRole, ServiceSettings

if TYPE_CHECKING:
    from shared.database.database import Database
    from shared.http.problems import Problem
    from shared.messaging.subscription import Subscription


@dataclass(frozen=True, eq=False)
class Sweep:
    """Work that is done every now and then, in one process at a time, or in all of them (``alone=False``).

    It belongs to a role of the process, ``consumers`` unless said otherwise. ``end`` gives back what ``run`` holds on
    to, when the process ends.

    ``run`` opens its own transactions, does a bounded portion of work, and returns how much it did; more than
    nothing makes it run again at once. An error is logged, shown in ``/readyz`` and tried again with backoff.
    """

    name: str
    every: timedelta
    run: Callable[[Database, Clock], Awaitable[int]]
    alone: bool = True
    role: ProcessRole = ProcessRole.CONSUMERS
    end: Callable[[], Awaitable[None]] | None = None
    _awake: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)

    def wake(self) -> None:
        """Run soon, in this process, without waiting for the interval. Call it after the commit."""
        self._awake.set()

    async def next_run(self, seconds: float) -> None:
        """Wait for the interval or for :meth:`wake`, whichever comes first."""
        try:
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        except TimeoutError:
            pass
        self._awake.clear()


@dataclass(frozen=True)
class Service:
    """A service as its composition root (``services/<name>/app.py``) describes it.

    ``migrations`` is the package of its Alembic migrations. ``errors`` says which problem each exception of the
    service's own rules becomes (subclasses too), so that ``domain`` needs to know nothing of HTTP.
    """

    name: str
    title: str
    description: str
    settings: ServiceSettings
    migrations: str
    routers: tuple[APIRouter, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    sweeps: tuple[Sweep, ...] = ()
    errors: Mapping[type[Exception], Callable[[Exception], Problem]] = field(default_factory=dict)
