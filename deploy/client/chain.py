"""Waiting until the chain has caught up: what was under way has gone through, hop by hop.

Positions are compared, not emptiness, because scenarios run side by side: what others send meanwhile does not count.
A hop is an outbox that has been relayed up to where it stood, and then consumers that have read the topics up to
where those stood.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from deploy.client.api import Api, Apis

#: submitted → hours-completed → entries → invoices, lines.
HOPS = 4
SECONDS = 60.0
PAUSE = 0.02


def wait_for(condition: Callable[[], bool], what: Callable[[], str], seconds: float = SECONDS) -> None:
    """Look until ``condition`` holds; after ``seconds`` fail with ``what``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds:.0f} s: {what()}")
        time.sleep(PAUSE)


#: An answer of ``/v1/progress``.
Progress = dict[str, Any]

#: End of the log of each (topic, partition).
Ends = Callable[[], dict[tuple[str, int], int]]


class Chain:
    """``ends`` asks Kafka where its logs end; ``apis`` are those of an operator or of the installation."""

    def __init__(self, ends: Ends, apis: Apis) -> None:
        self._services: dict[str, Api] = {
            "workorders": apis.workorders,
            "timesheets": apis.timesheets,
            "billing": apis.billing,
        }
        self._ends = ends

    def catch_up(self) -> None:
        """Return once all that was under way when this was called has gone through every hop."""
        seen = {name: self._progress(name) for name in self._services}
        before: dict[tuple[str, int], int] = {}
        for _ in range(HOPS):
            for name in self._services:
                self._relayed(name, seen[name]["outbox"])
            ends = self._ends()
            if ends == before:  # nothing came of what was read: there is no further hop to make
                return
            # What has been read is in the outbox that the same answer shows: the service looks at that afterwards.
            seen = {name: self._read(name, ends) for name in self._services}
            before = ends

    def _progress(self, name: str) -> Progress:
        progress: Progress = self._services[name].get("/v1/progress")
        return progress

    def _relayed(self, name: str, outbox: dict[str, Any]) -> None:
        last = outbox["last_id"]

        def gone() -> bool:
            nonlocal outbox
            if outbox["oldest_pending_id"] is None or outbox["oldest_pending_id"] > last:
                return True
            outbox = self._progress(name)["outbox"]
            return False

        wait_for(gone, lambda: f"the outbox of {name} still holds {outbox}, which was there at {last}")

    def _read(self, name: str, ends: dict[tuple[str, int], int]) -> Progress:
        progress: Progress = {}
        behind: list[Any] = []

        def read() -> bool:
            nonlocal progress
            progress = self._progress(name)
            behind[:] = _behind(progress, ends)
            return not behind

        wait_for(read, lambda: f"{name} is behind: {behind}")
        return progress


def _behind(progress: Progress, ends: dict[tuple[str, int], int]) -> Iterator[Any]:
    for consumer in progress["consumers"]:
        positions = {p["partition"]: p["next_offset"] for p in consumer["positions"]}
        for (topic, partition), end in ends.items():
            if topic == consumer["topic"] and end > positions.get(partition, 0):
                yield topic, partition, positions.get(partition), end
