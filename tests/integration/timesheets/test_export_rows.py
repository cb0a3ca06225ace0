"""Rows of an export, which PostgreSQL writes, against the rules in Python: they add up, and look the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, get_args
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from services.timesheets.domain.exporting import RowKind
from services.timesheets.queries.export_columns import NAMES
from services.timesheets.queries.export_rows import export_rows
from services.timesheets.queries.exported import Chosen
from services.timesheets.schemas.exports import ColumnName
from shared.database.bulk import copy_rows
from shared.database.database import Database
from shared.files.copied import CopiedFile, CsvFrame, JsonFrame
from shared.files.opening import open_writer
from shared.files.table import CsvStyle, FileFormat
from shared.files.xlsx_copied import CopiedBook
from shared.ids import new_id
from shared.money import as_money
from tests.support.timesheets import NOW, Timesheet

ZONE = "Europe/Amsterdam"
DAY = date(2026, 3, 1)
TEXTS = (
    *("", "Café", "=1+1", "-x", "\t", 'say "hé"', "a;b,c", "two\nlines", "back\\slash", "\\.", "a\rb", "_x0041_"),
    *(" <b> & c ]]> ", "\u2028", "＝1", "'", None),
)


def an_entry(random: Random, organisation: str, number: int) -> dict[str, Any]:
    kind = random.choice(["labour", "travel", "distance"])
    time = kind != "distance"
    clock = time and random.random() < 0.7
    start = datetime(2026, 3, random.randint(27, 29), random.randint(0, 23), 5, 31, tzinfo=UTC) if clock else None
    minutes = random.randint(0, 900) if time else None
    currency = random.choice(["EUR", "JPY", "KWD"])
    cost = random.choice([None, Decimal(random.randint(0, 999_999)) / 100]) if time else None
    by_hand = random.random() < 0.4
    return {
        "id": new_id(),
        "organisation": organisation,
        "state": "approved",
        "version": 2,
        "work_order_id": None if by_hand else new_id(),
        "source": None if by_hand else "plan,ner",
        "external_id": None if by_hand else f"W{number}",
        "line_id": None if by_hand else "1",
        "ref": f"-h{number}" if by_hand else None,
        "kind": kind,
        "employee": random.choice(["jan", "mia", "gone"]),
        "customer": random.choice([None, "ACME"]),
        "project": random.choice([None, "P1"]),
        "phase": random.choice([None, "F1"]),
        "hour_type": "WORK" if time else None,
        "day": DAY + timedelta(random.randint(0, 40)),
        "started_at": start,
        "ended_at": start + timedelta(minutes=minutes) if start and minutes is not None else None,
        "raw_minutes": minutes,
        "break_minutes": 0,
        "minutes": minutes,
        "quantity": None if time else random.choice([Decimal("38.50"), Decimal(0), Decimal(7)]),
        "unit": None if time else "km",
        "unit_price": None if time else random.choice([None, Decimal("0.4")]),
        "currency": random.choice([None, "EUR"]),
        "description": random.choice(TEXTS),
        "billable": random.random() < 0.5,
        "flags": [],
        "cost_amount": cost,
        "cost_currency": currency if cost is not None else None,
        "approved_version": 2,
        "approved_by": "@anna",
        "approved_at": NOW + timedelta(microseconds=999),
        "created_at": NOW,
        "changed_at": NOW,
    }


def pieces_of(random: Random, entry: dict[str, Any]) -> list[dict[str, Any]]:
    left, start = entry["minutes"] or 0, entry["started_at"]
    pieces: list[dict[str, Any]] = []
    while left:
        minutes = random.randint(1, left)
        end = start + timedelta(minutes=minutes) if start else None
        pieces.append(
            {
                "entry_id": entry["id"],
                "number": len(pieces),
                "organisation": entry["organisation"],
                "minutes": minutes,
                "hour_type": random.choice(["WORK", "OVER"]),
                "surcharge": random.choice([Decimal(0), Decimal("33.5")]),
                "started_at": start,
                "ended_at": end,
                "why": [],
            }
        )
        left, start = left - minutes, end
    return pieces


def rows_of(entry: dict[str, Any], pieces: list[dict[str, Any]], row: RowKind) -> Iterator[list[Any]]:
    """The rules (docs/exports-and-reports.md), in Python."""
    sign = 1 if row is RowKind.ENTRY else -1
    done, before = 0, Decimal(0)
    for piece in pieces or [None]:
        cost, minutes = entry["cost_amount"], entry["minutes"]
        if piece is not None:
            minutes = piece["minutes"]
            done += minutes
            if cost is not None:
                all_of_it = done == entry["minutes"]
                up_to = cost if all_of_it else as_money(cost * done / entry["minutes"], entry["cost_currency"])
                cost, before = up_to - before, up_to
        of = piece or {**entry, "surcharge": None}
        cells = {
            **entry,
            "row": row.value,
            "entry": entry["ref"] or f"{entry['external_id']}/{entry['line_id']}",
            "employee_name": {"jan": "Jan Jansen", "mia": "Mia Peeters"}.get(entry["employee"]),
            "date": entry["day"],
            "start": _local(of["started_at"]),
            "end": _local(of["ended_at"]),
            "hour_type": of["hour_type"],
            "surcharge": of["surcharge"],
            "minutes": minutes * sign if minutes is not None else None,
            "hours": round(Decimal(minutes * sign) / 60, 4) if minutes is not None else None,
            "quantity": entry["quantity"] * sign + 0 if entry["quantity"] is not None else None,
            "currency": entry["currency"] or entry["cost_currency"],
            "work_order": entry["external_id"],
            "cost": cost * sign + 0 if cost is not None else None,
            "approved_at": _local(entry["approved_at"]),
            "entry_id": str(entry["id"]),
        }
        yield [cells[name] for name in NAMES]


def _local(moment: datetime | None) -> datetime | None:
    return moment.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None, microsecond=0) if moment else None


def snapshot(entry: dict[str, Any], pieces: list[dict[str, Any]]) -> str:
    """As the approval was published."""
    order = {"kind": "work-order", "source": entry["source"], "external_id": entry["external_id"]}
    by_hand = {"kind": "manual", "ref": entry["ref"]}
    names = ("kind", "employee", "customer", "project", "phase", "hour_type", "unit", "currency", "description")
    document = {
        **{name: entry[name] for name in names},
        "origin": by_hand if entry["ref"] else {**order, "line_id": entry["line_id"]},
        "billable": entry["billable"],
        "minutes": entry["minutes"],
        "day": entry["day"],
        "start": entry["started_at"],
        "end": entry["ended_at"],
        **{name: _text(entry[name]) for name in ("quantity", "unit_price")},
        "pieces": [
            {
                "minutes": piece["minutes"],
                "hour_type": piece["hour_type"],
                "surcharge": _text(piece["surcharge"]),
                "start": piece["started_at"],
                "end": piece["ended_at"],
            }
            for piece in pieces
        ],
    }
    if entry["cost_amount"] is not None:
        document["cost"] = {"amount": _text(entry["cost_amount"]), "currency": entry["cost_currency"]}
    given = {name: value for name, value in document.items() if value is not None}
    return json.dumps(given, default=lambda value: value.isoformat())


def _text(value: Decimal | None) -> str | None:
    return str(value) if value is not None else None


async def _store(database: Database, entries: list[dict[str, Any]], pieces: dict[Any, list[dict[str, Any]]]) -> None:
    async with database.transaction() as session:
        await copy_rows(session, "entries", list(entries[0]), [tuple(entry.values()) for entry in entries])
        flat = [piece for entry in entries for piece in pieces[entry["id"]]]
        await copy_rows(session, "entry_pieces", list(flat[0]), [tuple(piece.values()) for piece in flat])


async def _store_as_taken_back(
    database: Database, entries: list[dict[str, Any]], pieces: dict[Any, list[dict[str, Any]]]
) -> None:
    """Exports hold these approvals, and they are no more."""
    versions = [
        (e["id"], 2, e["organisation"], "approved", snapshot(e, pieces[e["id"]]), "@anna", e["approved_at"])
        for e in entries
    ]
    held = [(e["id"], 2, e["organisation"], e["day"], e["employee"], new_id()) for e in entries]
    async with database.transaction() as session:
        columns = ["entry_id", "version", "organisation", "what", "snapshot", "actor", "at"]
        await copy_rows(session, "entry_versions", columns, versions)
        columns = ["entry_id", "version", "organisation", "day", "employee", "run_id"]
        await copy_rows(session, "exported_entries", columns, held)


@pytest.mark.parametrize("row", list(RowKind))
@pytest.mark.parametrize("seed", range(4))
async def test_postgresql_writes_what_the_rules_say(
    database: Database, timesheet: Timesheet, tmp_path: Path, seed: int, row: RowKind
) -> None:
    random = Random(seed)
    organisation = timesheet.organisation
    entries = [an_entry(random, organisation, number) for number in range(150)]
    pieces = {entry["id"]: pieces_of(random, entry) for entry in entries}
    await (_store if row is RowKind.ENTRY else _store_as_taken_back)(database, entries, pieces)
    wanted = sorted((cells for entry in entries for cells in rows_of(entry, pieces[entry["id"]], row)), key=str)
    columns = random.sample(NAMES, len(NAMES))
    shown = [[cells[NAMES.index(name)] for name in columns] for cells in wanted]
    style = CsvStyle(random.choice(",;\t|"), ".", CsvStyle().encoding)
    style = CsvStyle(style.separator, "," if style.separator != "," else ".")
    rows = export_rows(row, Chosen(organisation, DAY, DAY + timedelta(50), None), columns, ZONE)

    async with database.transaction() as session:
        with (tmp_path / "ours.csv").open("wb") as file:
            copied = CopiedFile(file, CsvFrame(columns, style))
            assert await rows.copy_csv(session, style, copied.take) == len(wanted)
            await copied.end()
        with (tmp_path / "ours.json").open("wb") as file:
            copied = CopiedFile(file, JsonFrame())
            assert await rows.copy_json(session, copied.take) == len(wanted)
            await copied.end()
        book = CopiedBook(tmp_path / "ours.xlsx", columns, "March", NOW)
        assert await rows.copy_xlsx(session, book.take) == len(wanted)
        await book.end()

    for file_format in FileFormat:
        path = tmp_path / f"wanted.{file_format}"
        with open_writer(path, file_format, columns, title="March", made_at=NOW, csv=style) as writer:
            for cells in shown:
                writer.write(cells)
    assert _lines(tmp_path / "ours.csv") == _lines(tmp_path / "wanted.csv")
    made, asked = (json.loads((tmp_path / f"{whose}.json").read_bytes()) for whose in ("ours", "wanted"))
    assert sorted(made, key=str) == sorted(asked, key=str)
    assert list(made[0]) == columns
    assert _cells(tmp_path / "ours.xlsx") == _cells(tmp_path / "wanted.xlsx")


def _lines(path: Path) -> list[str]:
    return sorted(path.read_bytes().decode().split("\r\n"))


def _cells(path: Path) -> list[list[str]]:
    """Value, kind and format of all cells of the one sheet; the head first. An empty text is like none."""
    (sheet,) = openpyxl.load_workbook(path).worksheets
    head, *rows = ([_shown(cell) for cell in row] for row in sheet.iter_rows())
    assert sheet.freeze_panes == "A2"
    return [head, *sorted(rows)]


def _shown(cell: Any) -> str:
    if cell.value in (None, ""):
        return ""
    return f"{cell.value!r} {cell.data_type} {cell.number_format} {cell.font.b}"


async def test_rows_come_by_employee_day_and_clock(database: Database, timesheet: Timesheet) -> None:
    random, organisation = Random(7), timesheet.organisation
    entries = [an_entry(random, organisation, number) for number in range(60)]
    await _store(database, entries, {entry["id"]: pieces_of(random, entry) for entry in entries})
    rows = export_rows(
        RowKind.ENTRY, Chosen(organisation, DAY, DAY + timedelta(50), None), ["entry_id", "minutes"], ZONE
    )
    taken: list[bytes] = []

    async def take(data: bytes) -> None:
        taken.append(data)

    async with database.transaction() as session:
        await rows.copy_csv(session, CsvStyle(), take)
    ids = [line.partition(b",")[0].decode() for line in b"".join(taken).splitlines()]

    far = datetime(9000, 1, 1, tzinfo=UTC)
    order = sorted(entries, key=lambda e: (e["employee"], e["day"], e["started_at"] or far, e["id"]))
    assert list(dict.fromkeys(ids)) == [str(entry["id"]) for entry in order]


async def test_one_column_of_nothing_is_still_a_row(database: Database, timesheet: Timesheet) -> None:
    organisation = timesheet.organisation
    entry = {**an_entry(Random(1), organisation, 1), "description": None}
    await _store(database, [entry], {entry["id"]: pieces_of(Random(1), {**entry, "minutes": 5})})
    rows = export_rows(
        RowKind.ENTRY, Chosen(organisation, DAY, DAY + timedelta(50), ["jan", "mia", "gone"]), ["phase"], ZONE
    )
    taken: list[bytes] = []

    async def take(data: bytes) -> None:
        taken.append(data)

    async with database.transaction() as session:
        await rows.copy_csv(session, CsvStyle(), take)
    assert b"".join(taken).startswith(b'"')


def test_every_column_can_be_asked_for() -> None:
    assert get_args(ColumnName) == NAMES
