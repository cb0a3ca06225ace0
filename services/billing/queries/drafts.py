"""Drafts: their rows in the database, made, locked, deleted, and what their users choose."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.content import Content
from services.billing.domain.vat import VatBasis
from services.billing.queries.draft_content import remove_content, sums_of, write_content
from shared.database.bulk import copy_rows, execute, fetch
from shared.words import InvoiceOrigin, InvoiceType


@dataclass(frozen=True, slots=True)
class Draft:
    """What makes a draft besides its content. ``selection`` is what it was asked to hold (JSON)."""

    id: UUID
    organisation: str
    type: InvoiceType
    origin: InvoiceOrigin
    customer: str
    project: str | None
    currency: str
    selection: Mapping[str, Any]
    basis: VatBasis
    created_by: str


async def insert_draft(session: AsyncSession, draft: Draft, account_ids: Sequence[UUID], content: Content) -> None:
    """Write a new draft. The caller holds the locks of its accounts."""
    await execute(
        session,
        """
        INSERT INTO invoices (id, organisation, type, origin, state, customer, project, currency, selection,
                              vat_country, vat_treatment, net, vat, to_pay, vat_lines, discount, created_by)
        VALUES ($1, $2, $3, $4, 'draft', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        """,
        draft.id,
        draft.organisation,
        str(draft.type),
        str(draft.origin),
        draft.customer,
        draft.project,
        draft.currency,
        json.dumps(draft.selection),
        draft.basis.country,
        str(draft.basis.treatment),
        *sums_of(content),
        draft.created_by,
    )
    links = [(draft.id, account_id, draft.organisation) for account_id in account_ids]
    await copy_rows(session, "invoice_accounts", ("invoice_id", "account_id", "organisation"), links)
    await write_content(session, draft.organisation, draft.id, content)


async def delete_draft(session: AsyncSession, invoice_id: UUID) -> None:
    await remove_content(session, invoice_id)
    await execute(session, "DELETE FROM invoices WHERE id = $1", invoice_id)


#: Columns that a user sets on a draft.
CHOICES: Final = frozenset(
    {
        "language",
        "intro",
        "footer",
        "buyer_reference",
        "order_reference",
        "period_from",
        "period_until",
        "wanted_series",
        "discount_percentage",
        "discount_amount",
    }
)


async def write_choices(session: AsyncSession, invoice_id: UUID, values: Mapping[str, Any]) -> None:
    """Set some of :data:`CHOICES` on a draft; what is not among ``values`` stays."""
    if unknown := values.keys() - CHOICES:
        raise ValueError(f"no choice of a draft: {', '.join(sorted(unknown))}")
    if values:
        assigned = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, start=2))
        await execute(session, f"UPDATE invoices SET {assigned} WHERE id = $1", invoice_id, *values.values())  # noqa: S608


async def lock_invoice(session: AsyncSession, organisation: str, invoice_id: UUID) -> dict[str, Any] | None:
    """The invoice's row, locked; its accounts are locked before."""
    rows = await fetch(
        session, "SELECT * FROM invoices WHERE organisation = $1 AND id = $2 FOR UPDATE", organisation, invoice_id
    )
    return dict(rows[0]) if rows else None
