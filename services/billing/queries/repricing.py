"""Unbilled accruals that are priced anew, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.pricing import Piece, Price, Work
from services.billing.domain.repricing import PieceTerms, Standing
from services.billing.queries.ledger import COLUMNS, listed_json, pieces_json
from shared.database.bulk import copy_rows, execute, fetch
from shared.words import EntryKind

# What no issued invoice took, drafts' rows among it, in the order in which the entries were accrued first. What a
# credit note put back is unbilled as well. What is to be given back keeps the price that it was billed at.
_UNBILLED = """
SELECT r.*, held.invoice_id AS draft_id
FROM (SELECT row_id, NULL::uuid AS invoice_id FROM open_rows WHERE account_id = $2 AND day >= $3
      UNION ALL
      SELECT row_id, invoice_id FROM ledger_claims WHERE organisation = $1 AND how = 'draft') AS held
JOIN ledger_rows r ON r.id = held.row_id
CROSS JOIN LATERAL (
    SELECT min(id) AS id FROM ledger_rows f
    WHERE f.organisation = r.organisation AND f.entry_id = r.entry_id AND f.entry_version = r.entry_version
      AND f.entry_id IS NOT NULL AND f.kind = 'accrual'
) first
WHERE r.organisation = $1 AND r.account_id = $2 AND r.day >= $3 AND r.entry_id IS NOT NULL
  AND r.kind IN ('accrual', 'released') AND r.reverses_row_id IS NULL AND r.parts >= 0
ORDER BY first.id
"""


async def unbilled_accruals(
    session: AsyncSession, organisation: str, account_id: UUID, from_day: date
) -> list[asyncpg.Record]:
    """Ledger rows of entries from a day on that no issued invoice has, with ``draft_id``; the account is locked."""
    return await fetch(session, _UNBILLED, organisation, account_id, from_day)


def standing_of(row: asyncpg.Record, customer: str, project: str | None) -> Standing:
    """A ledger row as re-pricing takes it. A price of the price list is none that the line brought."""
    work = Work(
        kind=EntryKind(row["entry_kind"]),
        day=row["day"],
        customer=customer,
        project=project,
        phase=row["phase"],
        employee=row["employee"],
        hour_type=row["hour_type"],
        pieces=[_piece(piece) for piece in row["pieces"]],
        quantity=row["quantity"],
        unit_price=row["unit_price"] if row["list_price"] is None else None,
        article=row["article"],
    )
    terms = [
        PieceTerms(piece["billed_minutes"], Decimal(piece["price"]), Decimal(piece["surcharge"]))
        for piece in row["pieces"]
    ]
    return Standing(
        row["id"], work, row["parts"], row["unit_price"], row["billed_minutes"], row["mark_up"], pieces=terms
    )


def _piece(piece: dict[str, Any]) -> Piece:
    worked = piece.get("worked_surcharge", piece["surcharge"])
    return Piece(piece["minutes"], piece["hour_type"], Decimal(worked))


async def accrue_again(
    session: AsyncSession, rows: Sequence[tuple[asyncpg.Record, Price]], repricing_id: UUID, now: datetime
) -> None:
    """Write each row anew at its new price; the caller reverses the old ones and moves the balance."""
    await copy_rows(session, "ledger_rows", COLUMNS, [_accrual(row, price, repricing_id, now) for row, price in rows])


def _accrual(row: asyncpg.Record, price: Price, repricing_id: UUID, now: datetime) -> tuple[Any, ...]:
    changed: Mapping[str, Any] = {
        "kind": "accrual",
        "parts": price.parts,
        "billed_minutes": price.billed_minutes,
        "unit_price": price.unit_price,
        "mark_up": price.mark_up,
        "pieces": pieces_json(price.pieces),
        "rate_id": price.rate_id,
        "list_price": listed_json(price.listed),
        "repricing_id": repricing_id,
        "created_at": now,
    }
    return tuple(changed[name] if name in changed else row[name] for name in COLUMNS)


@dataclass(frozen=True, slots=True)
class RepricingRow:
    """A row of ``repricings``."""

    id: UUID
    organisation: str
    account_id: UUID
    from_day: date
    repriced: int
    unchanged: int
    without_price: int
    parts_before: Decimal
    parts_after: Decimal
    asked_by: str
    asked_at: datetime


_COLUMNS = tuple(RepricingRow.__slots__)


async def add(session: AsyncSession, row: RepricingRow) -> None:
    places = ", ".join(f"${number}" for number in range(1, len(_COLUMNS) + 1))
    await execute(
        session,
        f"INSERT INTO repricings ({', '.join(_COLUMNS)}) VALUES ({places})",  # noqa: S608 - own names
        *(getattr(row, name) for name in _COLUMNS),
    )


async def listed(session: AsyncSession, account_id: UUID, before: UUID | None, limit: int) -> list[RepricingRow]:
    """The newest first: ids grow with time."""
    rows = await fetch(
        session,
        """
        SELECT * FROM repricings WHERE account_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
        """,
        account_id,
        before,
        limit,
    )
    return [RepricingRow(**dict(row)) for row in rows]


_WHY = """
SELECT p.from_day, p.asked_by, p.asked_at, old.unit_price, old.parts
FROM ledger_rows r JOIN repricings p ON p.id = r.repricing_id
LEFT JOIN ledger_rows back ON back.organisation = r.organisation AND back.entry_id = r.entry_id
    AND back.entry_version = r.entry_version AND back.kind = 'reversal' AND back.entry_id IS NOT NULL
    AND back.repricing_id = r.repricing_id
LEFT JOIN ledger_rows old ON old.id = back.reverses_row_id
WHERE r.id = $1
"""


async def why(session: AsyncSession, row_id: int) -> asyncpg.Record | None:
    """The re-pricing that gave a row its price: ``from_day``, ``asked_by``, ``asked_at``; what it was before."""
    rows = await fetch(session, _WHY, row_id)
    return rows[0] if rows else None
