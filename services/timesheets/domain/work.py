"""Work: what one line of an order, or one entry by hand, says was done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from shared.words import EntryKind


@dataclass(frozen=True, slots=True)
class Work:
    """The content of an entry. Two that are equal are the same work, however they were written.

    Labour and travel have ``raw_minutes`` (break included), ``break_minutes`` and ``minutes``, and a clock (instants
    in UTC) unless only minutes were given; the other kinds have ``quantity``, ``unit`` and ``unit_price``. ``day``
    is the local day of the start. Prices are per unit, without VAT, in ``currency`` (None: the organisation's).
    """

    kind: EntryKind
    day: date
    employee: str | None = None
    customer: str | None = None
    project: str | None = None
    phase: str | None = None
    hour_type: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    raw_minutes: int | None = None
    break_minutes: int = 0
    minutes: int | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    currency: str | None = None
    article: str | None = None
    vat_rate: Decimal | None = None
    description: str | None = None
    extra_to: UUID | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of an entry's minutes with one hour type and one surcharge (per cent).

    ``start`` to ``end`` is the clock that it lies in; a break comes off its minutes. ``why``: what gave it its hour
    type and surcharge (``domain.explanation``); the same piece for another reason is the same piece.
    """

    minutes: int
    hour_type: str
    surcharge: Decimal = Decimal(0)
    start: datetime | None = None
    end: datetime | None = None
    why: tuple[str, ...] = field(default=(), compare=False)
