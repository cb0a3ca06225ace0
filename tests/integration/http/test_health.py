"""What a process says of itself, and that HTTP answers while the database or Kafka is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.ports import Ports
from shared.clock import Clock
from shared.database.bulk import execute, fetch
from shared.database.database import Database
from shared.http.auth import Role
from shared.http.sweeps import SweepRunner
from shared.service import Sweep
from shared.settings import ProcessRole, ServiceSettings
from tests.integration.http.demo.service import demo
from tests.support.api import Api, serve, settings_for

FreshDatabase = Callable[[str], str]


async def until_ready(api: Api, status: int = 200) -> dict[str, object]:
    """Wait for what /readyz says."""
    async with asyncio.timeout(30):
        while True:
            answer = await api.anonymous.get("/readyz")
            if answer.status_code == status:
                return dict(answer.json())
            await asyncio.sleep(0.05)


def nowhere() -> str:
    """A port where nobody listens."""
    return f"127.0.0.1:{Ports().pick()}"


async def test_an_api_process_is_ready_when_its_database_is(api: Api) -> None:
    state = await until_ready(api)
    assert state["roles"] == ["api"]
    assert state["why_not"] == []
    assert state["broker"] is None
    assert state["database"] is True
    assert state["migrated"] is True


async def test_http_answers_while_the_database_is_away() -> None:
    settings = settings_for(ServiceSettings, f"postgresql://nobody@{nowhere()}/nothing")
    async with serve(demo(settings), wait=False) as api:
        assert (await api.anonymous.get("/livez")).status_code == 200
        state = await until_ready(api, 503)
        assert "database" in str(state["why_not"])
        answer = await api.client(Role.ADMIN).get("/v1/things")
        assert answer.status_code == 503
        assert answer.json()["type"].endswith("/not-ready")
        assert int(answer.headers["retry-after"]) > 0
        assert (await api.client(Role.ADMIN).get("/v1/numbers")).status_code == 200
        assert (await api.anonymous.get("/metrics")).status_code == 200
        assert (await api.anonymous.get("/openapi.json")).status_code == 200


async def test_http_accepts_work_while_kafka_is_away(fresh_database: FreshDatabase) -> None:
    settings = settings_for(
        ServiceSettings,
        fresh_database("billing"),
        roles=frozenset(ProcessRole),
        kafka_bootstrap_servers=nowhere(),
        shutdown_seconds=5,
    )
    async with serve(demo(settings)) as api:
        assert (await api.client(Role.ADMIN).post("/v1/things", json={"name": "a"})).status_code == 201
        state = await until_ready(api)
        assert state["broker"] is False
        assert "Kafka does not answer" in str(state["degraded"])


async def test_a_process_for_kafka_is_not_ready_without_it(fresh_database: FreshDatabase) -> None:
    settings = settings_for(
        ServiceSettings,
        fresh_database("billing"),
        roles=frozenset({ProcessRole.RELAY}),
        kafka_bootstrap_servers=nowhere(),
        shutdown_seconds=5,
    )
    async with serve(demo(settings)) as api:
        state = await until_ready(api, 503)
        assert "Kafka does not answer" in str(state["why_not"])
        answer = await api.client(Role.ADMIN).get("/v1/things")
        assert answer.status_code == 404, "without the role api there are only the routes for operators"
        assert (await api.client(Role.INSTALLATION).get("/v1/dead-letters")).status_code == 200


async def test_a_connection_that_is_lost_is_a_503_and_comes_back(api: Api) -> None:
    runtime = api.runtime
    things = api.client(Role.ADMIN)
    assert (await things.get("/v1/things")).status_code == 200
    async with runtime.database.transaction() as session:
        await fetch(
            session,
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """,
        )
    # What the pool holds is dead now; it notices before it hands a connection out.
    assert (await things.get("/v1/things")).status_code == 200


async def test_metrics_are_for_prometheus(api: Api) -> None:
    await api.client(Role.ADMIN).get("/v1/things/1")
    answer = await api.anonymous.get("/metrics")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    requests = families["uurwerk_http_request_seconds"].samples
    assert any(sample.labels.get("route") == "/v1/things/{thing_id}" for sample in requests)
    assert not any("things/1" in sample.labels.get("route", "") for sample in requests)
    states = {sample.labels["state"] for sample in families["uurwerk_dead_letters"].samples}
    assert states == {"open", "replayed", "discarded"}
    assert families["uurwerk_outbox_rows"].samples[0].value >= 0
    assert "process_resident_memory_bytes" in families
    opened = await api.anonymous.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert opened.text.endswith("# EOF\n")


