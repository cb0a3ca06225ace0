"""Ledger rows that nobody has claimed: how much they are worth, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.lines import LineKind, OpenRow, RowPiece
from services.billing.queries.still_billed import still_billed
from shared.database.bulk import fetch
from shared.money import PARTS
from shared.words import EntryKind

_KINDS: Final = {
    EntryKind.LABOUR: LineKind.TIME,
    EntryKind.TRAVEL: LineKind.TIME,
    EntryKind.DISTANCE: LineKind.DISTANCE,
    EntryKind.EXPENSE: LineKind.EXPENSE,
    EntryKind.MATERIAL: LineKind.MATERIAL,
}
_UNITS: Final = {LineKind.TIME: "hour", LineKind.DISTANCE: "km"}
_HUNDRED: Final = Decimal(100)


_ROWS: Final = """
SELECT r.id, r.account_id, r.kind, r.external_cost_id, r.entry_kind, r.day, r.parts, r.phase, r.start,
       r.work_order_id, r.position, r.name, r.employee, e.name AS employee_name, h.name AS hour_type_name, r.vat_rate,
       r.description, r.article, r.unit, r.quantity, r.unit_price, r.mark_up, r.pieces, r.reverses_row_id,
       r.finish, r.work_order
FROM open_rows o
JOIN ledger_rows r ON r.id = o.row_id
LEFT JOIN employees e ON e.organisation = r.organisation AND e.code = r.employee
LEFT JOIN hour_types h ON h.organisation = r.organisation AND h.code = r.hour_type
"""


async def open_parts(session: AsyncSession, account_id: UUID, up_to: date | None) -> Decimal:
    """Exact amount (parts) that is open on an account, of days up to ``up_to``."""
    (row,) = await fetch(
        session,
        "SELECT coalesce(sum(parts), 0) AS parts FROM open_rows"
        " WHERE account_id = $1 AND ($2::date IS NULL OR day <= $2)",
        account_id,
        up_to,
    )
    return Decimal(row["parts"])


async def load_open_rows(
    session: AsyncSession, account_id: UUID, up_to: date | None = None, phases: Sequence[str] | None = None
) -> list[OpenRow]:
    """What is open on an account: all of it, or of days up to ``up_to`` and of these ``phases`` only."""
    rows = await fetch(
        session,
        f"""
        {_ROWS}
        WHERE o.account_id = $1 AND ($2::date IS NULL OR o.day <= $2)
          AND ($3::text[] IS NULL OR r.phase = ANY($3))
        """,
        account_id,
        up_to,
        None if phases is None else list(phases),
    )
    return await _open_rows(session, rows)


async def load_these(session: AsyncSession, account_ids: Sequence[UUID], row_ids: Iterable[int]) -> list[OpenRow]:
    """Of ``row_ids`` those that are open on these accounts."""
    rows = await fetch(
        session,
        f"{_ROWS} WHERE o.account_id = ANY($1::uuid[]) AND o.row_id = ANY($2::bigint[])",
        list(account_ids),
        list(row_ids),
    )
    return await _open_rows(session, rows)


async def _open_rows(session: AsyncSession, rows: Sequence[asyncpg.Record]) -> list[OpenRow]:
    giving_back = [row["id"] for row in rows if row["reverses_row_id"] is not None]
    left = await still_billed(session, giving_back) if giving_back else {}
    return [_open_row(row, left.get(row["id"])) for row in rows]


def _open_row(row: asyncpg.Record, still_billed: Decimal | None) -> OpenRow:
    is_cost = row["kind"] == "external_cost" or row["external_cost_id"] is not None
    kind = LineKind.COST if is_cost else _KINDS[EntryKind(row["entry_kind"])]
    gives_back = row["reverses_row_id"] is not None
    return OpenRow(
        row_id=row["id"],
        kind=kind,
        day=row["day"],
        pieces=_pieces(row, gives_back),
        name=row["name"] or "",
        gives_back=gives_back,
        unit=_UNITS.get(kind, row["unit"] or ""),
        phase=row["phase"],
        start=row["start"],
        work_order_id=row["work_order_id"],
        position=row["position"] or 0,
        employee=row["employee"],
        employee_name=row["employee_name"],
        description=row["description"] or row["article"] or row["hour_type_name"],
        vat_rate=row["vat_rate"],
        finish=row["finish"],
        work_order=row["work_order"],
        notes=row["description"],
        still_billed=still_billed,
    )


def _pieces(row: asyncpg.Record, gives_back: bool) -> list[RowPiece]:
    """The row's pieces with its sign: a reversal keeps those of what it takes back."""
    sign = -1 if gives_back or row["parts"] < 0 else 1
    if row["pieces"]:
        return [_time_piece(piece, sign) for piece in row["pieces"]]
    quantity = sign * (Decimal(1) if row["quantity"] is None else row["quantity"])
    if row["unit_price"] is None:
        return [RowPiece(quantity, abs(row["parts"]) / PARTS, Decimal(0), row["parts"])]
    price = row["unit_price"] * (_HUNDRED + (row["mark_up"] or 0)) / _HUNDRED
    return [RowPiece(quantity, price, Decimal(0), row["parts"])]


def _time_piece(piece: dict[str, Any], sign: int) -> RowPiece:
    surcharge = Decimal(piece["surcharge"])
    price = Decimal(piece["price"])
    return RowPiece(
        quantity=Decimal(sign * piece["billed_minutes"]),
        price=price * (_HUNDRED + surcharge) / _HUNDRED if surcharge else price,
        surcharge=surcharge,
        parts=sign * Decimal(piece["parts"]),
        hour_type=piece["hour_type"],
    )
