"""Makes the file of an export: written to disk as it comes out of the database, then kept in it, in parts."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.copied_files import write_copied
from services.timesheets.domain.exporting import RowKind
from services.timesheets.queries.export_columns import NAMES
from services.timesheets.queries.export_rows import export_rows
from services.timesheets.queries.exported import Chosen, forget_stale, remember_exported
from services.timesheets.queries.exports import Run, finish_run, write_part
from services.timesheets.queries.settings import read_settings
from services.timesheets.schemas.exports import ExportIn

#: Bytes of a part of a file.
PART: Final = 1 << 20


def chosen_by(organisation: str, form: ExportIn) -> Chosen:
    """Which entries are asked for."""
    return Chosen(organisation, form.first_day, form.last_day, form.employees)


async def make_file(session: AsyncSession, run: Run, now: datetime) -> None:
    """Write the file of a run, remember what it holds, and fix both."""
    form = ExportIn.model_validate({**run.asked, "first_day": run.first_day, "last_day": run.last_day})
    with TemporaryDirectory(prefix="uurwerk-export-") as folder:
        path = Path(folder) / f"export.{form.format}"
        rows = await _write(session, run, form, path)
        size, digest = await _store(session, run, path)
    await finish_run(session, run.id, rows=rows, size=size, sha256=digest, now=now)


async def _write(session: AsyncSession, run: Run, form: ExportIn, path: Path) -> int:
    """What a file holds: what is taken back stands first; how many rows.

    A run with everything says how things are, so that nothing that earlier ones said has to be taken back after it.
    """
    chosen = chosen_by(run.organisation, form)
    time_zone = (await read_settings(session, run.organisation)).time_zone
    columns = form.columns or NAMES
    kinds = (RowKind.REVERSAL, RowKind.ENTRY) if form.only_new else (RowKind.ENTRY,)
    parts = [export_rows(kind, chosen, columns, time_zone, only_new=form.only_new) for kind in kinds]
    title = f"{run.first_day} – {run.last_day}"
    count = await write_copied(
        session, path, parts, columns, form.format, style=form.style, title=title, made_at=run.created_at
    )
    await forget_stale(session, chosen)
    await remember_exported(session, chosen, run.id)
    return count


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
