"""What ``uurwerk doctor`` looks at: each check asks a real server and ends in findings, never in an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Any

from deploy.cli.access import SERVICES

BEHIND = 10_000  # records; more lag than this is worth a look


@dataclass(frozen=True)
class Finding:
    """``good`` is None where there was nothing to look at."""

    what: str
    good: bool | None
    detail: str


async def check_broker(bootstrap: str | None) -> list[Finding]:
    """The broker, its topics, and how far each consumer group is behind."""
    if not bootstrap:
        return [Finding("Apache Kafka", None, "KAFKA_BOOTSTRAP_SERVERS is not set")]
    from deploy.local.kafka_version import ask_kafka_version
    from deploy.local.probes import broker_answers

    try:
        await broker_answers(bootstrap)
        findings = [Finding("Apache Kafka", True, f"{await ask_kafka_version(bootstrap)} at {bootstrap}")]
        return [*findings, *await _topics(bootstrap), *await _groups(bootstrap)]
    except Exception as error:  # a doctor reports whatever is wrong
        return [Finding("Apache Kafka", False, f"{bootstrap}: {_words(error)}")]


async def check_database(service: str, url: str | None) -> Finding:
    """The service's database, its version, and whether its migrations are the ones of this code."""
    what = f"database of {service}"
    if not url:
        return Finding(what, None, f"{service.upper()}_DATABASE_URL is not set")
    from deploy.local.probes import database_answers

    plain = url.replace("postgresql+asyncpg:", "postgresql:", 1)
    try:
        version = await database_answers(plain)
        current, head = await _revision(plain), newest_revision(f"services.{service}.migrations")
    except Exception as error:
        return Finding(what, False, _words(error))
    where = f"PostgreSQL {version}, migration {current or 'none'}"
    if head is not None and current == head:
        return Finding(what, True, where)
    return Finding(what, False, f"{where}; this code has {head} (the service migrates when it starts)")


async def check_service(service: str, url: str | None) -> Finding:
    """Whether the service is ready, and if not, what it says."""
    if not url:
        return Finding(service, None, f"{service.upper()}_URL is not set and no local system is up")
    import httpx

    try:
        async with httpx.AsyncClient(base_url=url, timeout=10) as client:
            answer = await client.get("/readyz")
    except httpx.HTTPError as error:
        return Finding(service, False, f"{url}: {_words(error)}")
    return Finding(service, answer.is_success, url if answer.is_success else f"{url}: {answer.text[:500]}")


def newest_revision(package: str) -> str | None:
    """The head of a service's migrations in this code."""
    from alembic.script import ScriptDirectory

    from shared.database.migrations import alembic_config

    with as_file(files(package)) as folder:
        return ScriptDirectory.from_config(alembic_config(str(folder))).get_current_head()


def lag_finding(group: str, lags: Mapping[str, int]) -> Finding:
    """A group's lag: the sum, and the topics that it comes from."""
    total = sum(lags.values())
    behind = ", ".join(f"{topic} {lag:,}" for topic, lag in sorted(lags.items()) if lag)
    detail = f"{total:,} records behind ({behind})" if total else "up to date"
    return Finding(f"group {group}", total <= BEHIND, detail)


async def _topics(bootstrap: str) -> list[Finding]:
    from deploy.local.topics import ensure_topics

    reports = await ensure_topics(bootstrap, create=False)
    wrong = [report.name for report in reports if not report.good]
    if wrong:
        return [Finding("topics", False, f"{', '.join(wrong)} (see: uurwerk topics --check)")]
    return [Finding("topics", True, f"{len(reports)} as they should be")]


async def _groups(bootstrap: str) -> list[Finding]:
    from aiokafka import AIOKafkaConsumer
    from aiokafka.admin import AIOKafkaAdminClient

    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await admin.start()
    await consumer.start()
    try:
        groups = sorted(group for group, _ in await admin.list_consumer_groups() if group.startswith(SERVICES))
        return [await _lag(admin, consumer, group) for group in groups]
    finally:
        await consumer.stop()
        await admin.close()


async def _lag(admin: Any, consumer: Any, group: str) -> Finding:
    positions = await admin.list_consumer_group_offsets(group)
    ends = await consumer.end_offsets(list(positions)) if positions else {}
    lags: dict[str, int] = {}
    for place, position in positions.items():
        behind = max(ends[place] - max(position.offset, 0), 0)
        lags[place.topic] = lags.get(place.topic, 0) + behind
    return lag_finding(group, lags)


async def _revision(url: str) -> str | None:
    import asyncpg

    connection = await asyncpg.connect(url, timeout=5)
    try:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            return None
        revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
        return revision
    finally:
        await connection.close()


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
