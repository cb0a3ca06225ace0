"""The prices of approvals that are corrected, as the ledger keeps them."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.facts import Fact
from services.billing.domain.kept import KeptPrice, SameWork
from services.billing.domain.rates import Rate, RateKey, RateScope
from services.billing.queries.ledger import fact_columns
from shared.database.bulk import fetch


async def load_kept_prices(session: AsyncSession, facts: Collection[Fact]) -> dict[Fact, KeptPrice]:
    """What these approvals were accrued at, by the approval; one that never was in the ledger is not among them."""
    if not facts:
        return {}
    rows = await fetch(
        session,
        """
        SELECT r.organisation, r.entry_id, r.entry_version, r.account_id, r.phase, r.employee, r.hour_type, r.day,
               r.pieces
        FROM unnest($1::text[], $2::uuid[], $3::int[]) AS k(organisation, entry_id, version)
        JOIN ledger_rows r ON r.organisation = k.organisation AND r.entry_id = k.entry_id
            AND r.entry_version = k.version AND r.entry_id IS NOT NULL AND r.kind = 'accrual'
        """,
        *fact_columns(facts),
    )
    return {Fact(row["organisation"], row["entry_id"], row["entry_version"]): _kept(row) for row in rows}


def _kept(row: asyncpg.Record) -> KeptPrice:
    work = SameWork(row["account_id"], row["phase"], row["employee"], row["hour_type"], row["day"])
    rates = {piece["hour_type"]: _rate(piece) for piece in row["pieces"]}
    return KeptPrice(work, rates)


def _rate(piece: dict[str, Any]) -> Rate:
    """The rate that a component took (``queries.ledger.pieces_json`` wrote it), as it was then."""
    scope, code, phase, hour_type = piece["rate_for"]
    key = RateKey(RateScope(scope), code, phase, hour_type)
    return Rate(UUID(piece["rate_id"]), key, Decimal(piece["price"]))
