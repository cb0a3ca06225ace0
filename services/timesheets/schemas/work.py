"""Work in short, as it is shown where it was or is to be something else."""

from __future__ import annotations

from datetime import date, datetime

from shared.http.fields import Answer, DecimalStr, PriceOut
from shared.words import EntryKind


class WorkOut(Answer):
    """What was worked, in short."""

    employee: str | None
    customer: str | None
    project: str | None
    phase: str | None
    kind: EntryKind
    hour_type: str | None
    date: date
    start: datetime | None
    end: datetime | None
    break_minutes: int
    minutes: int | None
    quantity: DecimalStr | None
    unit: str | None
    unit_price: PriceOut | None
    description: str | None
