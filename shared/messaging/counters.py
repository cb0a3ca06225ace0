"""What one consumer has done since the process started."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TypedDict

from shared.messaging.poll import Outcome


class Shown(TypedDict):
    """The part of a consumer's status that is counted."""

    messages: int
    dead_letters: int
    skipped: int
    duplicates: int
    batches: int
    last_batch_seconds: float
    batch_seconds: float
    restarts: int


@dataclass(slots=True)
class Counters:
    """``began`` and ``committed``: when it was last started and last committed a batch (monotonic; 0: never)."""

    began: float = 0.0
    committed: float = 0.0
    starts: int = 0
    messages: int = 0
    dead: int = 0
    passed_over: int = 0
    duplicates: int = 0
    batches: int = 0
    last_seconds: float = 0.0
    seconds: float = 0.0

    def begin(self) -> None:
        self.began = time.monotonic()
        self.starts += 1

    def count(self, outcome: Outcome, seconds: float) -> None:
        self.committed = time.monotonic()
        self.messages += outcome.messages
        self.dead += outcome.dead
        self.passed_over += outcome.passed_over
        self.duplicates += outcome.duplicates
        self.batches += 1
        self.last_seconds = seconds
        self.seconds += seconds

    def shown(self) -> Shown:
        return Shown(
            messages=self.messages,
            dead_letters=self.dead,
            skipped=self.passed_over,
            duplicates=self.duplicates,
            batches=self.batches,
            last_batch_seconds=self.last_seconds,
            batch_seconds=self.seconds,
            restarts=max(0, self.starts - 1),
        )
