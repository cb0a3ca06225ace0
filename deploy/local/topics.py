"""The topics on a broker: making those that are missing, and saying where the others differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from shared.contracts.topics import OTHERS, TOPICS, Topic

DLT_PARTITIONS = 1
DLT_RETENTION_MS = 30 * 24 * 60 * 60 * 1000
NEVER = -1


@dataclass(frozen=True)
class WantedTopic:
    """A topic as it should stand on the broker."""

    name: str
    partitions: int
    config: dict[str, str]


@dataclass(frozen=True)
class TopicReport:
    """What was found, and done, for one topic.  ``differences`` are for a person to put right."""

    name: str
    state: str  # "created", "there", "missing"
    differences: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return self.state != "missing" and not self.differences


def wanted_topics(topics: Iterable[Topic] = TOPICS, *, min_insync_replicas: int = 1) -> list[WantedTopic]:
    """The topics of the contracts and a dead letter topic for each that one of our services reads."""
    wanted = []
    for topic in topics:
        retention = NEVER if topic.compacted else topic.retention_ms
        config = {
            "cleanup.policy": "compact" if topic.compacted else "delete",
            "retention.ms": str(retention),
            "min.insync.replicas": str(min_insync_replicas),
        }
        wanted.append(WantedTopic(topic.name, topic.partitions, config))
        if set(topic.readers) == {OTHERS}:
            continue
        dead = config | {"cleanup.policy": "delete", "retention.ms": str(DLT_RETENTION_MS)}
        wanted.append(WantedTopic(topic.dead_letter_topic, DLT_PARTITIONS, dead))
    return wanted


async def ensure_topics(bootstrap: str, *, create: bool = True) -> list[TopicReport]:
    """Create what is missing (unless ``create`` is False) and compare what is there.

    Replication 3 and ``min.insync.replicas`` 2 where there are three brokers.  An existing topic is never
    changed: partitions of a keyed topic must not be, and its settings may be someone's decision.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        brokers = len((await admin.describe_cluster())["brokers"])
        wanted = wanted_topics(min_insync_replicas=2 if brokers >= 3 else 1)
        existing = set(await admin.list_topics())
        missing = [topic for topic in wanted if topic.name not in existing]
        if create and missing:
            await _create(admin, missing, replication=min(brokers, 3))
        differences = await _differences(admin, [topic for topic in wanted if topic.name in existing])
        state = "created" if create else "missing"
        return [
            TopicReport(topic.name, state if topic in missing else "there", differences.get(topic.name, ()))
            for topic in wanted
        ]
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, topics: list[WantedTopic], *, replication: int) -> None:
    new = [NewTopic(topic.name, topic.partitions, replication, topic_configs=topic.config) for topic in topics]
    answer = await admin.create_topics(new)
    for name, code, *message in answer.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            raise for_code(code)(f"{name}: {message}")


async def _differences(admin: AIOKafkaAdminClient, topics: list[WantedTopic]) -> dict[str, tuple[str, ...]]:
    if not topics:
        return {}
    described = await admin.describe_topics([topic.name for topic in topics])
    partitions = {topic["topic"]: len(topic["partitions"]) for topic in described}
    configs = await _configs(admin, [topic.name for topic in topics])
    found: dict[str, tuple[str, ...]] = {}
    for topic in topics:
        differences = [
            f"{name} is {configs[topic.name].get(name)}, should be {value}"
            for name, value in topic.config.items()
            if configs[topic.name].get(name) != value
        ]
        if partitions[topic.name] != topic.partitions:
            differences.insert(0, f"{partitions[topic.name]} partitions, should be {topic.partitions}")
        found[topic.name] = tuple(differences)
    return found


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    configs: dict[str, dict[str, str]] = {}
    for response in await admin.describe_configs(resources):
        for code, _, _, name, entries in response.resources:
            if code != 0:
                raise for_code(code)(name)
            configs[name] = {entry[0]: entry[1] for entry in entries}
    return configs
