"""The list "Invoice timetracking", and what is covered by advances (domain.md, "What is proposed").

What is open stands summed per account (models/open_rows.py), so the lists cost as much as there are accounts with
something open. Up to a date the open rows of those days are summed instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import fetch
from shared.money import decimals


class View(StrEnum):
    """PROPOSED: more is open than advances cover. COVERED: something is open, and advances cover all of it."""

    PROPOSED = "proposed"
    COVERED = "covered"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which accounts of an organisation; None is any.

    ``up_to`` counts what was done until then; the others narrow the list: something open in ``phase``, something open
    of the day ``open_since`` or before, an amount between ``min_amount`` and ``max_amount``.
    """

    organisation: str
    currency: str
    view: View
    up_to: date | None = None
    customer: str | None = None
    project: str | None = None
    phase: str | None = None
    open_since: date | None = None
    min_amount: Decimal | None = None
    max_amount: Decimal | None = None

    @property
    def parameters(self) -> tuple[Any, ...]:
        """$1 to $9 of the queries below."""
        return (
            self.organisation,
            self.up_to,
            self.customer,
            self.project,
            decimals(self.currency),
            self.phase,
            self.open_since,
            self.min_amount,
            self.max_amount,
        )


# $1 organisation, $2 up to, $3 customer, $4 project, $5 decimals of the currency: money is rounded as it is shown;
# $6 phase, $7 open since, $8 and $9 the amount.
_CANDIDATES = """
WITH open AS (
    {open}
), accounts_open AS (
    SELECT a.id, a.customer, coalesce(a.project, '') AS sort_project, a.project, a.currency, a.advance_open,
           a.unbilled_parts, a.unbilled_parts - open.all_parts AS reserved_parts, open.rows AS entries,
           round(open.parts / 6000, $5) AS amount
    FROM open JOIN accounts a ON a.id = open.account_id
    WHERE ($3::text IS NULL OR a.customer = $3) AND ($4::text IS NULL OR a.project = $4)
      AND ($6::text IS NULL OR EXISTS (
          SELECT FROM open_rows o JOIN ledger_rows r ON r.id = o.row_id
          WHERE o.account_id = a.id AND r.phase = $6 AND ($2::date IS NULL OR o.day <= $2)))
      AND ($7::date IS NULL OR EXISTS (SELECT FROM open_rows o WHERE o.account_id = a.id AND o.day <= $7))
)
"""
_AMOUNT = "($8::numeric IS NULL OR amount >= $8) AND ($9::numeric IS NULL OR amount <= $9)"
_OPEN_NOW = """
SELECT account_id, rows, parts, parts AS all_parts FROM open_balances
WHERE organisation = $1 AND parts > 0 AND $2::date IS NULL
"""
_OPEN_UP_TO = """
SELECT b.account_id, count(*) AS rows, sum(r.parts) AS parts, min(b.parts) AS all_parts
FROM open_balances b JOIN open_rows r ON r.account_id = b.account_id
WHERE b.organisation = $1 AND b.rows > 0 AND r.day <= $2::date GROUP BY b.account_id
"""
_WHERE = {
    View.PROPOSED: "amount > advance_open",
    View.COVERED: "amount > 0 AND amount <= advance_open",
}


def _sql(wanted: Wanted, select: str) -> str:
    candidates = _CANDIDATES.format(open=_OPEN_NOW if wanted.up_to is None else _OPEN_UP_TO)
    return f"{candidates} SELECT {select} FROM accounts_open WHERE {_WHERE[wanted.view]} AND {_AMOUNT}"  # noqa: S608 - own texts


async def listed(
    session: AsyncSession, wanted: Wanted, after: tuple[str, str, UUID] | None, limit: int | None
) -> list[asyncpg.Record]:
    """By customer and project: accounts with the ``amount`` that is open (money), other sums in parts, ``entries``."""
    customer, project, account_id = after or (None, None, None)
    chosen = (
        _sql(wanted, "*")
        + " AND ($10::text IS NULL OR (customer, sort_project, id) > ($10, $11::text, $12::uuid))"
        + " ORDER BY customer, sort_project, id LIMIT $13"
    )
    return await fetch(
        session,
        f"""
        SELECT c.*, (SELECT min(day) FROM open_rows WHERE account_id = c.id) AS oldest_day FROM ({chosen}) c
        ORDER BY c.customer, c.sort_project, c.id
        """,  # noqa: S608 - own texts
        *wanted.parameters,
        customer,
        project,
        account_id,
        limit,
    )


async def totals(session: AsyncSession, wanted: Wanted) -> asyncpg.Record:
    """Over all pages: ``accounts``, what is open (``amount``, money as shown per account) and ``advance_open``."""
    (row,) = await fetch(
        session,
        _sql(
            wanted,
            "count(*) AS accounts, coalesce(sum(amount), 0) AS amount, coalesce(sum(advance_open), 0) AS advance_open",
        ),
        *wanted.parameters,
    )
    return row
