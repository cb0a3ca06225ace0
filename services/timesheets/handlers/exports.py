"""Exports: small ones are made while who asks waits, big ones in the background; each has its file for good."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.exporting import Exported, RowKind, rows_of
from services.timesheets.export_columns import NAMES, cells
from services.timesheets.queries.exported import (
    Chosen,
    approved_batches,
    forget_stale,
    more_than,
    remember_exported,
    stale_batches,
)
from services.timesheets.queries.exports import Run, fail_run, finish_run, insert_run, lock_waiting_run, write_part
from services.timesheets.queries.settings import read_settings
from services.timesheets.schemas.exports import ExportIn
from shared.clock import Clock, zone
from shared.database.database import Database
from shared.files.opening import open_writer, writing
from shared.files.table import CannotWriteError
from shared.http.problems import invalid_input

#: Entries of an export that is made at once.
AT_ONCE: Final = 5000
#: Bytes of a part of a file.
PART: Final = 1 << 20
ISOLATION: Final = {"isolation_level": "REPEATABLE READ"}


@dataclass(frozen=True, slots=True)
class Asked:
    """An export that is asked, and of which entries."""

    form: ExportIn
    chosen: Chosen

    @classmethod
    def of(cls, organisation: str, form: ExportIn) -> Asked:
        return cls(form, Chosen(organisation, form.first_day, form.last_day, form.employees))


async def start_export(session: AsyncSession, organisation: str, form: ExportIn, by: str, now: datetime) -> Run:
    """A new run: made here and now when it is small, else waiting to be made. ``session`` has ``ISOLATION``.

    Raises ``invalid-input`` when the file's encoding cannot hold a text.
    """
    span = (form.first_day, form.last_day)
    document = form.model_dump(mode="json", exclude={"first_day", "last_day"})
    run = await insert_run(session, organisation, span, document, by=by, now=now)
    if not await more_than(session, Asked.of(organisation, form).chosen, AT_ONCE):
        try:
            await make_file(session, run, now)
        except CannotWriteError as error:
            raise invalid_input(str(error), "/encoding") from None
    return run


async def make_waiting_export(database: Database, clock: Clock) -> int:
    """Sweep: make the file of one run that waits; 1 when there was one."""
    async with database.transaction() as session:
        await session.connection(execution_options=ISOLATION)
        run = await lock_waiting_run(session)
        if run is None:
            return 0
        try:
            async with session.begin_nested():
                await make_file(session, run, clock())
        except CannotWriteError as error:
            await fail_run(session, run.id, str(error))
    return 1


async def make_file(session: AsyncSession, run: Run, now: datetime) -> None:
    """Write the file of a run, remember what it holds, and fix both."""
    form = ExportIn.model_validate({**run.asked, "first_day": run.first_day, "last_day": run.last_day})
    with TemporaryDirectory(prefix="uurwerk-export-") as folder:
        path = Path(folder) / f"export.{form.format}"
        rows = await _write(session, run, form, path)
        size, digest = await _store(session, run, path)
    await finish_run(session, run.id, rows=rows, size=size, sha256=digest, now=now)


async def _write(session: AsyncSession, run: Run, form: ExportIn, path: Path) -> int:
    time_zone = zone((await read_settings(session, run.organisation)).time_zone)
    columns = form.columns or NAMES
    title = f"{run.first_day} – {run.last_day}"
    opened = open_writer(path, form.format, columns, title=title, made_at=run.created_at, csv=form.style)
    count = 0
    async with writing(opened) as write, aclosing(_portions(session, run, form)) as portions:
        async for kind, entries in portions:
            rows = [cells(row, columns, time_zone) for entry in entries for row in rows_of(entry, kind)]
            count += len(rows)
            await write(rows)
    return count


async def _portions(session: AsyncSession, run: Run, form: ExportIn) -> AsyncGenerator[tuple[RowKind, list[Exported]]]:
    """What a file holds: what is taken back stands first.

    A run with everything says how things are, so that nothing that earlier ones said has to be taken back after it.
    """
    chosen = Asked.of(run.organisation, form).chosen
    if form.only_new:
        async for entries in stale_batches(session, chosen):
            yield RowKind.REVERSAL, entries
    await forget_stale(session, chosen)
    async for entries in approved_batches(session, chosen, only_new=form.only_new):
        yield RowKind.ENTRY, entries
    await remember_exported(session, chosen, run.id)


async def _store(session: AsyncSession, run: Run, path: Path) -> tuple[int, bytes]:
    """The file's bytes into the database, a part at a time; its size and hash."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        number = 0
        while content := file.read(PART):
            digest.update(content)
            size += len(content)
            await write_part(session, run, number, content)
            number += 1
    return size, digest.digest()
