"""Why no VAT is charged, in the organisation's own words."""

from __future__ import annotations

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.vat import VatTreatment
from services.billing.domain.vat_texts import VatTexts
from shared.database.bulk import execute, fetch


async def listed(session: AsyncSession, organisation: str) -> list[asyncpg.Record]:
    """(treatment, language, text) of the organisation's own words."""
    return await fetch(
        session,
        "SELECT treatment, language, text FROM vat_texts WHERE organisation = $1 ORDER BY treatment, language",
        organisation,
    )


async def write(session: AsyncSession, organisation: str, treatment: str, language: str, text: str | None) -> None:
    """Set the words; None takes the usual ones again."""
    if text is None:
        statement, values = "DELETE FROM vat_texts WHERE (organisation, treatment, language) = ($1, $2, $3)", []
    else:
        statement, values = (
            """
            INSERT INTO vat_texts (organisation, treatment, language, text) VALUES ($1, $2, $3, $4)
            ON CONFLICT (organisation, treatment, language) DO UPDATE SET text = excluded.text
            """,
            [text],
        )
    await execute(session, statement, organisation, treatment, language, *values)


async def of_customer(session: AsyncSession, organisation: str, customer: str, language: str) -> VatTexts:
    """What decides about the words on an invoice of ``customer`` in ``language``."""
    own = await listed(session, organisation)
    rows = await fetch(
        session,
        "SELECT vat_exemption_code, vat_exemption_reason FROM customers WHERE organisation = $1 AND code = $2",
        organisation,
        customer,
    )
    return VatTexts(
        language,
        {(VatTreatment(row["treatment"]), row["language"]): row["text"] for row in own},
        rows[0]["vat_exemption_code"] if rows else None,
        rows[0]["vat_exemption_reason"] if rows else None,
    )
