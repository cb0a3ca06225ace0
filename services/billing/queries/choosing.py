"""Which accounts a run invoices: those that the list "Invoice timetracking" shows, or some of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.queries import proposals
from services.billing.queries.proposals import Wanted
from shared.database.bulk import fetch


@dataclass(frozen=True, slots=True)
class Chosen:
    """An account; ``project`` None is the customer's own."""

    id: UUID
    customer: str
    project: str | None


async def proposed_accounts(session: AsyncSession, wanted: Wanted) -> list[Chosen]:
    """All that is proposed, by customer and project."""
    rows = await proposals.listed(session, wanted, None, None)
    return [Chosen(row["id"], row["customer"], row["project"]) for row in rows]


async def accounts_of_projects(session: AsyncSession, organisation: str, codes: Sequence[str]) -> list[Chosen]:
    """The accounts of these projects, whatever is unbilled on them."""
    rows = await fetch(
        session,
        "SELECT id, customer, project FROM accounts WHERE organisation = $1 AND project = ANY($2::text[])",
        organisation,
        list(codes),
    )
    return [Chosen(row["id"], row["customer"], row["project"]) for row in rows]


async def known_customers(session: AsyncSession, organisation: str, codes: Sequence[str]) -> set[str]:
    rows = await fetch(
        session,
        "SELECT code FROM customers WHERE organisation = $1 AND code = ANY($2::text[])",
        organisation,
        list(codes),
    )
    return {row["code"] for row in rows}
