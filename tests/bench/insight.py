"""Reports and exports of very many entries, against what SQL alone needs for the same."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from tests.bench.bench import Bench
from tests.bench.registry import Benchmark, Expectation, Result
from tests.bench.screen import table
from tests.bench.timesheet_rows import FIRST_DAY, LAST_DAY, ORGANISATION
from tests.bench.timesheet_stage import Filled, copied, database, running, seconds_of, wait_until

#: Of the speed of SQL alone.
OF_SQL = 0.5
#: (what the report is by, the same in SQL).
REPORTS = {
    "employee": "employee",
    "project": "project",
    "phase": "project, phase",
    "day": "day",
    "week": "date_trunc('week', day)",
    "month": "date_trunc('month', day)",
}
_SUMS = "count(*), sum(e.minutes), sum(e.minutes) FILTER (WHERE e.billable), sum(e.cost_amount), sum(e.billed_net)"
_OF = f"e.organisation = '{ORGANISATION}' AND e.state = 'approved'"
_OTHER_REPORTS = {
    "customer": f"""
        SELECT p.customer, {_SUMS} FROM entries e JOIN projects p ON p.organisation = e.organisation
            AND p.code = e.project WHERE {_OF} GROUP BY 1 ORDER BY 1
    """,
    "hour_type": f"""
        SELECT coalesce(p.hour_type, e.hour_type), count(*), sum(coalesce(p.minutes, e.minutes)),
            sum(coalesce(p.minutes, e.minutes)) FILTER (WHERE e.billable), sum(e.cost_amount), sum(e.billed_net)
        FROM entries e LEFT JOIN entry_pieces p ON p.entry_id = e.id WHERE {_OF} GROUP BY 1 ORDER BY 1
    """,
}
_ORDERS = f"SELECT source, external_id, {_SUMS} FROM entries e WHERE {_OF} GROUP BY 1, 2 ORDER BY 1, 2"
_OF_ORDERS = f"""
    SELECT work_order_id, sum(minutes) AS minutes, sum(cost_amount) AS cost, sum(billed_net) AS value
    FROM entries e WHERE {_OF} GROUP BY 1
"""
_PLANNED = """
    SELECT o.project, o.phase, sum(o.planned_minutes), sum(o.planned_minutes * w.cost / nullif(w.minutes, 0))
    FROM orders o LEFT JOIN ({of_orders}) w USING (work_order_id) GROUP BY 1, 2
"""
_POST_CALCULATIONS = {
    "phase": (
        f"SELECT project, phase, {_SUMS} FROM entries e WHERE {_OF} GROUP BY 1, 2 ORDER BY 1, 2",
        _PLANNED.format(of_orders=_OF_ORDERS),
    ),
    "work_order": (
        f"SELECT * FROM orders o LEFT JOIN ({_OF_ORDERS}) w USING (work_order_id) ORDER BY o.source, o.external_id",
    ),
}
#: The rows of an export, as they stand in the tables.
_EXPORT = f"""
    SELECT e.*, m.name, p.number, p.minutes, p.hour_type, p.surcharge, p.started_at, p.ended_at
    FROM entries e LEFT JOIN entry_pieces p ON p.entry_id = e.id
    LEFT JOIN employees m ON m.organisation = e.organisation AND m.code = e.employee
    WHERE {_OF} ORDER BY e.employee, e.day, e.started_at, e.id, p.number
"""
_EXPORT_AS_JSON = f"SELECT row_to_json(o) FROM ({_EXPORT}) AS o"
#: What every export notes, for "only what is new".
_NOTE = f"""
    INSERT INTO exported_entries (entry_id, version, organisation, day, employee, run_id)
    SELECT e.id, e.approved_version, e.organisation, e.day, e.employee, e.id FROM entries e WHERE {_OF}
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """Seconds of ours, and of SQL alone; ``memory_mb`` is what the service grew by, ``size`` in bytes."""

    what: str
    ours: float
    raw: float
    memory_mb: float | None = None
    size: int | None = None

    @property
    def of_sql(self) -> float:
        return self.raw / self.ours


