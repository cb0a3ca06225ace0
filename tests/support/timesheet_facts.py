"""Facts of timesheets put on their topic, as timesheets does; and waiting until billing has read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from confluent_kafka import Producer

from deploy.client.api import Api
from deploy.client.chain import wait_for
from shared.contracts.timesheets import Entry
from tests.support.messaging import own_headers

GROUP = "billing.entries"


class TimesheetFacts:
    """``operator`` may ask billing how far it has read."""

    def __init__(self, bootstrap: str, operator: Api) -> None:
        self._producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "linger.ms": 0, "log_level": 0})
        self._operator = operator

    def publish(self, events: Sequence[Entry]) -> None:
        """Returns once billing has handled them."""
        ends: dict[int, int] = {}

        def sent(error: Any, record: Any) -> None:
            assert error is None, error
            ends[record.partition()] = max(ends.get(record.partition(), 0), record.offset() + 1)

        for event in events:
            self._producer.produce(
                event.TOPIC,
                event.model_dump_json().encode(),
                event.message_key().encode(),
                headers=own_headers(event),
                on_delivery=sent,
            )
        assert self._producer.flush(30) == 0
        wait_for(lambda: self._read(ends), lambda: f"billing has not read up to {ends}")

    def _read(self, ends: dict[int, int]) -> bool:
        for consumer in self._operator.get("/v1/progress")["consumers"]:
            if consumer["consumer"] == GROUP:
                positions = {p["partition"]: p["next_offset"] for p in consumer["positions"]}
                return all(positions.get(partition, 0) >= end for partition, end in ends.items())
        return False
