"""Classifying again: a new surcharge rule for all that is not approved."""

from __future__ import annotations

import time

from tests.bench.bench import Bench
from tests.bench.registry import Benchmark, Result
from tests.bench.screen import table
from tests.bench.timesheet_stage import database, number, running, seconds_of, wait_until

#: Of so many entries in all one is classified here.
PART = 10
RULE = {"days": "Mon-Fri", "from": "16:00", "until": "18:00", "surcharge": "10"}

#: What has to be written for it, by SQL alone: pieces, entries, history and outbox of those that change.
_RAW = (
    "CREATE TEMP TABLE changing ON COMMIT DROP AS SELECT id FROM entries WHERE kind = 'labour' LIMIT {changed}",
    "CREATE TEMP TABLE cut ON COMMIT DROP AS SELECT p.* FROM entry_pieces p JOIN changing c ON c.id = p.entry_id",
    "DELETE FROM entry_pieces p USING changing c WHERE p.entry_id = c.id",
    "INSERT INTO entry_pieces SELECT * FROM cut",
    "UPDATE entries e SET version = 2, changed_at = now() FROM changing c WHERE e.id = c.id",
    """
    INSERT INTO entry_versions (entry_id, version, organisation, what, snapshot, actor, at)
    SELECT e.id, e.version, e.organisation, 'changed', to_jsonb(e), 'bench', now()
    FROM entries e JOIN changing c ON c.id = e.id
    """,
    """
    INSERT INTO outbox (aggregatetype, aggregateid, type, payload, topic, key, message_id, source, organisation, shard)
    SELECT 'entry', e.id::text, 'timesheets.entry-changed.v1', convert_to(to_jsonb(e)::text, 'UTF8'),
        'timesheets.entries.v1', convert_to(e.project, 'UTF8'), gen_random_uuid(), '/timesheets', e.organisation, 0
    FROM entries e JOIN changing c ON c.id = e.id
    """,
)


def run(bench: Bench) -> Result:
    entries = max(bench.options.entries // PART, 1)
    with database(bench, entries, state="submitted") as url:
        with running(bench, url) as filled:
            with bench.screen.step(f"A new rule classifies {entries:,} entries again"), filled.usage() as usage:
                started = time.perf_counter()
                filled.office.put("/v1/surcharge-rules/rush", RULE)
                answered = time.perf_counter() - started
                wait_until(lambda: not number(url, "SELECT count(*) FROM reclassifications"), "classification")
                seconds = time.perf_counter() - started
                cpu = usage.cpu()
            peaks = usage.peaks()
        changed = number(url, "SELECT count(*) FROM entry_versions")
    with database(bench, entries, state="submitted") as url, bench.screen.step("What it wrote, with SQL alone"):
        raw = seconds_of(url, [statement.format(changed=changed) for statement in _RAW])
    figures = {
        "entries": entries,
        "changed": changed,
        "answered_seconds": round(answered, 3),
        "done_seconds": round(seconds, 2),
        "entries_a_second": round(entries / seconds, 1),
        "raw_sql_seconds": round(raw, 2),
        "cpu": cpu,
        "peak_mb": peaks,
    }
    shown = table(f"A new surcharge rule for {entries:,} entries, {changed:,} of which change", "", "seconds")
    shown.add_row("until it was answered", f"{answered:.2f}")
    shown.add_row("until all were classified", f"{seconds:.1f}")
    shown.add_row("SQL alone: what is written of it", f"{raw:.1f}")
    shown.add_row("memory of timesheets at most, MB", f"{peaks['timesheets']:,.0f}")
    return Result(figures, (shown,))


BENCHMARK = Benchmark("classify", "Classifying again after a rule changed: one in ten of --entries", run)
