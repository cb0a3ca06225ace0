"""Waiting until the chain has caught up: what was under way has gone through, hop by hop.

Positions are compared, not emptiness, because scenarios run side by side: what others send meanwhile does not count.
A hop is an outbox that has been relayed up to where it stood, and then consumers that have read the topics up to
where those stood.
"""

from __future__ import annotations

import time
from collections.abc import Callable
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
        for _ in range(HOPS):
            for name, api in self._services.items():
                self._relayed(name, api)
            ends = self._ends()
            for name, api in self._services.items():
                self._read(name, api, ends)

    def _relayed(self, name: str, api: Api) -> None:
        outbox = api.get("/v1/progress")["outbox"]
        last = outbox["last_id"]

        def gone() -> bool:
            nonlocal outbox
            if outbox["oldest_pending_id"] is None or outbox["oldest_pending_id"] > last:
                return True
            outbox = api.get("/v1/progress")["outbox"]
            return False

        wait_for(gone, lambda: f"the outbox of {name} still holds {outbox}, which was there at {last}")

    def _read(self, name: str, api: Api, ends: dict[tuple[str, int], int]) -> None:
        behind: list[Any] = []

        def read() -> bool:
            behind.clear()
            for consumer in api.get("/v1/progress")["consumers"]:
                positions = {p["partition"]: p["next_offset"] for p in consumer["positions"]}
                for (topic, partition), end in ends.items():
                    if topic == consumer["topic"] and end > positions.get(partition, 0):
                        behind.append((topic, partition, positions.get(partition), end))
            return not behind

        wait_for(read, lambda: f"{name} is behind: {behind}")
