"""Rounding of minutes for the invoice (domain.md, "Rounding of minutes"): what was worked stays beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

_TEXT: Final = re.compile(r"^(up|down|nearest) ([1-9]\d{0,3})$")
#: A day: a longer step would round everything to nothing or to a day.
_LONGEST: Final = 1440


class UnknownRoundingError(ValueError):
    """The text names no rounding; its message says which there are."""


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class Rounding:
    """To whole multiples of ``step`` minutes; halfway is up."""

    direction: Direction
    step: int

    def of(self, minutes: int) -> int:
        """``minutes``, zero or more, rounded."""
        match self.direction:
            case Direction.UP:
                return -(-minutes // self.step) * self.step
            case Direction.DOWN:
                return minutes // self.step * self.step
            case Direction.NEAREST:
                return (2 * minutes + self.step) // (2 * self.step) * self.step

    def __str__(self) -> str:
        return f"{self.direction} {self.step}"


def parse_rounding(text: str) -> Rounding:
    """The rounding that ``text`` names: ``up 15``, ``down 6``, ``nearest 5``; raises UnknownRoundingError."""
    match = _TEXT.match(" ".join(text.lower().split()))
    if match is None or int(match[2]) > _LONGEST:
        raise UnknownRoundingError(f'{text!r} is no rounding: write "up 15", "down 6" or "nearest 5"')
    return Rounding(Direction(match[1]), int(match[2]))


def spread(pieces: Sequence[tuple[int, Decimal]], billed: int) -> list[int]:
    """Billed minutes of each of an entry's pieces ``(minutes, surcharge)`` so that they add up to ``billed``.

    The piece with the lowest surcharge takes the difference, the earlier of two. What is taken off beyond its own
    minutes comes off the next one.
    """
    result = [minutes for minutes, _ in pieces]
    difference = billed - sum(result)
    for index in sorted(range(len(pieces)), key=lambda index: pieces[index][1]):
        taken = max(difference, -result[index])
        result[index] += taken
        difference -= taken
    return result
