"""Lines of a regular invoice: unbilled ledger rows, in order, joined as the customer prefers (domain.md, "Lines").

A line has one kind, unit, price, surcharge and VAT rate; an entry with dearer pieces makes a line for each price.
Grouping joins only equals, placed where the first of them stands. Net comes from the exact amounts, rounded once per
line; what is given back stands first, with a negative quantity, at the price it was billed at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Final
from uuid import UUID

from services.billing.domain import words
from services.billing.domain.line_details import entry_details
from services.billing.domain.vat import Vat, VatBasis
from shared.money import as_money, parts_as_money, rounded, sum_parts


class LineKind(StrEnum):
    TIME = "time"
    DISTANCE = "distance"
    EXPENSE = "expense"
    MATERIAL = "material"
    COST = "cost"
    ARTICLE = "article"
    FIXED_PRICE = "fixed price"
    ADVANCE = "advance"
    DEDUCTION = "deduction"


class Grouping(StrEnum):
    """Which entries a customer wants to see as one line, when they are equal otherwise."""

    ENTRY = "per entry"
    DAY = "per day"
    EMPLOYEE = "per employee"
    HOUR_TYPE = "per hour type"
    PHASE = "per phase"


@dataclass(frozen=True, slots=True)
class RowPiece:
    """Part of a ledger row that has one price.

    ``quantity``: billed minutes for time, else units; negative in what is given back. ``price`` of one hour or unit,
    surcharge or mark-up included, never negative. ``parts``: its exact amount, quantity × price (shared/money.py).
    """

    quantity: Decimal
    price: Decimal
    surcharge: Decimal
    parts: Decimal
    hour_type: str | None = None


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A ledger row that no invoice has claimed."""

    row_id: int
    kind: LineKind
    day: date
    pieces: Sequence[RowPiece]
    name: str
    gives_back: bool = False
    unit: str = ""
    phase: str | None = None
    start: datetime | None = None
    work_order_id: UUID | None = None
    position: int = 0
    employee: str | None = None
    employee_name: str | None = None
    description: str | None = None
    vat_rate: Decimal | None = None
    finish: datetime | None = None
    work_order: str | None = None
    notes: str | None = None
    #: Of what is given back: how much is still billed of it, where a discount or a credit note made that less.
    still_billed: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What a line takes of a ledger row: minutes or units, and the exact amount."""

    row_id: int
    quantity: Decimal
    parts: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it stands on the invoice. ``phase`` and ``day`` are None where its entries differ in them.

    ``net`` + ``discount`` is quantity × price, rounded; ``discount`` contains ``invoice_discount``, its part of the
    discount on the whole invoice (domain/discounts.py). ``asked_vat_rate`` is that of a line without ledger rows;
    ``own_text`` says that the user wrote the description. ``project``, on an invoice of several, names it ('': the
    customer's own account); on an invoice of one it is None. ``id`` None: a new line.
    """

    kind: LineKind
    description: str
    quantity: Decimal
    unit: str
    price: Decimal
    surcharge: Decimal
    net: Decimal
    vat: Vat
    phase: str | None = None
    day: date | None = None
    shares: Sequence[Share] = ()
    project: str | None = None
    article: str | None = None
    asked_vat_rate: Decimal | None = None
    own_text: bool = False
    discount_percentage: Decimal | None = None
    discount_amount: Decimal | None = None
    discount: Decimal = Decimal(0)
    invoice_discount: Decimal = Decimal(0)
    details: Sequence[Mapping[str, Any]] = ()
    id: UUID | None = None


_HOUR_DECIMALS: Final = 4
_NO_CLOCK: Final = datetime.max.replace(tzinfo=UTC)
_ARTICLES: Final = (LineKind.EXPENSE, LineKind.MATERIAL, LineKind.COST)


def shown_quantity(kind: LineKind, quantity: Decimal) -> Decimal:
    """Minutes of time as hours with four decimals; everything else as it is."""
    return rounded(quantity / 60, _HOUR_DECIMALS) if kind is LineKind.TIME else quantity


@dataclass(frozen=True, slots=True)
class Style:
    """How lines are written: ``details`` are shown of their entries (domain/line_details.py).

    ``project``: whose they are, on an invoice of several projects.
    """

    project: str | None = None
    language: str = "en"
    details: Sequence[str] = ()


def make_lines(
    rows: Iterable[OpenRow], grouping: Grouping, basis: VatBasis, currency: str, style: Style | None = None
) -> list[Line]:
    """The lines of an invoice that takes ``rows``, in the order in which they stand on it."""
    style = style or Style()
    groups: dict[tuple[object, ...], _Group] = {}
    vats = cache(basis.of)
    for row in in_order(rows):
        vat = vats(row.vat_rate, row.day)
        for piece in _priced(row):
            key = _key(row, piece, vat, grouping)
            group = groups.get(key)
            if group is None:
                group = groups[key] = _Group(row, piece, vat, grouping, style)
            group.add(row, piece)
    return [group.line(currency) for group in groups.values()]