def run(bench: Bench) -> Result:
    entries = bench.options.entries
    with database(bench, entries) as url, running(bench, url) as filled:
        reports = _reports(bench, filled)
        exports = _exports(bench, filled)
    figures: dict[str, Any] = {
        "entries": entries,
        "reports": [asdict(one) for one in reports],
        "exports": [asdict(one) for one in exports],
    }
    expectations = tuple(
        Expectation(f"of the speed of SQL, {one.what}", one.of_sql, OF_SQL) for one in (*reports, *exports)
    )
    shown = (_table(f"Reports of {entries:,} entries", reports), _table(f"Exports of {entries:,} entries", exports))
    return Result(figures, shown, expectations)


def _reports(bench: Bench, filled: Filled) -> list[Compared]:
    found = []
    queries = {
        by: f"SELECT {keys}, {_SUMS} FROM entries e WHERE {_OF} GROUP BY {keys} ORDER BY {keys}"
        for by, keys in REPORTS.items()
    }
    for by, query in {**queries, **_OTHER_REPORTS}.items():
        found.append(_report(bench, filled, f"report by {by}", f"/v1/reports?by={by}", (query,)))
    path = "/v1/reports?by=work_order&format=csv"
    found.append(_report(bench, filled, "report by work order, CSV", path, (_ORDERS,)))
    for by, statements in _POST_CALCULATIONS.items():
        path = f"/v1/post-calculation?by={by}" + ("&format=csv" if by == "work_order" else "")
        found.append(_report(bench, filled, f"post-calculation by {by}", path, statements))
    return found


def _report(bench: Bench, filled: Filled, what: str, path: str, statements: tuple[str, ...]) -> Compared:
    """The best of some tries of each, in turns: the first reads from disk what the next ones find in memory."""
    ours, raw = [], []
    before = filled.memory()
    with bench.screen.step(what.capitalize()), filled.usage() as usage:
        for _ in range(bench.options.tries):
            started = time.perf_counter()
            filled.office.content(path)
            ours.append(time.perf_counter() - started)
            raw.append(sum(copied(filled.url, statement)[0] for statement in statements))
    grown = max(usage.peaks()["timesheets"] - before, 0)
    return Compared(what, round(min(ours), 3), round(min(raw), 3), round(grown, 1))


def _exports(bench: Bench, filled: Filled) -> list[Compared]:
    """CSV first: it notes what was exported for the first time, as SQL alone does beside it."""
    found = []
    with bench.screen.step("The rows of an export with SQL alone, to nowhere"):
        rows, _ = copied(filled.url, _EXPORT)
        objects, _ = copied(filled.url, _EXPORT_AS_JSON)
    for file_format in ("csv", "json", "xlsx"):
        before = filled.memory()
        with bench.screen.step(f"Export as {file_format.upper()}"), filled.usage() as usage:
            started = time.perf_counter()
            asked = {"from": FIRST_DAY, "until": LAST_DAY, "format": file_format}
            export = filled.office.post("/v1/exports", asked)["id"]
            wait_until(lambda: filled.office.get(f"/v1/exports/{export}")["state"] != "waiting", "export")  # noqa: B023
            seconds = time.perf_counter() - started
        run = filled.office.get(f"/v1/exports/{export}")
        if run["state"] != "ready":
            raise RuntimeError(f"export: {run['reason']}")
        raw = objects if file_format == "json" else rows
        if file_format == "csv":
            with bench.screen.step("Note with SQL alone what was exported"):
                seconds_of(filled.url, ["DELETE FROM exported_entries"])
                raw += seconds_of(filled.url, [_NOTE])
        grown = max(usage.peaks()["timesheets"] - before, 0)
        what = f"export as {file_format.upper()}"
        found.append(Compared(what, round(seconds, 2), round(raw, 2), round(grown, 1), run["size"]))
    return found


def _table(title: str, compared: list[Compared]) -> Table:
    shown = table(title, "", "seconds", "SQL alone", "times SQL", "MB more memory", "MB of file")
    for one in compared:
        size = f"{one.size / 2**20:,.0f}" if one.size is not None else ""
        shown.add_row(
            one.what,
            f"{one.ours:.2f}",
            f"{one.raw:.2f}",
            f"{one.ours / one.raw:.2f}",
            f"{one.memory_mb:,.0f}" if one.memory_mb is not None else "",
            size,
        )
    return shown


BENCHMARK = Benchmark("insight", "Reports and exports of --entries entries, against SQL alone", run)
