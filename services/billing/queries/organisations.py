"""Organisations: their records, and what a batch needs of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.billing.models import Organisation
from shared.database.bulk import fetch
from shared.database.locks import lock_organisation


@dataclass(frozen=True, slots=True)
class OrganisationTerms:
    """What pricing needs: ``generation`` tells what waits in suspense whether it was looked at since."""

    currency: str
    language: str
    generation: int


async def load_terms(session: AsyncSession, codes: Iterable[str]) -> dict[str, OrganisationTerms]:
    """Those of ``codes`` that billing knows."""
    rows = await fetch(
        session,
        "SELECT code, currency, language, generation FROM organisations WHERE code = ANY($1::text[])",
        sorted(set(codes)),
    )
    return {row["code"]: OrganisationTerms(row["currency"], row["language"], row["generation"]) for row in rows}


async def find(session: AsyncSession, code: str) -> Organisation | None:
    return await session.get(Organisation, code)


async def find_for_update(session: AsyncSession, code: str) -> Organisation | None:
    """The record, locked: nobody else changes or announces it, and no batch runs beside the change."""
    await lock_organisation(session, code)
    return await session.get(Organisation, code, with_for_update=True)


async def listed(session: AsyncSession, after: str | None, limit: int) -> list[Organisation]:
    query = select(Organisation).order_by(col(Organisation.code)).limit(limit)
    if after is not None:
        query = query.where(col(Organisation.code) > after)
    return list(await session.scalars(query))


async def has_ledger(session: AsyncSession, code: str) -> bool:
    """Whether anything was ever accrued, agreed or invoiced: then the currency stays."""
    rows = await fetch(
        session,
        """
        SELECT 1 WHERE EXISTS (SELECT FROM ledger_rows r JOIN accounts a ON a.id = r.account_id
                               WHERE a.organisation = $1)
                    OR EXISTS (SELECT FROM invoices WHERE organisation = $1)
                    OR EXISTS (SELECT FROM deals WHERE organisation = $1)
                    OR EXISTS (SELECT FROM subscriptions WHERE organisation = $1)
        """,
        code,
    )
    return bool(rows)


async def change_currency(session: AsyncSession, code: str, currency: str) -> None:
    """Of all accounts, nothing having been accrued on them yet."""
    await fetch(session, "UPDATE accounts SET currency = $2 WHERE organisation = $1 RETURNING 1", code, currency)


async def raise_generation(session: AsyncSession, code: str) -> None:
    """Master data changed: what waits in suspense is looked at again. Under the organisation's exclusive lock."""
    await fetch(session, "UPDATE organisations SET generation = generation + 1 WHERE code = $1 RETURNING 1", code)
