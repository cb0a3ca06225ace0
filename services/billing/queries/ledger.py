"""The ledger: what it holds of a fact, new rows, and rows that are taken back. Never an update, never a delete."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.approvals import Approval
from services.billing.domain.facts import Fact, Standing
from services.billing.domain.price_list import ListPrice
from services.billing.domain.pricing import Accrued, PricedPiece
from services.billing.queries.reversing import reverse_rows
from shared.database.bulk import copy_rows, fetch

_STANDINGS = """
WITH k AS (SELECT * FROM unnest($1::text[], $2::uuid[], $3::int[]) AS k(organisation, entry_id, version))
SELECT k.*, r.kind, 1 AS rank FROM k
-- One look into the index for each: joined at once, the planner reads the whole ledger as long as it knows no better.
CROSS JOIN LATERAL (
    SELECT max(kind) AS kind FROM ledger_rows  -- of the two kinds, 'reversal' is the greater
    WHERE organisation = k.organisation AND entry_id = k.entry_id AND entry_version = k.version
        AND entry_id IS NOT NULL AND kind IN ('accrual', 'reversal') AND repricing_id IS NULL
) r WHERE r.kind IS NOT NULL
UNION ALL
SELECT k.*, 'suspended', 2 FROM k JOIN suspense USING (organisation, entry_id, version)
UNION ALL
SELECT k.*, CASE WHEN reversed_at IS NULL THEN 'unpriced' ELSE 'unpriced reversed' END, 3
FROM k JOIN unpriced_entries USING (organisation, entry_id, version)
UNION ALL
SELECT k.*, CASE WHEN met_at IS NULL THEN 'awaited' ELSE 'annulled' END, 4
FROM k JOIN pending_reversals USING (organisation, entry_id, version)
ORDER BY rank
"""
_IN_LEDGER = {"accrual": Standing.ACCRUED, "reversal": Standing.REVERSED}

COLUMNS = (
    "organisation",
    "account_id",
    "kind",
    "entry_id",
    "entry_version",
    "parts",
    "vat_rate",
    "day",
    "phase",
    "employee",
    "hour_type",
    "entry_kind",
    "minutes",
    "billed_minutes",
    "quantity",
    "unit",
    "unit_price",
    "mark_up",
    "pieces",
    "article",
    "description",
    "name",
    "work_order_id",
    "source",
    "position",
    "start",
    "extra_to",
    "finish",
    "work_order",
    "rate_id",
    "list_price",
    "repricing_id",
    "traceparent",
    "created_at",
)


async def load_standings(session: AsyncSession, facts: Collection[Fact]) -> dict[Fact, Standing]:
    """What billing holds of each fact; after the accounts are locked, so that nobody changes it meanwhile."""
    rows = await fetch(session, _STANDINGS, *fact_columns(facts))
    standings: dict[Fact, Standing] = {}
    for row in rows:  # of what is said twice about a fact, the later one counts: it was taken back
        kind = row["kind"]
        standings[Fact(row["organisation"], row["entry_id"], row["version"])] = _IN_LEDGER.get(kind) or Standing(kind)
    return standings


async def accounts_of(session: AsyncSession, facts: Collection[Fact]) -> list[UUID]:
    """The accounts on which these facts are accrued already."""
    rows = await fetch(
        session,
        """
        SELECT DISTINCT r.account_id
        FROM unnest($1::text[], $2::uuid[], $3::int[]) AS k(organisation, entry_id, version)
        JOIN ledger_rows r ON r.organisation = k.organisation AND r.entry_id = k.entry_id
            AND r.entry_version = k.version AND r.entry_id IS NOT NULL AND r.kind = 'accrual'
        """,
        *fact_columns(facts),
    )
    return [row["account_id"] for row in rows]


def fact_columns(facts: Iterable[Fact]) -> tuple[list[str], list[UUID], list[int]]:
    """Facts as three arrays, for unnest."""
    listed = list(facts)
    return [f.organisation for f in listed], [f.entry_id for f in listed], [f.version for f in listed]


async def accrue(session: AsyncSession, accruals: Sequence[tuple[Approval, Accrued]], now: datetime) -> None:
    """Write the accruals; their accounts are locked, and the caller adds them to the balances."""
    await copy_rows(
        session, "ledger_rows", COLUMNS, [_accrual(approval, accrued, now) for approval, accrued in accruals]
    )


def _accrual(approval: Approval, accrued: Accrued, now: datetime) -> tuple[Any, ...]:
    fact, work, details, price = approval.fact, approval.work, approval.details, accrued.price
    return (
        fact.organisation,
        accrued.account.id,
        "accrual",
        fact.entry_id,
        fact.version,
        price.parts,
        details.vat_rate,
        work.day,
        work.phase,
        work.employee,
        work.hour_type,
        work.kind,
        details.minutes,
        price.billed_minutes,
        work.quantity,
        details.unit,
        price.unit_price,
        price.mark_up,
        pieces_json(price.pieces),
        details.article,
        details.description,
        details.name,
        details.work_order_id,
        details.source,
        details.position,
        details.start,
        details.extra_to,
        details.finish,
        details.work_order,
        price.rate_id,
        listed_json(price.listed),
        None,
        approval.traceparent,
        now,
    )


def pieces_json(pieces: Iterable[PricedPiece]) -> str:
    """The components of a price as the ledger keeps them: decimals as text."""
    shown = [
        {
            "minutes": piece.minutes,
            "billed_minutes": piece.billed_minutes,
            "hour_type": piece.hour_type,
            "surcharge": str(piece.surcharge),
            "price": str(piece.rate.price),
            "parts": str(piece.parts),
            "rate_id": str(piece.rate.id),
            "rate_for": piece.rate.key,
            **({} if piece.worked_surcharge == piece.surcharge else {"worked_surcharge": str(piece.worked_surcharge)}),
        }
        for piece in pieces
    ]
    return json.dumps(shown) if shown else "[]"


def listed_json(listed: ListPrice | None) -> str | None:
    """A price of the price list as the ledger keeps it."""
    if listed is None:
        return None
    return json.dumps({"id": str(listed.id), "for": listed.key, "price": str(listed.price)})


# Of the rows of a version the last is the one that stands: re-pricings write more than one accrual, and credits put
# back what was billed.
_STANDS = """
SELECT r.id, k.traceparent
FROM unnest($1::text[], $2::uuid[], $3::int[], $4::text[]) AS k(organisation, entry_id, version, traceparent)
CROSS JOIN LATERAL (
    SELECT max(id) AS id FROM (
        SELECT a.id FROM ledger_rows a
        WHERE a.organisation = k.organisation AND a.entry_id = k.entry_id AND a.entry_version = k.version
            AND a.entry_id IS NOT NULL AND a.kind = 'accrual'
        UNION ALL
        SELECT b.id FROM ledger_rows b
        WHERE b.organisation = k.organisation AND b.entry_id = k.entry_id AND b.entry_version = k.version
            AND b.kind = 'released' AND b.reverses_row_id IS NULL
    ) standing
) r
WHERE r.id IS NOT NULL
"""


async def take_back(
    session: AsyncSession, facts: Mapping[Fact, str | None], now: datetime
) -> list[tuple[UUID, Decimal]]:
    """Write the reversals of facts that are accrued (with their traceparents); (account, parts) of each.

    A row that nobody claims, or a draft, goes out together with its reversal; the draft is told that it is outdated.
    Of a row on an issued invoice the reversal stays free: to be given back (domain.md, "Ledger"); unless credit notes
    left nothing of it billed: then it comes back, to go out with its reversal.
    """
    rows = await fetch(session, _STANDS, *fact_columns(facts), list(facts.values()))
    return await reverse_rows(session, {row["id"]: row["traceparent"] for row in rows}, now)
