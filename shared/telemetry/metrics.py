"""Metrics of HTTP and of work in the background (Prometheus). Messaging's other ones come from its status."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

HTTP_SECONDS: Final = Histogram(
    "uurwerk_http_request_seconds",
    "Duration of HTTP requests by method, route and status.",
    ("method", "route", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
BATCH_SECONDS: Final = Histogram(
    "uurwerk_batch_seconds",
    "Duration of a consumer's batch, from its records to the commit.",
    ("consumer",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
SWEEP_SECONDS: Final = Histogram(
    "uurwerk_sweep_seconds", "Duration of a run of a sweep.", ("sweep",), buckets=(0.01, 0.1, 1, 10, 60, 300)
)
SWEEP_DONE: Final = Counter("uurwerk_sweep_done", "What sweeps have done, in their own units.", ("sweep",))
SWEEP_FAILURES: Final = Counter("uurwerk_sweep_failures", "Runs of a sweep that failed.", ("sweep",))
SWEEP_FAILING: Final = Gauge("uurwerk_sweep_failing", "1 while the last run of a sweep has failed.", ("sweep",))
