"""Self-check: looks whether the invariants hold, keeps what it found, and shows it as a metric."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from prometheus_client import Gauge

from services.billing.queries import organisations
from services.billing.queries.self_check import CHECKS
from services.billing.queries.self_check.check import Finding
from services.billing.queries.self_check.kept import Run, findings_of, keep, latest, prune
from services.billing.queries.self_check.run import prepare, run_check
from shared.clock import Clock
from shared.database.database import Database
from shared.http.problems import not_found
from shared.ids import new_id
from shared.service import Sweep

#: What facts of one entry, which can travel on two partitions, get to meet.
UNDER_WAY: Final = timedelta(minutes=15)

FINDINGS: Final = Gauge(
    "uurwerk_self_check_findings", "Places where an invariant did not hold at the last look.", ("check",)
)
LAST: Final = Gauge("uurwerk_self_check_last_timestamp_seconds", "When all organisations were last looked at.")
SECONDS: Final = Gauge("uurwerk_self_check_seconds", "How long that took.")


@dataclass(frozen=True, slots=True)
class Checked:
    """A run and what it found; of one organisation where it was asked so."""

    run: Run
    findings: list[Finding]


async def check_now(database: Database, clock: Clock, organisation: str | None) -> Checked:
    """Look at one organisation, or (None) at all; what is found is kept. Its own transactions: a read-only snapshot
    of everything, which waits for nobody and lets nobody wait, and a short one to keep the result. Raises
    ``not-found`` for an organisation that billing does not know.
    """
    started, now = time.perf_counter(), clock()
    findings: list[Finding] = []
    async with database.transaction() as session:
        await prepare(session)
        if organisation is not None and await organisations.find(session, organisation) is None:
            raise not_found("organisation", organisation)
        for check in CHECKS:
            findings += await run_check(session, check, organisation, now - UNDER_WAY)
    seconds = Decimal(f"{time.perf_counter() - started:.3f}")
    names = [check.name for check in CHECKS]
    run = Run(new_id(), organisation, now, seconds, names, sum(count_by_check(findings).values()))
    async with database.transaction() as session:
        await keep(session, run, findings)
    return Checked(run, findings)


async def last_check(database: Database, organisation: str | None) -> Checked | None:
    """The last look at the organisation, or at all of them."""
    async with database.transaction() as session:
        run = await latest(session, organisation)
        return None if run is None else Checked(run, await findings_of(session, run.id, organisation))


def count_by_check(findings: list[Finding]) -> dict[str, int]:
    """How many places each check found, those that are not told counted too."""
    each = {(found.check, found.organisation): found.of for found in findings}
    counted: Counter[str] = Counter()
    for (check, _), of in each.items():
        counted[check] += of
    return dict(counted)


def show_as_metric(checked: Checked) -> None:
    counted = count_by_check(checked.findings)
    for check in CHECKS:
        FINDINGS.labels(check.name).set(counted.get(check.name, 0))
    LAST.set(checked.run.ran_at.timestamp())
    SECONDS.set(float(checked.run.seconds))


def self_check_sweep(every: timedelta) -> Sweep:
    """Looks at all organisations ``every`` so often. Each process shows the result, one of them does the work."""

    async def sweep(database: Database, clock: Clock) -> int:
        checked = await last_check(database, None)
        if checked is None or clock() - checked.run.ran_at >= every:
            checked = await check_now(database, clock, None)
            async with database.transaction() as session:
                await prune(session, clock())
        show_as_metric(checked)
        return 0

    return Sweep("self-check", min(every, timedelta(minutes=1)), sweep)
