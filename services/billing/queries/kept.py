"""The prices of approvals that are corrected, as the ledger keeps them."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.days import Dated
from services.billing.domain.facts import Fact
from services.billing.domain.kept import KeptPrice, SameWork
from services.billing.domain.price_list import Item, ListKey, ListPrice, ListScope
from services.billing.domain.rates import Rate, RateKey, RateScope
from services.billing.queries.ledger import fact_columns
from shared.database.bulk import fetch

#: It was chosen by its days already.
_ANY_DAY: Final = Dated(None, None)


async def load_kept_prices(session: AsyncSession, facts: Collection[Fact]) -> dict[Fact, KeptPrice]:
    """What these approvals were accrued at, by the approval; one that never was in the ledger is not among them."""
    if not facts:
        return {}
    rows = await fetch(
        session,
        """
        SELECT DISTINCT ON (r.organisation, r.entry_id, r.entry_version)
               r.organisation, r.entry_id, r.entry_version, r.account_id, r.phase, r.employee, r.hour_type, r.day,
               r.pieces, r.list_price
        FROM unnest($1::text[], $2::uuid[], $3::int[]) AS k(organisation, entry_id, version)
        JOIN ledger_rows r ON r.organisation = k.organisation AND r.entry_id = k.entry_id
            AND r.entry_version = k.version AND r.entry_id IS NOT NULL AND r.kind = 'accrual'
        ORDER BY r.organisation, r.entry_id, r.entry_version, r.id DESC  -- the last price that it was given
        """,
        *fact_columns(facts),
    )
    return {Fact(row["organisation"], row["entry_id"], row["entry_version"]): _kept(row) for row in rows}


def _kept(row: asyncpg.Record) -> KeptPrice:
    work = SameWork(row["account_id"], row["phase"], row["employee"], row["hour_type"], row["day"])
    rates = {piece["hour_type"]: _rate(piece) for piece in row["pieces"]}
    return KeptPrice(work, rates, listed_of(row["list_price"]))


def listed_of(kept: dict[str, Any] | None) -> ListPrice | None:
    """The price of the price list that a ledger row took (``queries.ledger.listed_json`` wrote it), as it was then."""
    if kept is None:
        return None
    scope, code, item, article = kept["for"]
    return ListPrice(
        UUID(kept["id"]), ListKey(ListScope(scope), code, Item(item), article), Decimal(kept["price"]), _ANY_DAY
    )


def _rate(piece: dict[str, Any]) -> Rate:
    """The rate that a component took (``queries.ledger.pieces_json`` wrote it), as it was then."""
    scope, code, phase, hour_type = piece["rate_for"]
    key = RateKey(RateScope(scope), code, phase, hour_type)
    return Rate(UUID(piece["rate_id"]), key, Decimal(piece["price"]))
