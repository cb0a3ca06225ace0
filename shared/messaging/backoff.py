"""Waiting longer after each failure."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta


class Backoff:
    """Doubles from ``first`` to ``longest``, each time a random part of it less, so that many don't return at once."""

    def __init__(self, first: timedelta, longest: timedelta, *, chance: Callable[[], float] = random.random) -> None:
        self._first = first.total_seconds()
        self._longest = longest.total_seconds()
        self._chance = chance
        self._failures = 0

    def next(self) -> float:
        """Seconds to wait after one more failure: between half and all of this step."""
        step = min(self._longest, self._first * 2.0 ** min(self._failures, 32))
        self._failures += 1
        return step * (0.5 + self._chance() / 2)

    def reset(self) -> None:
        self._failures = 0
