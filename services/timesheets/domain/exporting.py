"""Rows of an export: one for each piece of an approved entry, and the same taken back with negative signs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.timesheets.domain.work import Piece
from shared.money import as_money, rounded
from shared.words import EntryKind


class RowKind(StrEnum):
    """What a row says: that this was worked, or that an earlier export said so and it holds no more."""

    ENTRY = "entry"
    REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class Exported:
    """An approval of an entry as an export shows it. ``version`` is the approval's."""

    entry_id: UUID
    version: int
    name: str
    kind: EntryKind
    day: date
    employee: str | None = None
    employee_name: str | None = None
    customer: str | None = None
    project: str | None = None
    phase: str | None = None
    source: str | None = None
    work_order: str | None = None
    hour_type: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    minutes: int | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    currency: str | None = None
    description: str | None = None
    billable: bool = True
    cost: Decimal | None = None
    cost_currency: str | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    pieces: Sequence[Piece] = ()


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One row: ``entry`` with what is this piece's own. Of a reversal minutes, quantity and cost are negative."""

    row: RowKind
    entry: Exported
    hour_type: str | None
    surcharge: Decimal | None
    start: datetime | None
    end: datetime | None
    minutes: int | None
    quantity: Decimal | None
    cost: Decimal | None

    @property
    def hours(self) -> Decimal | None:
        return None if self.minutes is None else rounded(Decimal(self.minutes) / 60, 4)


def rows_of(entry: Exported, row: RowKind = RowKind.ENTRY) -> Iterator[ExportRow]:
    """The rows of an approval. Minutes and cost of its rows add up to its own, to the minute and the cent.

    What has no pieces (distance, expense, material; work that its break ate) has one row.
    """
    sign = 1 if row is RowKind.ENTRY else -1
    if not entry.pieces:
        minutes = (entry.minutes or 0) * sign if entry.kind.is_time else None
        quantity = entry.quantity * sign if entry.quantity is not None else None
        cost = entry.cost * sign if entry.cost is not None else None
        yield ExportRow(row, entry, entry.hour_type, None, entry.start, entry.end, minutes, quantity, cost)
        return
    costs = cost_shares(entry)
    for piece, cost in zip(entry.pieces, costs, strict=True):
        yield ExportRow(
            row,
            entry,
            piece.hour_type,
            piece.surcharge,
            piece.start,
            piece.end,
            piece.minutes * sign,
            None,
            cost * sign if cost is not None else None,
        )


def cost_shares(entry: Exported) -> list[Decimal | None]:
    """The entry's cost over its pieces by their minutes: each is the rounded sum so far less what went before."""
    if entry.cost is None:
        return [None] * len(entry.pieces)
    total = sum(piece.minutes for piece in entry.pieces)
    shares: list[Decimal | None] = []
    so_far, before = 0, Decimal(0)
    for piece in entry.pieces:
        so_far += piece.minutes
        upto = entry.cost if so_far == total else as_money(entry.cost * so_far / total, entry.cost_currency or "EUR")
        shares.append(upto - before)
        before = upto
    return shares
