"""All entries of one project on an invoice, while a rival wants the same: one of them gets it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import asyncpg

from deploy.client.api import Api, Refused
from deploy.local.probes import run_sync
from tests.bench.bench import Bench
from tests.bench.billing_rows import fill
from tests.bench.billing_stage import ORGANISATION, Office, office
from tests.bench.registry import Benchmark, Expectation, Result
from tests.bench.screen import table
from tests.bench.timesheet_stage import seconds_of

PROJECT = "P00000"
WITHIN = 2.0
#: The rows of an invoice and what it takes off the ledger, without a rule, a document or an event. Rolled back.
_RAW = (
    """
    INSERT INTO invoices (id, organisation, type, origin, state, customer, project, currency, selection, vat_country,
                          vat_treatment, net, vat, to_pay, vat_lines, created_by)
    SELECT md5('raw')::uuid, a.organisation, 'regular', 'phases', 'draft', a.customer, a.project, 'EUR', '{}', 'NL',
           'standard', 0, 0, 0, '[]', 'bench' FROM accounts a WHERE a.project = 'P00000'
    """,
    """
    INSERT INTO invoice_lines (id, invoice_id, organisation, position, kind, description, quantity, unit, price,
                               surcharge, net, vat_rate, vat_category, day)
    SELECT gen_random_uuid(), md5('raw')::uuid, r.organisation, row_number() OVER (ORDER BY r.day, r.id), 'time',
           r.description, 1, 'hour', 60, 0, round(r.parts / 6000, 2), 21, 'S', r.day
    FROM open_rows o JOIN ledger_rows r ON r.id = o.row_id JOIN accounts a ON a.id = o.account_id
    WHERE a.project = 'P00000'
    """,
    """
    INSERT INTO line_shares (line_id, row_id, invoice_id, organisation, quantity, parts)
    SELECT l.id, r.id, l.invoice_id, l.organisation, 60, r.parts
    FROM (SELECT *, row_number() OVER (ORDER BY position) AS place FROM invoice_lines
          WHERE invoice_id = md5('raw')::uuid) l
    JOIN (SELECT r.*, row_number() OVER (ORDER BY r.day, r.id) AS place
          FROM open_rows o JOIN ledger_rows r ON r.id = o.row_id JOIN accounts a ON a.id = o.account_id
          WHERE a.project = 'P00000') r USING (place)
    """,
    """
    INSERT INTO ledger_claims (row_id, organisation, how, invoice_id, line_id)
    SELECT row_id, organisation, 'issued', invoice_id, line_id FROM line_shares WHERE invoice_id = md5('raw')::uuid
    """,
    """
    INSERT INTO ledger_rows (organisation, account_id, kind, entry_id, entry_version, parts, day, name, invoice_id)
    SELECT r.organisation, r.account_id, 'billed', r.entry_id, r.entry_version, -r.parts, r.day, r.name, c.invoice_id
    FROM ledger_claims c JOIN ledger_rows r ON r.id = c.row_id WHERE c.invoice_id = md5('raw')::uuid
    """,
    """
    INSERT INTO billed_entries (organisation, entry_id, sequence, invoice_id)
    SELECT organisation, entry_id, 1, invoice_id FROM ledger_rows
    WHERE invoice_id = md5('raw')::uuid AND kind = 'billed'
    """,
)


def run(bench: Bench) -> Result:
    entries = bench.options.billed
    with office(bench, 1) as billing:
        with bench.screen.step(f"Write {entries:,} entries of a project"):
            fill(billing.url, ORGANISATION, entries)
        with bench.screen.step("Entry by entry, as it is done elsewhere (a tenth of them)"):
            naive = run_sync(_naive(billing.url, max(entries // 10, 1))) * 10
        with bench.screen.step(f"Invoice {entries:,} entries, and a rival at the same time"), billing.usage() as usage:
            seconds, outcomes = _rivals(billing)
            cpu, peaks = usage.cpu(), usage.peaks()
        (won,) = (outcome for outcome in outcomes if not isinstance(outcome, str))
        if len(won["lines"]) != entries or "nothing-to-invoice" not in outcomes:
            raise RuntimeError(f"{len(won['lines'])} of {entries} entries; {outcomes}")
        with bench.screen.step("Write as many again; the same with SQL alone"):
            fill(billing.url, ORGANISATION, entries, first=entries)
            raw = seconds_of(billing.url, _RAW)
    figures: dict[str, Any] = {
        "entries": entries,
        "seconds": round(seconds, 2),
        "raw_sql_seconds": round(raw, 2),
        "entry_by_entry_seconds": round(naive, 1),
        "cpu": cpu,
        "peak_mb": peaks,
    }
    shown = table(f"{entries:,} entries of a project on an invoice", "", "seconds")
    shown.add_row("two ask at once, until both are answered (one has it)", f"{seconds:.2f}")
    shown.add_row("SQL alone: the rows of the invoice and the ledger", f"{raw:.2f}")
    shown.add_row("entry by entry: four statements each", f"{naive:.1f}")
    shown.add_row("memory of billing at most, MB", f"{peaks['billing']:,.0f}")
    verdict = Expectation(f"invoices of {entries:,} entries with a rival, in {WITHIN:g} s", WITHIN / seconds, 1)
    return Result(figures, (shown,), (verdict,))


def _rivals(billing: Office) -> tuple[float, list[Any]]:
    """Seconds until both are answered, and what each got: the invoice, or the slug of a refusal."""
    clients = [billing.another(), billing.another()]
    for client in clients:
        client.get("/v1/invoices", limit=1)  # connected
    start = Barrier(len(clients) + 1)

    def ask(client: Api) -> Any:
        start.wait()
        try:
            return client.post("/v1/invoices", {"project": PROJECT, "way": "timetracking", "issue": True})
        except Refused as refused:
            return refused.slug

    with ThreadPoolExecutor(len(clients)) as threads:
        asked = [threads.submit(ask, client) for client in clients]
        start.wait()
        started = time.perf_counter()
        outcomes = [each.result() for each in asked]
        seconds = time.perf_counter() - started
    for client in clients:
        client.close()
    return seconds, outcomes


async def _naive(url: str, entries: int) -> float:
    """Each entry by itself: look at it, claim it, write its line, take it off. Rolled back."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT o.row_id, o.account_id FROM open_rows o JOIN accounts a ON a.id = o.account_id"
            " WHERE a.project = $1 ORDER BY o.row_id LIMIT $2",
            PROJECT,
            entries,
        )
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(_RAW[0])
        started = time.perf_counter()
        for position, row in enumerate(rows, start=1):
            await connection.fetchrow("SELECT * FROM ledger_rows WHERE id = $1", row["row_id"])
            await connection.execute(
                "INSERT INTO invoice_lines (id, invoice_id, organisation, position, kind, description, quantity, unit,"
                " price, surcharge, net, vat_rate, vat_category) VALUES (gen_random_uuid(), md5('raw')::uuid, $1, $2,"
                " 'time', 'Work', 1, 'hour', 60, 0, 60, 21, 'S')",
                ORGANISATION,
                position,
            )
            await connection.execute(
                "INSERT INTO ledger_claims (row_id, organisation, how, invoice_id)"
                " VALUES ($1, $2, 'draft', md5('raw')::uuid)",
                row["row_id"],
                ORGANISATION,
            )
            await connection.execute(
                "UPDATE accounts SET unbilled_parts = unbilled_parts - 360000 WHERE id = $1", row["account_id"]
            )
        seconds = time.perf_counter() - started
        await transaction.rollback()
        return seconds
    finally:
        await connection.close()


BENCHMARK = Benchmark("invoice", "--billed entries of one project on an invoice, with a rival", run)
