"""The work orders that are measured with: those of the delivery tests, and longer ones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aiokafka import AIOKafkaProducer

from tests.support.flow import LINES, PROJECTS, VALUE, Flow

TOPIC = "workorders.submitted.v1"
#: What the lines after the first two bring along: kilometres and material with their own price.
_MORE: tuple[tuple[dict[str, Any], Decimal], ...] = (
    ({"kind": "distance", "kilometres": "24", "unit_price": "0.25"}, Decimal("6.00")),
    (
        {"kind": "material", "article": "PIPE", "description": "Pipe 22 mm", "quantity": "3", "unit_price": "4.15"},
        Decimal("12.45"),
    ),
)
MOST_LINES = LINES + len(_MORE)


@dataclass(frozen=True, slots=True)
class Orders(Flow):
    """``orders`` orders with ``each`` lines, 2 to 4: labour, travel, distance, material."""

    each: int = LINES

    @property
    def lines(self) -> int:
        return self.orders * self.each

    def unbilled(self) -> dict[str, Decimal]:
        value = VALUE + sum((worth for _, worth in self._more), Decimal(0))
        counts = ((p, len(range(n, self.orders, len(PROJECTS)))) for n, p in enumerate(PROJECTS))
        return {project: value * count for project, count in counts if count}

    def order(self, number: int) -> dict[str, Any]:
        order = Flow.order(self, number)
        labour, travel = order["lines"]
        shared = {"employee": labour["employee"], "date": travel["date"], "currency": "EUR"}
        more = [{"line_id": str(n), **shared, **line} for n, (line, _) in enumerate(self._more, LINES + 1)]
        return {**order, "lines": [labour, travel, *more]}

    @property
    def _more(self) -> tuple[tuple[dict[str, Any], Decimal], ...]:
        return _MORE[: self.each - LINES]


def publish(bootstrap: str, messages: Iterator[tuple[bytes, bytes]]) -> None:
    """Publish as any other system would; returns when Kafka has acknowledged all."""
    asyncio.run(_publish(bootstrap, messages))


async def _publish(bootstrap: str, messages: Iterator[tuple[bytes, bytes]]) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=20, max_batch_size=256 * 1024
    )
    await producer.start()
    try:
        await asyncio.gather(*[await producer.send(TOPIC, key=key, value=value) for key, value in messages])
    finally:
        await producer.stop()
