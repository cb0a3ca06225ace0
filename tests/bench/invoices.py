"""Many invoices in one go, and their documents: how many a second."""

from __future__ import annotations

import time
from typing import Any

from tests.bench.bench import Bench
from tests.bench.billing_rows import fill
from tests.bench.billing_stage import ORGANISATION, office
from tests.bench.registry import Benchmark, Expectation, Result
from tests.bench.screen import table
from tests.bench.timesheet_stage import number, wait_until

LINES = 10
_ISSUED = "SELECT count(*) FROM invoices WHERE number IS NOT NULL"
_MADE = "SELECT count(*) FROM documents WHERE state = 'made' AND kind = '{}'"
_ENDED = "SELECT count(*) FROM documents WHERE state <> 'waiting'"


def run(bench: Bench) -> Result:
    invoices = bench.options.invoices
    with office(bench, invoices, "api,consumers,documents") as billing:
        with bench.screen.step(f"Write {LINES} entries of each project"):
            fill(billing.url, ORGANISATION, LINES)
        with bench.screen.counted(f"Issue {invoices:,} invoices", invoices) as show, billing.usage() as usage:
            started = time.perf_counter()
            run_id = billing.api.post("/v1/invoice-runs", {"per": "project", "issue": True})["id"]
            answered = time.perf_counter() - started
            issuing = 0.0

            def issued() -> bool:
                nonlocal issuing
                state = billing.api.get(f"/v1/invoice-runs/{run_id}")
                show(state["done"])
                issuing = time.perf_counter() - started
                return bool(state["state"] == "done")

            wait_until(issued, "invoice run")
            cpu = usage.cpu()
        if (found := number(billing.url, _ISSUED)) != invoices:
            raise RuntimeError(f"{found} of {invoices} invoices were issued")
        documents = invoices * 2
        with bench.screen.counted("Make their PDFs and e-invoices", documents) as show, billing.usage() as usage:

            def made() -> bool:
                ended = number(billing.url, _ENDED)
                show(ended)
                return ended >= documents

            wait_until(made, "documents")
            making = time.perf_counter() - started
            peaks = usage.peaks()
        counts = {kind: number(billing.url, _MADE.format(kind)) for kind in ("pdf", "e-invoice")}
        if set(counts.values()) != {invoices}:
            raise RuntimeError(f"of {invoices} invoices these documents were made: {counts}")
    figures: dict[str, Any] = {
        "invoices": invoices,
        "lines": LINES,
        "answered_seconds": round(answered, 3),
        "issued_seconds": round(issuing, 2),
        "documents_seconds": round(making, 2),
        "invoices_a_second": round(invoices / issuing, 1),
        "documents_a_second": round(invoices / making, 1),
        "cpu": cpu,
        "peak_mb": peaks,
    }
    shown = table(f"{invoices:,} invoices of {LINES} lines in one go", "", "seconds", "invoices/s")
    shown.add_row("until it was answered", f"{answered:.2f}", "")
    shown.add_row("until all were issued", f"{issuing:.1f}", f"{invoices / issuing:,.0f}")
    shown.add_row("until all had their PDF and e-invoice", f"{making:.1f}", f"{invoices / making:,.0f}")
    shown.add_row("memory of billing at most, MB", f"{peaks['billing']:,.0f}", "")
    verdict = Expectation("invoices with PDF and e-invoice a second", invoices / making, 1)
    return Result(figures, (shown,), (verdict,))


BENCHMARK = Benchmark("invoices", "--invoices invoices of ten lines in one go, and their documents", run)
