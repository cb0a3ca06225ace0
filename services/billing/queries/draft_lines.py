"""The lines of a draft as the rules take them, with what the user chose about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.discounts import Discount
from services.billing.domain.lines import Line, LineKind, Share
from services.billing.domain.vat import Vat, VatCategory
from shared.database.bulk import fetch


async def load_lines(session: AsyncSession, invoice_id: UUID) -> list[Line]:
    """All lines in their order, deductions too, each with its id and shares."""
    shares: dict[UUID, list[Share]] = {}
    for row in await fetch(
        session, "SELECT line_id, row_id, quantity, parts FROM line_shares WHERE invoice_id = $1", invoice_id
    ):
        shares.setdefault(row["line_id"], []).append(Share(row["row_id"], row["quantity"], row["parts"]))
    rows = await fetch(session, "SELECT * FROM invoice_lines WHERE invoice_id = $1 ORDER BY position", invoice_id)
    return [_line(row, shares.get(row["id"], [])) for row in rows]


def _line(row: asyncpg.Record, shares: list[Share]) -> Line:
    return Line(
        kind=LineKind(row["kind"]),
        description=row["description"],
        quantity=row["quantity"],
        unit=row["unit"],
        price=row["price"],
        surcharge=row["surcharge"],
        net=row["net"],
        vat=Vat(row["vat_rate"], VatCategory(row["vat_category"])),
        phase=row["phase"],
        day=row["day"],
        shares=shares,
        project=row["project"],
        article=row["article"],
        asked_vat_rate=row["asked_vat_rate"],
        own_text=row["own_text"],
        discount_percentage=row["discount_percentage"],
        discount_amount=row["discount_amount"],
        discount=row["discount"],
        invoice_discount=row["invoice_discount"],
        details=row["details"],
        id=row["id"],
    )


def whole_discount_of(row: Mapping[str, Any]) -> Discount | None:
    """The discount on the whole that the invoice's row asks for."""
    asked = Discount(row["discount_percentage"], row["discount_amount"])
    return None if asked == Discount() else asked
