"""How a line of an invoice is a row: what lines of invoices and of credit notes have in common."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from services.billing.domain.lines import Line

LINE_COLUMNS: Final = (
    "id",
    "invoice_id",
    "organisation",
    "position",
    "kind",
    "description",
    "quantity",
    "unit",
    "price",
    "surcharge",
    "net",
    "vat_rate",
    "vat_category",
    "phase",
    "day",
)


def line_row(line_id: UUID, invoice_id: UUID, organisation: str, position: int, line: Line) -> tuple[Any, ...]:
    """The values of :data:`LINE_COLUMNS`."""
    return (
        line_id,
        invoice_id,
        organisation,
        position,
        line.kind.value,
        line.description,
        line.quantity,
        line.unit,
        line.price,
        line.surcharge,
        line.net,
        line.vat.rate,
        line.vat.category.value,
        line.phase,
        line.day,
    )
