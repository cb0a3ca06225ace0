"""How much of an advance a draft deducts at most, where its user wants less than there is."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.vat import Vat, VatCategory
from shared.database.bulk import execute, fetch


async def limits_of(session: AsyncSession, invoice_id: UUID) -> dict[tuple[UUID, Vat], Decimal]:
    """The limits of a draft by advance and VAT."""
    rows = await fetch(
        session,
        "SELECT advance_id, vat_rate, vat_category, amount FROM deduction_limits WHERE invoice_id = $1",
        invoice_id,
    )
    return {(row["advance_id"], Vat(row["vat_rate"], VatCategory(row["vat_category"]))): row["amount"] for row in rows}


async def write_limit(
    session: AsyncSession, organisation: str, invoice_id: UUID, of: tuple[UUID, Vat], amount: Decimal | None
) -> None:
    """Deduct at most ``amount`` of an advance at one VAT rate; None: as much as there is."""
    advance_id, vat = of
    key = (invoice_id, advance_id, vat.rate, str(vat.category))
    await execute(
        session,
        """
        DELETE FROM deduction_limits WHERE (invoice_id, advance_id, vat_rate, vat_category) = ($1, $2, $3, $4)
        """,
        *key,
    )
    if amount is not None:
        await execute(
            session,
            """
            INSERT INTO deduction_limits (invoice_id, advance_id, vat_rate, vat_category, organisation, amount)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            *key,
            organisation,
            amount,
        )
