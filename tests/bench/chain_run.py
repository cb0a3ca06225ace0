"""Orders through the whole chain: published on Kafka, and some time later unbilled in billing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal

from tests.bench.bench import ORGANISATION, SERVICES, Bench, Running
from tests.bench.orders import Orders, publish
from tests.bench.usage import Usage

#: Seconds between two looks at billing's balances. Each costs billing time, so it is looked oftener near the end.
_LOOK_OFTEN, _LOOK_SELDOM = 0.1, 1.0
_PATIENCE = 600.0
#: Orders that go through first: Kafka's JVM and the services have just been started, and what runs is warm.
WARM_UP = 1_000


@dataclass(frozen=True, slots=True)
class ChainRun:
    """Seconds from the first order that is published, until Kafka has them all (``published``), until the balances
    are right (``billed``), and until every service has followed everything (``followed``). ``cpu`` is until
    ``billed``, in seconds by process; ``memory`` MB at most.
    """

    orders: int
    lines: int
    published: float
    billed: float
    followed: float
    cpu: dict[str, float]
    memory: dict[str, float]


def run_chain(bench: Bench) -> ChainRun:
    """Publish the orders with the services running, wait until they are unbilled, and check the balances."""
    options = bench.options
    first = Orders(ORGANISATION, WARM_UP, options.lines)
    orders = Orders(ORGANISATION, WARM_UP + options.orders, options.lines)
    messages = list(orders.messages())
    lines = options.orders * options.lines
    bench.databases  # noqa: B018 - kept before anything comes in
    what = f"{options.orders:,} orders ({lines:,} lines) through the chain, from Kafka to unbilled balances"
    with bench.running() as running:
        with bench.screen.step(f"Warm up with {WARM_UP:,} orders"):
            publish(bench.addresses.kafka_bootstrap, iter(messages[:WARM_UP]))
            _wait_for_balances(running, first.unbilled(), lambda _: None)
            running.chain.catch_up()
        with (
            bench.screen.counted(what, lines) as show,
            Usage(_pids(bench, running)) as usage,
            ThreadPoolExecutor(max_workers=1) as pool,
        ):
            started = time.perf_counter()
            publisher = pool.submit(_publish, bench.addresses.kafka_bootstrap, iter(messages[WARM_UP:]), started)
            _wait_for_balances(running, orders.unbilled(), lambda share: show(int(lines * share)))
            billed = time.perf_counter() - started
            cpu = usage.cpu()
            running.chain.catch_up()
            followed = time.perf_counter() - started
            show(lines)
        _check(running, orders)
    return ChainRun(options.orders, lines, publisher.result(), billed, followed, cpu, usage.peaks())


def _publish(bootstrap: str, messages: Iterator[tuple[bytes, bytes]], started: float) -> float:
    publish(bootstrap, messages)
    return time.perf_counter() - started


def _pids(bench: Bench, running: Running) -> dict[str, int]:
    servers = {"Kafka": bench.stack.kafka.pid, "PostgreSQL": bench.stack.postgres.pid}
    return {name: running.services[name].pid for name in SERVICES} | servers


def _balances(running: Running) -> dict[str, Decimal]:
    """Of the projects that have any."""
    accounts = running.office.billing.all("/v1/accounts")
    return {item["project"]: Decimal(item["unbilled"]) for item in accounts if Decimal(item["unbilled"])}


def _wait_for_balances(running: Running, expected: dict[str, Decimal], show: Callable[[float], None]) -> None:
    """``show`` gets how much of what is still to come has come, 0 to 1."""
    started = time.monotonic()
    before: Decimal | None = None
    while (balances := _balances(running)) != expected:
        billed, seconds = sum(balances.values(), Decimal(0)), time.monotonic() - started
        before = billed if before is None else before
        worth = sum(expected.values(), Decimal(0))
        share = float((billed - before) / (worth - before))
        show(share)
        if seconds > _PATIENCE:
            raise TimeoutError(f"after {_PATIENCE:.0f} s {billed} of {worth} are unbilled")
        left = seconds * (1 / share - 1) if share else _LOOK_SELDOM
        time.sleep(min(_LOOK_SELDOM, max(_LOOK_OFTEN, left / 2)))


def _check(running: Running, orders: Orders) -> None:
    """Quick is worth nothing where it is wrong: every line once, nothing waiting, no dead letters."""
    if _balances(running) != orders.unbilled():
        raise AssertionError("the balances moved after they were right")
    for name in SERVICES:
        letters = list(getattr(running.installation, name).all("/v1/dead-letters"))
        if letters:
            raise AssertionError(f"{name} has {len(letters)} dead letters, such as {letters[0]}")
