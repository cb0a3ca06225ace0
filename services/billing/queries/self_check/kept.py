"""What self-checks found, kept: of each run its time, and a row for each finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.queries.self_check.check import Finding
from shared.database.bulk import copy_rows, execute, fetch

#: How long runs are kept.
KEPT: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Run:
    """A look at one organisation, or (None) at all of them. ``findings``: how many there are, told or not."""

    id: UUID
    organisation: str | None
    ran_at: datetime
    seconds: Decimal
    checks: Sequence[str]
    findings: int


_COLUMNS: Final = ("run_id", "number", "check_name", "organisation", "what", "place", "expected", "found", "of")


async def keep(session: AsyncSession, run: Run, findings: Sequence[Finding]) -> None:
    await execute(
        session,
        """
        INSERT INTO self_check_runs (id, organisation, ran_at, seconds, checks, findings)
        VALUES ($1, $2, $3, $4, $5::text[], $6)
        """,
        run.id,
        run.organisation,
        run.ran_at,
        run.seconds,
        list(run.checks),
        run.findings,
    )
    rows = [
        (run.id, number, found.check, found.organisation, found.what, found.id, found.expected, found.found, found.of)
        for number, found in enumerate(findings, start=1)
    ]
    await copy_rows(session, "self_check_findings", _COLUMNS, rows)


async def latest(session: AsyncSession, organisation: str | None) -> Run | None:
    """The last look at the organisation, alone or with all; None: the last look at all."""
    rows = await fetch(
        session,
        """
        SELECT id, organisation, ran_at, seconds, checks, findings FROM self_check_runs
        WHERE organisation IS NULL OR organisation = $1 ORDER BY ran_at DESC, id DESC LIMIT 1
        """,
        organisation,
    )
    return Run(**dict(rows[0])) if rows else None


async def findings_of(session: AsyncSession, run_id: UUID, organisation: str | None) -> list[Finding]:
    """What a run found, of one organisation or (None) of all."""
    rows = await fetch(
        session,
        """
        SELECT check_name AS check, organisation, what, place AS id, expected, found, of FROM self_check_findings
        WHERE run_id = $1 AND ($2::text IS NULL OR organisation = $2) ORDER BY number
        """,
        run_id,
        organisation,
    )
    return [Finding(**dict(row)) for row in rows]


async def prune(session: AsyncSession, now: datetime) -> None:
    await execute(session, "DELETE FROM self_check_runs WHERE ran_at < $1", now - KEPT)
