"""``/livez``, ``/readyz`` and ``/metrics``: open, for whoever runs the service.

When a process is ready:

* always only when its database answers and its schema is migrated;
* with the role ``api`` it exists to take requests, and goes on to do so while Kafka is away: what is accepted waits
  in the outbox. Kafka away, a consumer that starts or tries again, or a failing sweep make it *degraded* (told, still
  ready). A consumer that has stopped for a person to look makes it unready: that is a bad deploy;
* without the role ``api`` it exists for Kafka: everything that is not as it should be makes it unready.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.responses import Response

from shared.http.database_errors import database_problem
from shared.http.metrics import exposition
from shared.http.runtime import Runtime, runtime_of
from shared.http.sweeps import SweepRunner
from shared.messaging.status import ConsumerState, ConsumerStatus, MessagingStatus
from shared.settings import ProcessRole

#: Seconds within which the database must answer.
PATIENCE: Final = 2.0

router = APIRouter(tags=["health"])


class ConsumerHealth(BaseModel):
    topic: str
    state: ConsumerState
    why_not: str | None
    partitions: list[int]
    lag: int = Field(description="Records that it has still to read.")
    idle_seconds: float = Field(description="Since Kafka last answered it.")
    degraded_sources: dict[str, float]


class ShardHealth(BaseModel):
    active: bool = Field(description="This process relays this part of the outbox.")
    held: dict[str, str] = Field(description="Keys and topics that Kafka refuses, with why.")


class OutboxHealth(BaseModel):
    depth: int | None
    oldest_seconds: float | None
    shards: dict[int, ShardHealth]


class SweepHealth(BaseModel):
    last_run: str | None
    why_not: str | None


class Readiness(BaseModel):
    """`ready` as the status of the answer says it (200 or 503); `degraded` with what does not work just now."""

    service: str
    roles: list[ProcessRole]
    ready: bool
    why_not: list[str]
    degraded: list[str]
    database: bool
    migrated: bool
    broker: bool | None = Field(description="Kafka answered lately; null where this process does not speak to it.")
    consumers: dict[str, ConsumerHealth]
    outbox: OutboxHealth
    sweeps: dict[str, SweepHealth]
    open_dead_letters: int | None


@dataclass(frozen=True)
class Findings:
    """What is not as it should be: what keeps this process from its work, and what only a part of it misses."""

    vital: list[str]
    partial: list[str]


@router.get("/livez", summary="Is the process alive?", include_in_schema=False)
async def livez() -> dict[str, bool]:
    """It answers, so it is."""
    return {"alive": True}


@router.get("/readyz", summary="Can the process do its work, and why not?", response_model=Readiness)
async def readyz(request: Request) -> Response:
    """200 when it can, 503 when not; the answer says what is wanting: database, broker, progress of the consumers."""
    runtime = runtime_of(request.app)
    readiness = await _readiness(runtime)
    return JSONResponse(readiness.model_dump(mode="json"), status_code=200 if readiness.ready else 503)


@router.get("/metrics", summary="Metrics for Prometheus", include_in_schema=False)
async def metrics(request: Request) -> Response:
    runtime = runtime_of(request.app)
    status, dead_letters = await runtime.messaging_status(), await runtime.dead_letters_by_state()
    text, media_type = exposition(status, dead_letters, request.headers.get("accept", ""))
    return Response(text, media_type=media_type)


async def _readiness(runtime: Runtime) -> Readiness:
    no_database = await _database_trouble(runtime)
    status = await runtime.messaging_status()
    findings = judge(runtime, no_database, status)
    return Readiness(
        service=runtime.service.name,
        roles=sorted(runtime.service.settings.roles),
        ready=not findings.vital,
        why_not=findings.vital,
        degraded=findings.partial,
        database=no_database is None,
        migrated=runtime.migration.done,
        broker=status.connected,
        consumers={consumer.group: _consumer(consumer) for consumer in status.consumers},
        outbox=_outbox(status),
        sweeps={runner.sweep.name: _sweep(runner) for runner in runtime.sweeps},
        open_dead_letters=status.open_dead_letters,
    )


def judge(runtime: Runtime, no_database: str | None, status: MessagingStatus) -> Findings:
    """Whether the process is ready, by the rule that this module's first lines say."""
    vital = [] if no_database is None else [f"database: {no_database}"]
    if not runtime.migration.done:
        vital.append(f"migrations: {runtime.migration.why_not}")
    if runtime.failure is not None:
        vital.append(f"background: {runtime.failure}")
    rest: list[str] = []
    for reason in status.why_not:
        (vital if reason in _stopped(status) else rest).append(reason)
    rest.extend(f"sweep {runner.sweep.name}: {runner.failure}" for runner in runtime.sweeps if runner.failure)
    if ProcessRole.API in runtime.service.settings.roles:
        return Findings(vital, rest)
    return Findings(vital + rest, [])


def _stopped(status: MessagingStatus) -> list[str]:
    """What of ``status.why_not`` is about consumers that wait for a person."""
    stopped = [consumer for consumer in status.consumers if consumer.state is ConsumerState.STOPPED]
    return list(replace(status, connected=None, consumers=tuple(stopped)).why_not)


async def _database_trouble(runtime: Runtime) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE):
            await runtime.database.ping()
    except Exception as error:  # whatever stands in its way is what is asked for here
        known = database_problem(error)
        return known.detail if known else type(error).__name__
    return None


def _consumer(status: ConsumerStatus) -> ConsumerHealth:
    return ConsumerHealth(
        topic=status.topic,
        state=status.state,
        why_not=status.reason,
        partitions=sorted(status.partitions),
        lag=sum(status.lag.values()),
        idle_seconds=round(status.idle.total_seconds(), 1),
        degraded_sources=status.degraded_sources,
    )


def _outbox(status: MessagingStatus) -> OutboxHealth:
    shards = {shard.shard: ShardHealth(active=shard.active, held=shard.held) for shard in status.shards}
    return OutboxHealth(depth=status.outbox.depth, oldest_seconds=_seconds(status.outbox.oldest), shards=shards)


def _seconds(value: timedelta | None) -> float | None:
    return None if value is None else round(value.total_seconds(), 1)


def _sweep(runner: SweepRunner) -> SweepHealth:
    return SweepHealth(
        last_run=None if runner.last_run is None else runner.last_run.isoformat(), why_not=runner.failure
    )