def in_order(rows: Iterable[OpenRow]) -> list[OpenRow]:
    """What is given back, then by phase (none first), day, clock (none last), order and place in it; costs last."""
    rows = list(rows)
    orders = _orders(rows)

    def place(row: OpenRow) -> tuple[object, ...]:
        order = orders[row.work_order_id] if row.work_order_id else (row.name, 0)
        entry = (order, row.position, row.name, row.row_id)
        return (not row.gives_back, row.kind is LineKind.COST, row.phase or "", row.day, row.start or _NO_CLOCK, entry)

    return sorted(rows, key=place)


def _orders(rows: Iterable[OpenRow]) -> dict[UUID, tuple[str, int]]:
    """Where a work order stands among those of the same day: by the name of its first line, which is its own name."""
    first: dict[UUID, tuple[int, str]] = {}
    for row in rows:
        if row.work_order_id is not None:
            mine = (row.position, row.name)
            first[row.work_order_id] = min(first.get(row.work_order_id, mine), mine)
    return {order: (name, order.int) for order, (_, name) in first.items()}


def _priced(row: OpenRow) -> Sequence[RowPiece]:
    """The row's pieces that are billed; a piece that rounding left no minute needs no line of its own."""
    if row.still_billed is not None:
        quantity = sum((piece.quantity for piece in row.pieces), Decimal(0))
        return [RowPiece(quantity, row.still_billed, Decimal(0), sum_parts(piece.parts for piece in row.pieces))]
    billed = [piece for piece in row.pieces if piece.quantity or piece.parts]
    return billed or row.pieces[:1]


def _key(row: OpenRow, piece: RowPiece, vat: Vat, grouping: Grouping) -> tuple[object, ...]:
    """What the pieces of one line have in common. Two articles of one price are no equals."""
    article = row.description if row.kind in _ARTICLES else None
    alone = row.row_id if row.still_billed is not None else None
    equal = (row.gives_back, piece.quantity < 0, row.kind, row.unit, piece.price, piece.surcharge, vat, article, alone)
    return (*equal, _group(row, piece, grouping))


def _group(row: OpenRow, piece: RowPiece, grouping: Grouping) -> object:
    match grouping:
        case Grouping.DAY:
            return row.day
        case Grouping.EMPLOYEE:
            return row.employee
        case Grouping.HOUR_TYPE:
            return piece.hour_type
        case Grouping.PHASE:
            return row.phase
        case _:
            return row.row_id


@dataclass(slots=True)
class _Group:
    """A line in the making."""

    first: OpenRow
    piece: RowPiece
    vat: Vat
    grouping: Grouping
    style: Style
    quantity: Decimal = Decimal(0)
    parts: Decimal = Decimal(0)
    shares: list[Share] = field(default_factory=list)
    phases: set[str | None] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    descriptions: set[str] = field(default_factory=set)
    details: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, row: OpenRow, piece: RowPiece) -> None:
        self.quantity += piece.quantity
        self.parts += piece.parts
        self.shares.append(self._share(row, piece))
        self.phases.add(row.phase)
        self.days.add(row.day)
        self.descriptions.add(row.description or piece.hour_type or row.name)
        shown = shown_quantity(row.kind, piece.quantity)
        if (details := entry_details(row, shown, piece.hour_type, self.style.details)) is not None:
            self.details.append(details)

    def _share(self, row: OpenRow, piece: RowPiece) -> Share:
        """One for each row: pieces of one price that differ in hour type only are joined."""
        quantity, parts = piece.quantity, piece.parts
        if self.shares and self.shares[-1].row_id == row.row_id:
            before = self.shares.pop()
            quantity, parts = before.quantity + quantity, before.parts + parts
        return Share(row.row_id, quantity, parts)

    def line(self, currency: str) -> Line:
        row, piece = self.first, self.piece
        line = Line(
            kind=row.kind,
            description=self._description(),
            quantity=shown_quantity(row.kind, self.quantity),
            unit=row.unit,
            price=piece.price,
            surcharge=piece.surcharge,
            net=parts_as_money(self.parts, currency),
            vat=self.vat,
            phase=row.phase if len(self.phases) == 1 else None,
            day=row.day if len(self.days) == 1 else None,
            shares=self.shares,
            project=self.style.project,
            details=self.details,
        )
        if row.still_billed is None:
            return line
        return replace(line, quantity=Decimal(-1), unit="", net=-as_money(row.still_billed, currency))

    def _description(self) -> str:
        """The entries' own words when they all say the same, else what they have in common."""
        if len(self.descriptions) == 1:
            return next(iter(self.descriptions))
        if self.grouping is Grouping.EMPLOYEE and self.first.employee:
            return self.first.employee_name or self.first.employee
        return self.piece.hour_type or words.OF_KINDS[self.first.kind][self.style.language]
