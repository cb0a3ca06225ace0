"""Prices hold from a first to a last day, both included; None is no bound."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Dated:
    """What holds from ``valid_from`` to ``valid_until``."""

    valid_from: date | None
    valid_until: date | None

    def holds(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )

    def shares_a_day_with(self, other: Dated) -> bool:
        starts_in_time = self.valid_from is None or other.valid_until is None or self.valid_from <= other.valid_until
        ends_in_time = other.valid_from is None or self.valid_until is None or other.valid_from <= self.valid_until
        return starts_in_time and ends_in_time

    @property
    def days(self) -> str:
        return f"from {self.valid_from or 'the beginning'} until {self.valid_until or 'further notice'}"
