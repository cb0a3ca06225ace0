"""``/metrics``: what this process counted, and messaging's status at the moment of asking."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from shared.messaging.status import ConsumerStatus, MessagingStatus

_BY_CONSUMER = ("consumer", "topic")


def exposition(status: MessagingStatus, dead_letters: Mapping[str, int], accept: str) -> tuple[bytes, str]:
    """All metrics in the format that ``accept`` asks for, and its media type."""
    encode, media_type = choose_encoder(accept)
    current = CollectorRegistry(auto_describe=False)
    current.register(_Snapshot(status, dead_letters))
    return encode(_Both(current)), media_type


class _Both(CollectorRegistry):
    """The process' own registry, and a second one."""

    def __init__(self, second: CollectorRegistry) -> None:
        super().__init__()
        self._second = second

    def collect(self) -> Iterator[Metric]:
        yield from REGISTRY.collect()
        yield from self._second.collect()


class _Snapshot(Collector):
    def __init__(self, status: MessagingStatus, dead_letters: Mapping[str, int]) -> None:
        self._status = status
        self._dead_letters = dead_letters

    def collect(self) -> Iterator[Metric]:
        yield from self._broker()
        yield from self._outbox()
        yield from self._lag()
        yield from self._consumers()
        yield self._kept()

    def _broker(self) -> Iterator[Metric]:
        if self._status.connected is not None:
            yield GaugeMetricFamily(
                "uurwerk_broker_connected", "1 while Kafka answers this process.", value=self._status.connected
            )

    def _outbox(self) -> Iterator[Metric]:
        outbox = self._status.outbox
        if outbox.depth is not None:
            age = outbox.oldest.total_seconds() if outbox.oldest else 0.0
            yield GaugeMetricFamily(
                "uurwerk_outbox_rows", "Facts that are not on their topic yet.", value=outbox.depth
            )
            yield GaugeMetricFamily("uurwerk_outbox_oldest_seconds", "Age of the oldest of them.", value=age)
        shards = GaugeMetricFamily("uurwerk_outbox_relaying", "1 for what this process relays.", labels=["shard"])
        published = CounterMetricFamily("uurwerk_outbox_published", "Facts put on topics.", labels=["shard"])
        held = GaugeMetricFamily(
            "uurwerk_outbox_held_keys", "Keys that wait for Kafka to take a row.", labels=["shard"]
        )
        for shard in self._status.shards:
            shards.add_metric([str(shard.shard)], shard.active)
            published.add_metric([str(shard.shard)], shard.published)
            held.add_metric([str(shard.shard)], len(shard.held))
        yield from (shards, published, held)

    def _lag(self) -> Iterator[Metric]:
        lag = GaugeMetricFamily(
            "uurwerk_consumer_lag_records", "Records still to read.", labels=[*_BY_CONSUMER, "partition"]
        )
        for consumer in self._status.consumers:
            for partition, records in sorted(consumer.lag.items()):
                lag.add_metric([consumer.group, consumer.topic, str(partition)], records)
        yield lag

    def _consumers(self) -> Iterator[Metric]:
        yield self._gauge("ready", "1 while the consumer does its work.", lambda c: c.ready)
        yield self._gauge("idle_seconds", "Since Kafka last answered the consumer.", lambda c: c.idle.total_seconds())
        yield self._counter("messages", "Messages handled.", lambda c: c.messages)
        yield self._counter("dead_letters", "Messages set aside.", lambda c: c.dead_letters)
        yield self._counter("skipped", "Messages of types that the consumer does not take.", lambda c: c.skipped)
        yield self._counter("duplicates", "Messages that were handled before.", lambda c: c.duplicates)
        yield self._counter("restarts", "Times that the consumer was started anew.", lambda c: c.restarts)

    def _gauge(self, name: str, text: str, value: Callable[[ConsumerStatus], float]) -> Metric:
        family = GaugeMetricFamily(f"uurwerk_consumer_{name}", text, labels=_BY_CONSUMER)
        for consumer in self._status.consumers:
            family.add_metric([consumer.group, consumer.topic], value(consumer))
        return family

    def _counter(self, name: str, text: str, value: Callable[[ConsumerStatus], float]) -> Metric:
        family = CounterMetricFamily(f"uurwerk_consumer_{name}", text, labels=_BY_CONSUMER)
        for consumer in self._status.consumers:
            family.add_metric([consumer.group, consumer.topic], value(consumer))
        return family

    def _kept(self) -> Metric:
        kept = GaugeMetricFamily("uurwerk_dead_letters", "Dead letters kept, by state.", labels=["state"])
        for state, count in sorted(self._dead_letters.items()):
            kept.add_metric([state], count)
        return kept
