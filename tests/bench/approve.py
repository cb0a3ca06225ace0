"""Approving all that match a filter: how soon it is answered, and how soon it is done."""

from __future__ import annotations

import time

from tests.bench.bench import Bench
from tests.bench.registry import Benchmark, Expectation, Result
from tests.bench.screen import table
from tests.bench.timesheet_stage import database, number, running, seconds_of, wait_until

#: Of so many entries in all one is approved here.
PART = 100
ANSWERED_WITHIN = 1.0

#: The same by hand: entries, their history, and what is published of it.
_RAW = (
    """
    UPDATE entries SET state = 'approved', version = 2, approved_version = 2, approved_by = 'bench',
        approved_at = now(), changed_at = now(), cost_amount = CASE WHEN minutes > 0 THEN 63.00 END
    WHERE state = 'submitted'
    """,
    """
    INSERT INTO entry_versions (entry_id, version, organisation, what, snapshot, actor, at)
    SELECT id, version, organisation, 'approved', to_jsonb(e), 'bench', now() FROM entries e
    """,
    """
    INSERT INTO outbox (aggregatetype, aggregateid, type, payload, topic, key, message_id, source, organisation, shard)
    SELECT 'entry', id::text, 'timesheets.entry-approved.v1', convert_to(to_jsonb(e)::text, 'UTF8'),
        'timesheets.entries.v1', convert_to(project, 'UTF8'), gen_random_uuid(), '/timesheets', organisation, 0
    FROM entries e
    """,
)


def run(bench: Bench) -> Result:
    entries = max(bench.options.entries // PART, 1)
    with database(bench, entries, state="submitted") as url, bench.screen.step("The same with SQL alone"):
        raw = seconds_of(url, _RAW)
    with database(bench, entries, state="submitted") as url, running(bench, url) as filled:
        what = f"Approve {entries:,} entries by filter"
        with bench.screen.counted(what, entries) as show, filled.usage() as usage:
            started = time.perf_counter()
            run_id = filled.office.post("/v1/approvals", {"filter": {"from": "2025-01-01"}})["id"]
            answered = time.perf_counter() - started

            def done() -> bool:
                state = filled.office.get(f"/v1/approvals/{run_id}")
                show(state["done"] + state["skipped"])
                return bool(state["state"] == "done")

            wait_until(done, what)
            seconds = time.perf_counter() - started
            cpu = usage.cpu()
        approved = number(url, "SELECT count(*) FROM entries WHERE state = 'approved'")
        peaks = usage.peaks()
    if approved != entries:
        raise RuntimeError(f"{approved} of {entries} entries were approved")
    figures = {
        "entries": entries,
        "answered_seconds": round(answered, 3),
        "done_seconds": round(seconds, 2),
        "raw_sql_seconds": round(raw, 2),
        "cpu": cpu,
        "peak_mb": peaks,
    }
    shown = table(f"Approve {entries:,} entries by filter", "", "seconds")
    shown.add_row("until it was answered", f"{answered:.2f}")
    shown.add_row("until all were approved", f"{seconds:.1f}")
    shown.add_row("SQL alone: rows, history and outbox", f"{raw:.1f}")
    shown.add_row("memory of timesheets at most, MB", f"{peaks['timesheets']:,.0f}")
    verdict = Expectation("approvals by filter answered a second", 1 / answered, 1 / ANSWERED_WITHIN)
    return Result(figures, (shown,), (verdict,))


BENCHMARK = Benchmark("approve", "Approving by filter: one in a hundred of --entries", run)