class Counter:
    """A sweep that counts its runs, and fails when told to."""

    def __init__(self) -> None:
        self.runs = 0
        self.failing = False
        self.left = 0
        self.ran = asyncio.Event()

    async def __call__(self, database: Database, clock: Clock) -> int:
        self.runs += 1
        self.ran.set()
        if self.failing:
            raise RuntimeError("cannot sweep")
        done, self.left = self.left, 0
        return done


async def test_a_sweep_runs_wakes_up_fails_and_goes_on(fresh_database: FreshDatabase) -> None:
    counter = Counter()
    sweep = Sweep("counting", timedelta(hours=1), counter)
    settings = settings_for(
        ServiceSettings,
        fresh_database("billing"),
        roles=frozenset({ProcessRole.API, ProcessRole.CONSUMERS}),
        kafka_bootstrap_servers=nowhere(),
        shutdown_seconds=5,
    )
    async with serve(demo(settings, (sweep,))) as api:
        await _ran(counter)
        counter.failing = True
        sweep.wake()
        await _ran(counter)
        state = await _sweep_state(api, failing=True)
        assert state["why_not"] == "RuntimeError: cannot sweep"
        assert (await api.anonymous.get("/readyz")).status_code == 200
        counter.failing, counter.left = False, 3
        await _ran(counter)  # tried again by itself
        await _ran(counter)  # and once more, because it did something
        state = await _sweep_state(api, failing=False)
        assert state["last_run"] is not None


async def _ran(counter: Counter) -> None:
    async with asyncio.timeout(20):
        await counter.ran.wait()
    counter.ran.clear()


async def _sweep_state(api: Api, *, failing: bool) -> dict[str, object]:
    async with asyncio.timeout(20):
        while True:
            state = (await api.anonymous.get("/readyz")).json()["sweeps"]["counting"]
            if (state["why_not"] is not None) == failing:
                return dict(state)
            await asyncio.sleep(0.02)


async def test_a_sweep_runs_in_one_process_at_a_time(api: Api) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()
    inside = 0

    async def slow(_: Database, __: Clock) -> int:
        nonlocal inside
        inside += 1
        assert inside == 1
        entered.set()
        await leave.wait()
        inside -= 1
        return 1

    sweep = Sweep("slow", timedelta(hours=1), slow)
    database, clock = api.runtime.database, api.runtime.clock
    first = asyncio.create_task(SweepRunner(sweep, database, clock).once())
    await entered.wait()
    assert await SweepRunner(sweep, database, clock).once() == 0, "another process is at it"
    leave.set()
    assert await first == 1
    assert await SweepRunner(sweep, database, clock).once() == 1, "the lock is free again"


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
async def test_health_goes_on_when_a_table_is_locked(api: Api, path: str) -> None:
    async with api.runtime.database.transaction() as session:
        await execute(session, "LOCK TABLE things IN ACCESS EXCLUSIVE MODE")
        assert (await api.anonymous.get(path)).status_code == 200


async def test_a_sweep_that_may_runs_in_all_processes(api: Api) -> None:
    both = asyncio.Barrier(2)

    async def shared(_: Database, __: Clock) -> int:
        await asyncio.wait_for(both.wait(), 20)
        return 1

    sweep = Sweep("shared", timedelta(hours=1), shared, alone=False)
    runners = [SweepRunner(sweep, api.runtime.database, api.runtime.clock) for _ in range(2)]
    assert await asyncio.gather(*(runner.once() for runner in runners)) == [1, 1]


async def test_a_sweep_belongs_to_its_role_and_ends_with_the_process(fresh_database: FreshDatabase) -> None:
    ended = asyncio.Event()

    async def end() -> None:
        ended.set()

    papers, counting = Counter(), Counter()
    sweeps = (
        Sweep("papers", timedelta(hours=1), papers, role=ProcessRole.DOCUMENTS, end=end),
        Sweep("counting", timedelta(hours=1), counting),
    )
    settings = settings_for(
        ServiceSettings,
        fresh_database("billing"),
        roles=frozenset({ProcessRole.API, ProcessRole.DOCUMENTS}),
        kafka_bootstrap_servers=nowhere(),
    )
    async with serve(demo(settings, sweeps)) as api:
        await _ran(papers)
        assert set((await api.anonymous.get("/readyz")).json()["sweeps"]) == {"papers"}
        assert not ended.is_set()
    assert ended.is_set()
    assert counting.runs == 0
