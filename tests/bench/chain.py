"""The whole chain, with automatic approval: how many lines a second, and who spends the time."""

from __future__ import annotations

from dataclasses import asdict

from rich.table import Table

from tests.bench.bench import Bench
from tests.bench.chain_run import ChainRun
from tests.bench.registry import Benchmark, Expectation, Result
from tests.bench.screen import table

LINES_A_SECOND = 2_000


def run(bench: Bench) -> Result:
    measured = bench.chain_run
    figures = {**asdict(measured), "rates": _rates(measured)}
    expectation = Expectation("lines a second through the chain", _rates(measured)["lines"], LINES_A_SECOND)
    return Result(figures, (_speed(measured), _spent(measured)), (expectation,))


def _rates(run: ChainRun) -> dict[str, float]:
    """A second, until the balances were right; and until all was followed."""
    return {
        "orders": round(run.orders / run.billed, 1),
        "lines": round(run.lines / run.billed, 1),
        "lines_followed": round(run.lines / run.followed, 1),
    }


def _speed(run: ChainRun) -> Table:
    title = f"The chain: {run.orders:,} orders, {run.lines:,} lines, from the first publish until …"
    shown = table(title, "", "seconds", "orders/s", "lines/s")
    for what, seconds in (
        ("Kafka has all orders", run.published),
        ("the balances are right", run.billed),
        ("everybody has followed everything", run.followed),
    ):
        shown.add_row(what, f"{seconds:.1f}", f"{run.orders / seconds:,.0f}", f"{run.lines / seconds:,.0f}")
    return shown


def _spent(run: ChainRun) -> Table:
    shown = table("What that took, until the balances were right", "process", "CPU s", "CPU µs/line", "peak MB")
    for name, seconds in run.cpu.items():
        shown.add_row(name, f"{seconds:.1f}", f"{seconds / run.lines * 1e6:,.0f}", f"{run.memory[name]:,.0f}")
    total = sum(run.cpu.values())
    shown.add_row("together", f"{total:.1f}", f"{total / run.lines * 1e6:,.0f}", f"{sum(run.memory.values()):,.0f}")
    return shown


BENCHMARK = Benchmark("chain", "The whole chain, from published orders to unbilled balances", run)
