"""Rows of an export, of one kind."""

from __future__ import annotations

from collections.abc import Sequence

from services.timesheets.domain.exporting import RowKind
from services.timesheets.queries.copied_rows import CopiedRows
from services.timesheets.queries.export_columns import COLUMNS
from services.timesheets.queries.exported import Chosen, rows_sql


def export_rows(
    row: RowKind, chosen: Chosen, columns: Sequence[str], time_zone: str, *, only_new: bool = False
) -> CopiedRows:
    """The rows of one kind, with ``columns``; clocks are those of ``time_zone``."""
    cells = {name: COLUMNS[name] for name in columns}
    return CopiedRows(rows_sql(row, only_new=only_new), chosen.values, cells, time_zone=time_zone)
