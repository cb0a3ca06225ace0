"""The consume stage of each service: ours, a raw loop with the same SQL, and the documentation's way."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from tests.bench.bench import SERVICES, Bench
from tests.bench.registry import Benchmark, Expectation, Result
from tests.bench.screen import table
from tests.bench.stage import WAYS, Job, Measured, measure_apart

TIMES_THE_DOCUMENTATION = 10
_SHOWN = {"ours": "ours", "raw": "raw loop", "documentation": "documentation's way"}


def run(bench: Bench) -> Result:
    bench.chain_run  # noqa: B018 - fills the topics
    measured = {service: _best(bench, service) for service in SERVICES}
    figures = {service: figures_of(ways) for service, ways in measured.items()}
    expectations = tuple(
        Expectation(
            f"times the documentation's way, consume stage of {service}",
            figures[service]["ours_to_documentation"],
            TIMES_THE_DOCUMENTATION,
        )
        for service in SERVICES
    )
    return Result(figures, (_table(measured),), expectations)


def _best(bench: Bench, service: str) -> dict[str, Measured]:
    """The quickest of some tries of each way, taken in turns: what else the machine does can only slow a try down."""
    tries: dict[str, list[Measured]] = {way: [] for way in WAYS}
    for number in range(1, bench.options.tries + 1):
        for way, measured in tries.items():
            what = f"Consume stage of {service}, {_SHOWN[way]}, {number} of {bench.options.tries}"
            with bench.screen.step(what), bench.databases.fresh(service) as url:
                most = bench.options.slow if way == "documentation" else None
                measured.append(measure_apart(Job(service, way, url, bench.addresses.kafka_bootstrap, most)))
    return {way: min(measured, key=lambda one: one.seconds / one.lines) for way, measured in tries.items()}


def figures_of(ways: dict[str, Measured]) -> dict[str, Any]:
    """Ratios are of lines a second."""
    ours, raw, documentation = (ways[way].lines_a_second for way in ("ours", "raw", "documentation"))
    return {
        **{way: measured.as_json() for way, measured in ways.items()},
        "ours_to_raw": round(ours / raw, 3),
        "ours_to_documentation": round(ours / documentation, 2),
    }


def _table(measured: dict[str, dict[str, Measured]]) -> Table:
    columns = ("way", "messages", "seconds", "lines/s", "µs/line", "peak MB", "ours is")
    shown = table("Consume stages, each in a process of its own (µs: CPU of that process)", "stage", *columns)
    for service, ways in measured.items():
        ours = ways["ours"].lines_a_second
        for way, each in ways.items():
            shown.add_row(
                *(service, _SHOWN[way], f"{each.messages:,}", f"{each.seconds:.1f}", f"{each.lines_a_second:,.0f}"),
                *(f"{each.cpu / each.lines * 1e6:,.0f}", f"{each.peak_mb:,.0f}"),
                "" if way == "ours" else f"{ours / each.lines_a_second:.2f}×",
            )
        shown.add_section()
    return shown


BENCHMARK = Benchmark(
    "stages", "The consume stage of each service, against a raw loop and the documentation's way", run
)
