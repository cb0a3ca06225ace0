"""Two clocks of one employee at once. Ranges hold their start and not their end: 09:00–12:00 and 12:00–13:00 touch."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Span:
    """When an employee worked, by the entry that says so."""

    organisation: str
    employee: str
    entry_id: UUID
    start: datetime
    end: datetime

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end and self.entry_id != other.entry_id


def overlapping(spans: Iterable[Span]) -> set[UUID]:
    """Entries among ``spans`` that overlap one that starts before them (or with them, and stands before them)."""
    found: set[UUID] = set()
    by_employee: dict[tuple[str, str], list[Span]] = {}
    for span in spans:
        by_employee.setdefault((span.organisation, span.employee), []).append(span)
    for theirs in by_employee.values():
        found |= _later_ones(theirs)
    return found


def _later_ones(spans: Collection[Span]) -> set[UUID]:
    found: set[UUID] = set()
    reached: datetime | None = None
    for span in sorted(spans, key=lambda one: one.start):
        if reached is not None and span.start < reached:
            found.add(span.entry_id)
        reached = span.end if reached is None else max(reached, span.end)
    return found
