"""When a process is ready, and what /metrics says, from what messaging reports."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.clock import system_clock
from shared.http.health import Findings, judge
from shared.http.lifespan import make_runtime
from shared.http.metrics import exposition
from shared.messaging.status import ConsumerState, ConsumerStatus, MessagingStatus, OutboxStatus, ShardStatus
from shared.service import Service
from shared.settings import ProcessRole, ServiceSettings

ALL = frozenset(ProcessRole)
KAFKA_ONLY = frozenset({ProcessRole.CONSUMERS, ProcessRole.RELAY})


def consumer(state: ConsumerState = ConsumerState.RUNNING, reason: str | None = None) -> ConsumerStatus:
    return ConsumerStatus(
        group="demo.orders",
        topic="orders",
        state=state,
        reason=reason,
        partitions=(0, 1),
        lag={0: 5, 1: 7},
        last_progress=None,
        idle=timedelta(seconds=3),
        degraded_sources={},
        messages=10,
        dead_letters=1,
        skipped=2,
        duplicates=3,
        batches=4,
        last_batch_seconds=0.1,
        batch_seconds=0.4,
        restarts=0,
    )


def found(
    roles: frozenset[ProcessRole], status: MessagingStatus, *, migrated: bool = True, no_database: str | None = None
) -> Findings:
    settings = ServiceSettings.for_documents().model_copy(update={"roles": roles})
    runtime = make_runtime(Service("demo", "Demo", "Things.", settings, "nowhere"), system_clock)
    runtime.migration.done = migrated
    return judge(runtime, no_database, status)


@pytest.mark.parametrize("roles", [ALL, KAFKA_ONLY])
def test_all_is_well(roles: frozenset[ProcessRole]) -> None:
    assert found(roles, MessagingStatus(connected=True, consumers=(consumer(),))) == Findings([], [])


@pytest.mark.parametrize("roles", [ALL, KAFKA_ONLY, frozenset({ProcessRole.API})])
def test_nobody_is_ready_without_database_or_migrations(roles: frozenset[ProcessRole]) -> None:
    status = MessagingStatus(connected=None)
    assert found(roles, status, no_database="away").vital == ["database: away"]
    assert found(roles, status, migrated=False).vital == ["migrations: they have not run yet"]


@pytest.mark.parametrize(
    "status",
    [
        MessagingStatus(connected=False),
        MessagingStatus(connected=True, consumers=(consumer(ConsumerState.STARTING),)),
        MessagingStatus(connected=True, consumers=(consumer(ConsumerState.RETRYING, "database"),)),
    ],
)
def test_what_may_pass_degrades_the_api_and_stops_the_rest(status: MessagingStatus) -> None:
    both = found(ALL, status)
    assert both.vital == []
    assert both.partial
    assert found(KAFKA_ONLY, status).vital == both.partial


@pytest.mark.parametrize("roles", [ALL, KAFKA_ONLY])
def test_a_consumer_that_needs_a_person_makes_unready(roles: frozenset[ProcessRole]) -> None:
    stopped = consumer(ConsumerState.STOPPED, "too many bad messages")
    findings = found(roles, MessagingStatus(connected=True, consumers=(stopped,)))
    assert findings.vital == ["consumer demo.orders is stopped: too many bad messages"]
    assert findings.partial == []


def test_metrics_tell_of_consumers_and_outbox() -> None:
    status = MessagingStatus(
        connected=True,
        consumers=(consumer(),),
        shards=(ShardStatus(0, active=True, published=9, held={"k": "too large"}),),
        outbox=OutboxStatus(4, timedelta(seconds=2)),
    )
    text = exposition(status, {"open": 3}, "")[0].decode()
    for line in (
        'uurwerk_consumer_lag_records{consumer="demo.orders",partition="1",topic="orders"} 7.0',
        'uurwerk_consumer_messages_total{consumer="demo.orders",topic="orders"} 10.0',
        'uurwerk_consumer_ready{consumer="demo.orders",topic="orders"} 1.0',
        'uurwerk_outbox_relaying{shard="0"} 1.0',
        'uurwerk_outbox_held_keys{shard="0"} 1.0',
        "uurwerk_outbox_rows 4.0",
        "uurwerk_outbox_oldest_seconds 2.0",
        'uurwerk_dead_letters{state="open"} 3.0',
        "uurwerk_broker_connected 1.0",
        "# TYPE uurwerk_http_request_seconds histogram",
        "# TYPE uurwerk_batch_seconds histogram",
    ):
        assert line in text.splitlines(), line
