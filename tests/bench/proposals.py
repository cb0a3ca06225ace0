"""The list of what can be invoiced: as quick with a million ledger rows as with ten thousand."""

from __future__ import annotations

import statistics
import time
from typing import Any

from tests.bench.bench import Bench
from tests.bench.billing_rows import fill
from tests.bench.billing_stage import ORGANISATION, office
from tests.bench.registry import Benchmark, Expectation, Result
from tests.bench.screen import table
from tests.bench.timesheet_stage import copied

PROJECTS = 400
FEW = 10_000
#: Per cent of the entries that are billed already.
BILLED = 50
SLOWER = 1.5
_PATHS = {
    "the first page": "/v1/proposals?limit=50",
    "all in one page": "/v1/proposals?limit=500",
    "up to a date": "/v1/proposals?limit=50&up_to=2025-06-30",
    "of a customer": "/v1/proposals?customer=C00007",
    "the self-check": "/v1/self-check",
}
#: Without what is kept of each account: the ledger is added up for each look.
_NAIVE = f"""
    SELECT a.customer, a.project, sum(r.parts) FROM ledger_rows r JOIN accounts a ON a.id = r.account_id
    WHERE r.organisation = '{ORGANISATION}' GROUP BY a.customer, a.project HAVING sum(r.parts) > 0
    ORDER BY a.customer, a.project LIMIT 50
"""


def run(bench: Bench) -> Result:
    measured: dict[int, dict[str, float]] = {}
    with office(bench, PROJECTS) as billing:
        first = rows = 0
        for wanted in (FEW, max(bench.options.entries, FEW)):
            # Of a hundred entries fifty are billed, and have a second row.
            entries = round(wanted / (1 + BILLED / 100) / PROJECTS) - first
            with bench.screen.step(f"Write up to {wanted:,} ledger rows"):
                rows = fill(billing.url, ORGANISATION, entries, first=first, billed=BILLED)
            first += entries
            with bench.screen.step(f"The list with {rows:,} ledger rows"), billing.usage() as usage:
                measured[rows] = {
                    what: _milliseconds(billing.api, path, bench.options.tries) for what, path in _PATHS.items()
                }
                measured[rows]["ledger added up by SQL"] = round(
                    min(copied(billing.url, _NAIVE)[0] for _ in range(bench.options.tries)) * 1000, 1
                )
                peak = usage.peaks()["billing"]
    few, many = measured.values()
    shown = table(f"The list of {PROJECTS} projects, milliseconds", "", *(f"{rows:,} rows" for rows in measured), "×")
    for what, before in few.items():
        shown.add_row(what, f"{before:,.1f}", f"{many[what]:,.1f}", f"{many[what] / before:.2f}")
    ratio = many["the first page"] / few["the first page"]
    figures: dict[str, Any] = {
        "rows": list(measured),
        "milliseconds": {str(rows): found for rows, found in measured.items()},
        "ratio": round(ratio, 2),
        "peak_mb": peak,
    }
    verdict = Expectation(f"list of proposals, {SLOWER:g} times slower at most", SLOWER / ratio, 1)
    return Result(figures, (shown,), (verdict,))


def _milliseconds(api: Any, path: str, tries: int) -> float:
    """The median of many looks, after one that warms up; the self-check a few times only."""
    check = path == "/v1/self-check"
    times = []
    for _ in range(1 + (tries if check else tries * 10)):
        started = time.perf_counter()
        if check:
            api.post(path)
        else:
            api.content(path)
        times.append(time.perf_counter() - started)
    return round(statistics.median(times[1:]) * 1000, 1)


BENCHMARK = Benchmark("proposals", f"The list of proposals with {FEW:,} and --entries ledger rows", run)
