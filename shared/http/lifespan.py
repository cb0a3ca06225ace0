"""The life of a process: everything that runs beside HTTP starts here, in the background, and ends here.

HTTP answers at once, whatever is away. The migrations are tried until they work; then consumers, relay and sweeps
start, as far as the process' roles say.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

import structlog
from fastapi import FastAPI

from shared.clock import Clock
from shared.database.database import Database
from shared.database.migrations import migrate
from shared.http.database_errors import database_problem
from shared.http.jwks import FileSource, KeySet, UrlSource
from shared.http.runtime import Migration, Runtime
from shared.http.sweeps import SweepRunner, common_sweeps
from shared.http.tokens import TokenVerifier
from shared.messaging.messaging import Messaging
from shared.messaging.pruning import prune_inbox
from shared.service import Service, Sweep
from shared.settings import ProcessRole, ServiceSettings
from shared.telemetry.logging import configure_logging
from shared.telemetry.tracing import configure_tracing, end_tracing

log = structlog.get_logger(__name__)

RETRY_FIRST: Final = 0.2  # seconds between two tries of the migrations
RETRY_LONGEST: Final = 10.0


@asynccontextmanager
async def running(app: FastAPI, service: Service, clock: Clock, *, own_logging: bool) -> AsyncIterator[None]:
    """The lifespan of ``service``'s application. ``own_logging``: the process' logs are ours to set up."""
    settings = service.settings
    if own_logging:
        configure_logging(service.name, settings.log_format, settings.log_level)
    configure_tracing(service.name, settings.otel_exporter_otlp_endpoint)
    runtime = _runtime(service, clock)
    app.state.runtime = runtime
    log.info("starting", roles=sorted(settings.roles))
    async with AsyncExitStack() as ending:
        ending.push_async_callback(_bounded, "tracing", asyncio.to_thread, end_tracing, seconds=6)
        ending.push_async_callback(_bounded, "database", runtime.database.close, seconds=5)
        ending.push_async_callback(_bounded, "messaging", runtime.messaging.stop, seconds=settings.shutdown_seconds)
        background = asyncio.create_task(_background(runtime), name=f"{service.name}-background")
        ending.push_async_callback(_cancelled, background)
        yield
        log.info("stopping")


def _runtime(service: Service, clock: Clock) -> Runtime:
    settings = service.settings
    database = Database(settings.database_url, pool_size=settings.database_pool_size, application_name=service.name)
    consumes = ProcessRole.CONSUMERS in settings.roles
    sweeps = (*service.sweeps, *common_sweeps(), Sweep("inbox", INBOX_EVERY, prune_inbox)) if consumes else ()
    return Runtime(
        service=service,
        database=database,
        verifier=_verifier(settings),
        messaging=Messaging(
            service.name,
            database,
            service.subscriptions,
            settings.messaging(),
            consume=consumes,
            relay=ProcessRole.RELAY in settings.roles,
            clock=clock,
        ),
        sweeps=tuple(SweepRunner(sweep, database, clock) for sweep in sweeps),
        clock=clock,
    )


def _verifier(settings: ServiceSettings) -> TokenVerifier:
    source = UrlSource(settings.auth_jwks_url) if settings.auth_jwks_url else FileSource(settings.jwks_file)
    return TokenVerifier(KeySet(source), issuer=settings.auth_issuer, audience=settings.auth_audience)


async def _background(runtime: Runtime) -> None:
    """Migrate, then run what this process does beside HTTP, until it is cancelled."""
    await _migrate(runtime.database, runtime.service.migrations, runtime.migration)
    await runtime.messaging.start()
    async with asyncio.TaskGroup() as sweeps:
        for runner in runtime.sweeps:
            sweeps.create_task(runner.run(), name=f"sweep-{runner.sweep.name}")


async def _migrate(database: Database, package: str, state: Migration) -> None:
    """Try until it works: the database may start later than the service."""
    pause = RETRY_FIRST
    while not state.done:
        try:
            await migrate(database, package)
        except Exception as error:
            away = database_problem(error)
            state.why_not = away.detail if away else f"{type(error).__name__}, see the log"
            log.warning("migrations failed, trying again", exc_info=None if away else error, why=state.why_not)
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_LONGEST)
        else:
            state.done, state.why_not = True, None


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _bounded(what: str, end: Awaitable[None], *, seconds: float) -> None: ...
