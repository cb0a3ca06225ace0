"""Suspense: approved entries that wait for a project, phase, customer, currency or rate."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.billing.domain.approvals import Approval
from services.billing.domain.facts import Fact
from services.billing.domain.pricing import SuspenseReason
from services.billing.models import SuspendedEntry
from services.billing.queries.ledger import fact_columns
from shared.database.bulk import execute, fetch

_ADD = """
INSERT INTO suspense (organisation, entry_id, version, reason, generation, name, project, customer, employee, event,
                      traceparent, since)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::int[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::jsonb[], $11::text[], $12::timestamptz[])
ON CONFLICT DO NOTHING
"""


async def suspend(
    session: AsyncSession,
    waiting: Sequence[tuple[Approval, SuspenseReason]],
    generations: Mapping[str, int],
    now: datetime,
) -> None:
    """Keep what cannot be priced; ``generations`` of the organisations are those that it was looked at with."""
    rows = [
        (
            *approval.fact,
            reason.value,
            generations[approval.fact.organisation],
            approval.details.name,
            approval.work.project,
            approval.work.customer,
            approval.work.employee,
            approval.document(),
            approval.traceparent,
            approval.since or now,
        )
        for approval, reason in sorted(waiting, key=lambda pair: pair[0].fact)
    ]
    if rows:
        await execute(session, _ADD, *map(list, zip(*rows, strict=True)))


async def drop(session: AsyncSession, facts: Collection[Fact]) -> None:
    """What was taken back waits no longer."""
    if facts:
        await execute(
            session,
            """
            DELETE FROM suspense s
            USING unnest($1::text[], $2::uuid[], $3::int[]) AS k(organisation, entry_id, version)
            WHERE (s.organisation, s.entry_id, s.version) = (k.organisation, k.entry_id, k.version)
            """,
            *fact_columns(facts),
        )


#: A row of ``suspense``.
Taken = asyncpg.Record

_TAKE = """
DELETE FROM suspense WHERE (organisation, entry_id, version) IN (
    SELECT organisation, entry_id, version FROM suspense s
    WHERE organisation = $1 AND generation < (SELECT generation FROM organisations WHERE code = $1)
      AND ($2::text IS NULL OR project = $2) AND ($3::text IS NULL OR customer = $3)
      AND ($4::text IS NULL OR employee = $4)
      AND ($5::text IS NULL OR project IN (SELECT code FROM projects WHERE organisation = $1 AND customer = $5)
           OR (project IS NULL AND customer = $5))
    ORDER BY generation, since, entry_id LIMIT $6
) RETURNING *
"""


async def take(
    session: AsyncSession,
    organisation: str,
    *,
    project: str | None = None,
    customer: str | None = None,
    employee: str | None = None,
    payer: str | None = None,
    limit: int,
) -> list[Taken]:
    """Take out what was not looked at since master data changed, under the organisation's exclusive lock.

    ``payer``: entries that this customer pays, on its projects or its own account.
    """
    return await fetch(session, _TAKE, organisation, project, customer, employee, payer, limit)


async def organisations_to_look_at(session: AsyncSession, limit: int) -> list[str]:
    """Organisations whose master data changed after something of theirs was put in suspense."""
    rows = await fetch(
        session,
        """
        SELECT code FROM organisations o
        WHERE EXISTS (SELECT FROM suspense s WHERE s.organisation = o.code AND s.generation < o.generation)
        ORDER BY code LIMIT $1
        """,
        limit,
    )
    return [row["code"] for row in rows]


async def listed(
    session: AsyncSession,
    organisation: str,
    *,
    reason: str | None,
    project: str | None,
    after: tuple[object, ...] | None,
    limit: int,
) -> list[SuspendedEntry]:
    """What waits, the longest first."""
    keys = (col(SuspendedEntry.since), col(SuspendedEntry.entry_id), col(SuspendedEntry.version))
    query = select(SuspendedEntry).where(col(SuspendedEntry.organisation) == organisation).order_by(*keys).limit(limit)
    if reason is not None:
        query = query.where(col(SuspendedEntry.reason) == reason)
    if project is not None:
        query = query.where(col(SuspendedEntry.project) == project)
    if after is not None:
        query = query.where(tuple_(*keys) > after)
    return list(await session.scalars(query))


async def of_entry(session: AsyncSession, organisation: str, entry_id: UUID) -> SuspendedEntry | None:
    """The entry's latest version that waits."""
    query = (
        select(SuspendedEntry)
        .where(col(SuspendedEntry.organisation) == organisation, col(SuspendedEntry.entry_id) == entry_id)
        .order_by(col(SuspendedEntry.version).desc())
        .limit(1)
    )
    return await session.scalar(query)
