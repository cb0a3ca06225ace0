"""Entries that are not in the ledger: kept without a price, or taken back before they were there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.billing.domain.approvals import Approval
from services.billing.domain.facts import Fact
from services.billing.domain.pricing import Unpriced
from services.billing.models import LedgerRow, UnpricedEntry
from services.billing.queries.ledger import fact_columns
from shared.database.bulk import execute

_KEEP = """
INSERT INTO unpriced_entries (organisation, entry_id, version, why, name, project, phase, customer, employee,
                              entry_kind, hour_type, day, minutes, event, traceparent, created_at, reversed_at)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::text[], $11::text[], $12::date[], $13::int[], $14::jsonb[], $15::text[],
                     $16::timestamptz[], $17::timestamptz[])
ON CONFLICT DO NOTHING
"""


async def keep_unpriced(
    session: AsyncSession, entries: Sequence[tuple[Approval, Unpriced]], reversed_now: Collection[Fact], now: datetime
) -> None:
    """Record entries against their phase, without a price; those in ``reversed_now`` are taken back already."""
    rows = [
        (
            *approval.fact,
            why.value,
            approval.details.name,
            approval.work.project,
            approval.work.phase,
            approval.work.customer,
            approval.work.employee,
            approval.work.kind.value,
            approval.work.hour_type,
            approval.work.day,
            approval.details.minutes,
            approval.document(),
            approval.traceparent,
            now,
            now if approval.fact in reversed_now else None,
        )
        for approval, why in sorted(entries, key=lambda pair: pair[0].fact)
    ]
    if rows:
        await execute(session, _KEEP, *map(list, zip(*rows, strict=True)))


async def reverse_unpriced(session: AsyncSession, facts: Collection[Fact], now: datetime) -> None:
    """Mark what was recorded without a price as taken back."""
    if facts:
        await execute(
            session,
            """
            UPDATE unpriced_entries u SET reversed_at = $4
            FROM unnest($1::text[], $2::uuid[], $3::int[]) AS k(organisation, entry_id, version)
            WHERE (u.organisation, u.entry_id, u.version) = (k.organisation, k.entry_id, k.version)
            """,
            *fact_columns(sorted(facts)),
            now,
        )


async def remember_taken_back(
    session: AsyncSession, facts: Mapping[Fact, int], met: Collection[Fact], now: datetime
) -> None:
    """Remember versions that were taken back (by which version) and are not in the ledger.

    Those in ``met`` had been approved too: their approval accrues nothing, however often it comes again.
    """
    if facts:
        ordered = dict(sorted(facts.items()))
        await execute(
            session,
            """
            INSERT INTO pending_reversals (organisation, entry_id, version, reversed_by, since, met_at)
            SELECT k.organisation, k.entry_id, k.version, k.by, $5, k.met_at
            FROM unnest($1::text[], $2::uuid[], $3::int[], $4::int[], $6::timestamptz[])
                AS k(organisation, entry_id, version, by, met_at)
            ON CONFLICT DO NOTHING
            """,
            *fact_columns(ordered),
            list(ordered.values()),
            now,
            [now if fact in met else None for fact in ordered],
        )


async def meet(session: AsyncSession, facts: Collection[Fact], now: datetime) -> None:
    """The approval of what was taken back earlier has come."""
    if facts:
        await execute(
            session,
            """
            UPDATE pending_reversals p SET met_at = $4
            FROM unnest($1::text[], $2::uuid[], $3::int[]) AS k(organisation, entry_id, version)
            WHERE (p.organisation, p.entry_id, p.version) = (k.organisation, k.entry_id, k.version)
                AND p.met_at IS NULL
            """,
            *fact_columns(sorted(facts)),
            now,
        )


async def accrual(session: AsyncSession, organisation: str, entry_id: UUID) -> LedgerRow | None:
    """The accrual of the entry's latest version that was priced, at the last price that it was given."""
    query = (
        select(LedgerRow)
        .where(
            col(LedgerRow.organisation) == organisation,
            col(LedgerRow.entry_id) == entry_id,
            col(LedgerRow.kind) == "accrual",
        )
        .order_by(col(LedgerRow.entry_version).desc(), col(LedgerRow.id).desc())
        .limit(1)
    )
    return await session.scalar(query)


async def unpriced(session: AsyncSession, organisation: str, entry_id: UUID) -> UnpricedEntry | None:
    """The entry's latest version that is kept without a price."""
    query = (
        select(UnpricedEntry)
        .where(col(UnpricedEntry.organisation) == organisation, col(UnpricedEntry.entry_id) == entry_id)
        .order_by(col(UnpricedEntry.version).desc())
        .limit(1)
    )
    return await session.scalar(query)
