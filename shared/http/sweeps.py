"""Runs the sweeps of a service: each every now and then, in one process at a time."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import Clock
from shared.database.database import Database
from shared.database.locks import lock_key
from shared.http.idempotency import prune_idempotency_keys
from shared.service import Sweep
from shared.telemetry.logging import bind_context
from shared.telemetry.metrics import SWEEP_DONE, SWEEP_FAILING, SWEEP_FAILURES, SWEEP_SECONDS

log = structlog.get_logger(__name__)

RETRY_FIRST: Final = 0.5  # seconds
RETRY_LONGEST: Final = 60.0
#: Between portions of one sweep, so that a sweep that counts wrongly cannot keep a processor busy.
BREATH: Final = 0.05


class SweepRunner:
    """One sweep in this process. ``failure`` says why the last run failed; None when it did not."""

    def __init__(self, sweep: Sweep, database: Database, clock: Clock) -> None:
        self.sweep = sweep
        self.failure: str | None = None
        self.last_run: datetime | None = None
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Sweep for ever; ends by being cancelled."""
        bind_context(sweep=self.sweep.name)
        try:
            await self._run()
        finally:
            if self.sweep.end is not None:
                await self.sweep.end()

    async def _run(self) -> None:
        retry = RETRY_FIRST
        while True:
            try:
                done = await self.once()
            except Exception as error:
                self._failed(error)
                await self.sweep.next_run(retry)
                retry = min(retry * 2, RETRY_LONGEST)
                continue
            retry = RETRY_FIRST
            self._succeeded()
            await self.sweep.next_run(BREATH if done else self.sweep.every.total_seconds())

    async def once(self) -> int:
        """One portion, unless another process is at it and it may not be; how much was done."""
        if not self.sweep.alone:
            return await self._portion()
        async with sole(self._database, f"sweep:{self.sweep.name}") as mine:
            return await self._portion() if mine else 0

    async def _portion(self) -> int:
        started = time.perf_counter()
        done = await self.sweep.run(self._database, self._clock)
        SWEEP_SECONDS.labels(self.sweep.name).observe(time.perf_counter() - started)
        SWEEP_DONE.labels(self.sweep.name).inc(done)
        return done

    def _succeeded(self) -> None:
        self.failure, self.last_run = None, self._clock()
        SWEEP_FAILING.labels(self.sweep.name).set(0)

    def _failed(self, error: Exception) -> None:
        self.failure = f"{type(error).__name__}: {error}".splitlines()[0][:500]
        SWEEP_FAILURES.labels(self.sweep.name).inc()
        SWEEP_FAILING.labels(self.sweep.name).set(1)
        log.error("sweep failed", exc_info=error)


@asynccontextmanager
async def sole(database: Database, name: str) -> AsyncIterator[bool]:
    """True inside the block for one process of this service, False for the others.

    The lock belongs to a connection of its own without a transaction: a long sweep holds back no vacuum, and a
    process that dies lets go.
    """
    key = {"key": lock_key(name)}
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        mine = bool((await connection.execute(text("SELECT pg_try_advisory_lock(:key)"), key)).scalar_one())
        try:
            yield mine
        finally:
            if mine:
                await _unlock(connection, key)


async def _unlock(connection: AsyncConnection, key: dict[str, int]) -> None:
    """Unlock, or drop the connection: one that goes back to the pool with the lock would keep it for ever."""
    try:
        await connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
    except BaseException:
        await connection.invalidate()
        raise


async def _prune(database: Database, _: Clock) -> int:
    async with database.transaction() as session:
        return await prune_idempotency_keys(session)


def common_sweeps() -> tuple[Sweep, ...]:
    """What every service sweeps."""
    return (Sweep("idempotency-keys", timedelta(hours=1), _prune),)
