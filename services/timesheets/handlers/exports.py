"""Exports: small ones are made while who asks waits, big ones in the background; each has its file for good."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.handlers.export_files import chosen_by, make_file
from services.timesheets.queries.exported import more_than
from services.timesheets.queries.exports import (
    Run,
    fail_run,
    insert_run,
    lock_waiting_run,
    take_waiting_run,
    wait_again,
)
from services.timesheets.schemas.exports import ExportIn
from shared.clock import Clock
from shared.database.database import Database
from shared.files.table import CannotWriteError
from shared.http.problems import invalid_input
from shared.messaging.failures import Failure, classify

log = structlog.get_logger(__name__)

#: Entries of an export that is made at once.
AT_ONCE: Final = 5000
#: How often a run is tried before it fails.
TRIES: Final = 3
ISOLATION: Final = {"isolation_level": "REPEATABLE READ"}


async def start_export(session: AsyncSession, organisation: str, form: ExportIn, by: str, now: datetime) -> Run:
    """A new run: made here and now when it is small, else waiting to be made. ``session`` has ``ISOLATION``.

    Raises ``invalid-input`` when the file's encoding cannot hold a text.
    """
    span = (form.first_day, form.last_day)
    document = form.model_dump(mode="json", exclude={"first_day", "last_day"})
    run = await insert_run(session, organisation, span, document, by=by, now=now)
    if not await more_than(session, chosen_by(organisation, form), AT_ONCE):
        try:
            await make_file(session, run, now)
        except CannotWriteError as error:
            raise invalid_input(str(error), "/encoding") from None
    return run


async def retry_export(session: AsyncSession, organisation: str, run_id: UUID) -> bool:
    """A run that failed waits to be made again, of what is approved then; False when it is no such run."""
    return await wait_again(session, organisation, run_id)


async def make_waiting_export(database: Database, clock: Clock) -> int:
    """Sweep: make the file of one run that waits; 1 when there was one.

    A run that cannot be made fails with its reason and holds nothing up. What may pass is tried again, behind runs
    that were tried less often, and no more than ``TRIES`` times: the tries are counted before, so that a run that ends
    its process counts too.
    """
    async with database.transaction() as session:
        run = await take_waiting_run(session)
    if run is None:
        return 0
    if run.attempts > TRIES:
        await _fail(database, run, f"tried {TRIES} times; something went wrong each time (see the log)")
        return 1
    try:
        async with database.transaction() as session:
            await session.connection(execution_options=ISOLATION)
            if await lock_waiting_run(session, run.id):
                await make_file(session, run, clock())
    except CannotWriteError as error:
        await _fail(database, run, str(error))
    except Exception as error:
        if classify(error) is Failure.PASSING:
            raise
        log.error("export failed", export=str(run.id), exc_info=error)
        await _fail(database, run, f"unexpected error ({type(error).__name__}): see the log, and try again")
    return 1


async def _fail(database: Database, run: Run, reason: str) -> None:
    async with database.transaction() as session:
        await fail_run(session, run.id, reason)
