"""The life of a process: everything that runs beside HTTP starts here, in the background, and ends here.

HTTP answers at once, whatever is away. The migrations are tried until they work; then consumers, relay and sweeps
start, as far as the process' roles say.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import structlog
from fastapi import FastAPI

from shared.clock import Clock
from shared.database.database import Database
from shared.database.migrations import migrate
from shared.http.database_errors import database_problem
from shared.http.jwks import FileSource, KeySet, Source, UrlSource
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
#: Seconds that consumers get to leave their groups, after the batches under way.
LEAVING: Final = 12.0
INBOX_EVERY: Final = timedelta(hours=1)


@asynccontextmanager
async def running(app: FastAPI, service: Service, clock: Clock, *, own_logging: bool) -> AsyncIterator[None]:
    """The lifespan of ``service``'s application. ``own_logging``: the process' logs are ours to set up."""
    settings = service.settings
    if own_logging:
        configure_logging(service.name, settings.log_format, settings.log_level)
    configure_tracing(service.name, settings.otel_exporter_otlp_endpoint)
    runtime = make_runtime(service, clock)
    app.state.runtime = runtime
    log.info("starting", roles=sorted(settings.roles))
    async with AsyncExitStack() as ending:
        # Ended in the opposite order.
        ending.push_async_callback(_bounded, "traces", lambda: asyncio.to_thread(end_tracing), 6)
        ending.push_async_callback(_bounded, "database", runtime.database.close, 5)
        ending.push_async_callback(_bounded, "messaging", runtime.messaging.stop, settings.shutdown_seconds + LEAVING)
        background = asyncio.create_task(_background(runtime), name=f"{service.name}-background")
        ending.push_async_callback(_cancelled, background)
        yield
        log.info("stopping")


def make_runtime(service: Service, clock: Clock) -> Runtime:
    """What one process holds; nothing is reached yet."""
    settings = service.settings
    database = Database(settings.database_url, pool_size=settings.database_pool_size, application_name=service.name)
    consumes = ProcessRole.CONSUMERS in settings.roles
    every = (*service.sweeps, *common_sweeps(), Sweep("inbox", INBOX_EVERY, prune_inbox))
    sweeps = [sweep for sweep in every if sweep.role in settings.roles]
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
    if settings.auth_jwks_url is not None:
        source: Source = UrlSource(settings.auth_jwks_url)
    else:
        assert settings.auth_jwks_file is not None  # the settings say so
        source = FileSource(settings.auth_jwks_file)
    return TokenVerifier(KeySet(source), issuer=settings.auth_issuer, audience=settings.auth_audience)


async def _background(runtime: Runtime) -> None:
    """Migrate, then run what this process does beside HTTP, until it is cancelled."""
    try:
        await _work(runtime)
    except Exception as error:  # a mistake of ours: what has started goes on, /readyz tells it
        runtime.failure = f"{type(error).__name__}: {error}"
        log.critical("work in the background ended", exc_info=error)


async def _work(runtime: Runtime) -> None:
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
    await asyncio.wait({task})


async def _bounded(what: str, end: Callable[[], Coroutine[Any, Any, None]], seconds: float) -> None:
    """What does not end in time is left: the process ends anyway, and nothing depends on a clean end.

    In a task of its own: a CancelledError of a library's must not pass for one of this process.
    """
    ending = asyncio.create_task(end(), name=f"end-{what}")
    await asyncio.wait({ending}, timeout=seconds)
    if not ending.done():
        ending.cancel()
        log.warning("did not end in time", what=what, seconds=seconds)
    elif not ending.cancelled() and (error := ending.exception()) is not None:
        log.warning("did not end cleanly", what=what, error=f"{type(error).__name__}: {error}")
