"""Drafts: their rows in the database, with lines, shares, deductions and claims, written in bulk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.content import Content
from services.billing.domain.lines import Line, LineKind
from services.billing.domain.settlement import Deduction
from services.billing.domain.vat import VatBasis
from services.billing.queries.issuing import claim_shares
from shared.database.bulk import copy_rows, execute, fetch
from shared.ids import new_id
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
        *_sums(content),
        draft.created_by,
    )
    links = [(draft.id, account_id, draft.organisation) for account_id in account_ids]
    await copy_rows(session, "invoice_accounts", ("invoice_id", "account_id", "organisation"), links)
    await _write_content(session, draft.organisation, draft.id, content)


async def replace_content(
    session: AsyncSession, organisation: str, invoice_id: UUID, basis: VatBasis, content: Content
) -> None:
    """Give a draft, whose content was removed, a new one; it holds again."""
    await execute(
        session,
        """
        UPDATE invoices SET outdated = false, vat_country = $2, vat_treatment = $3,
                            net = $4, vat = $5, to_pay = $6, vat_lines = $7, discount = $8
        WHERE id = $1
        """,
        invoice_id,
        basis.country,
        str(basis.treatment),
        *_sums(content),
    )
    await _write_content(session, organisation, invoice_id, content)


async def rewrite_content(
    session: AsyncSession, organisation: str, invoice_id: UUID, before: Sequence[Line], content: Content
) -> None:
    """Write what changed in a draft's lines; their claims stay. Every line of ledger rows is still there.

    Lines keep their ids; deductions are written anew.
    """
    stay = {line.id for line in content.lines if line.kind is not LineKind.DEDUCTION}
    if gone := [line.id for line in before if line.shares and line.id not in stay]:
        raise ValueError(f"lines {gone} would leave their claims behind")
    known = {line.id: (place, line) for place, line in enumerate(before, start=1) if line.id in stay}
    await execute(
        session, "DELETE FROM invoice_lines WHERE invoice_id = $1 AND id <> ALL($2::uuid[])", invoice_id, list(known)
    )
    rows = [
        _line_row(line.id or new_id(), invoice_id, organisation, place, line)
        for place, line in enumerate(content.lines, start=1)
    ]
    changed = [
        row
        for row, (place, line) in zip(rows, enumerate(content.lines, start=1), strict=True)
        if line.id in known and known[line.id] != (place, line)
    ]
    await _update_lines(session, changed)
    await copy_rows(session, "invoice_lines", _LINE_COLUMNS, [row for row in rows if row[0] not in known])
    last = len(rows) - len(content.deductions)
    await _write_deductions(session, organisation, invoice_id, [row[0] for row in rows[last:]], content.deductions)
    await execute(
        session,
        "UPDATE invoices SET net = $2, vat = $3, to_pay = $4, vat_lines = $5, discount = $6 WHERE id = $1",
        invoice_id,
        *_sums(content),
    )


#: What can change of a line that stays: its place in _LINE_COLUMNS, and its type.
_CHANGING: Final = {
    "position": "int",
    "description": "varchar",
    "quantity": "numeric",
    "unit": "varchar",
    "price": "numeric",
    "net": "numeric",
    "vat_rate": "numeric",
    "vat_category": "varchar",
    "article": "varchar",
    "asked_vat_rate": "numeric",
    "own_text": "boolean",
    "discount_percentage": "numeric",
    "discount_amount": "numeric",
    "discount": "numeric",
    "invoice_discount": "numeric",
}


async def _update_lines(session: AsyncSession, rows: Sequence[tuple[Any, ...]]) -> None:
    """In one statement, so that lines can exchange their places."""
    if not rows:
        return
    columns = [_LINE_COLUMNS.index(name) for name in ("id", *_CHANGING)]
    arrays = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(("uuid", *_CHANGING.values()), start=1))
    assigned = ", ".join(f"{name} = k.{name}" for name in _CHANGING)
    await execute(
        session,
        f"""
        UPDATE invoice_lines l SET {assigned}
        FROM unnest({arrays}) AS k(id, {", ".join(_CHANGING)}) WHERE l.id = k.id
        """,  # noqa: S608 - the names are constants of this module
        *([row[column] for row in rows] for column in columns),
    )


async def remove_content(session: AsyncSession, invoice_id: UUID) -> None:
    """Free the ledger rows of a draft and delete its lines."""
    await execute(session, "DELETE FROM ledger_claims WHERE invoice_id = $1", invoice_id)
    await execute(session, "DELETE FROM line_shares WHERE invoice_id = $1", invoice_id)
    await execute(session, "DELETE FROM invoice_lines WHERE invoice_id = $1", invoice_id)


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


def _sums(content: Content) -> tuple[Any, ...]:
    """net, vat, to_pay, vat_lines (JSON), discount."""
    sums = content.totals
    lines = [
        {"rate": str(t.vat.rate), "category": str(t.vat.category), "net": str(t.net), "vat": str(t.amount)}
        for t in sums.per_rate
    ]
    return sums.net, sums.vat, sums.to_pay, json.dumps(lines), content.discount


_LINE_COLUMNS = (
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
    "project",
    "article",
    "asked_vat_rate",
    "own_text",
    "discount_percentage",
    "discount_amount",
    "discount",
    "invoice_discount",
    "details",
)


async def _write_content(session: AsyncSession, organisation: str, invoice_id: UUID, content: Content) -> None:
    ids = [line.id or new_id() for line in content.lines]
    lines = [
        _line_row(line_id, invoice_id, organisation, position, line)
        for position, (line_id, line) in enumerate(zip(ids, content.lines, strict=True), start=1)
    ]
    await copy_rows(session, "invoice_lines", _LINE_COLUMNS, lines)
    shares = [
        (line_id, share.row_id, invoice_id, organisation, share.quantity, share.parts)
        for line_id, line in zip(ids, content.lines, strict=True)
        for share in line.shares
    ]
    columns = ("line_id", "row_id", "invoice_id", "organisation", "quantity", "parts")
    await copy_rows(session, "line_shares", columns, shares)
    last = len(ids) - len(content.deductions)
    await _write_deductions(session, organisation, invoice_id, ids[last:], content.deductions)
    if shares:
        await claim_shares(session, invoice_id)


def _line_row(line_id: UUID, invoice_id: UUID, organisation: str, position: int, line: Line) -> tuple[Any, ...]:
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
        line.project,
        line.article,
        line.asked_vat_rate,
        line.own_text,
        line.discount_percentage,
        line.discount_amount,
        line.discount,
        line.invoice_discount,
        json.dumps(list(line.details)) if line.details else "[]",
    )


async def _write_deductions(
    session: AsyncSession,
    organisation: str,
    invoice_id: UUID,
    line_ids: Sequence[UUID],
    deductions: Sequence[Deduction],
) -> None:
    rows = [
        (line_id, invoice_id, organisation, d.invoice_id, d.vat.rate, d.vat.category.value, d.amount)
        for line_id, d in zip(line_ids, deductions, strict=True)
    ]
    columns = ("line_id", "invoice_id", "organisation", "advance_id", "vat_rate", "vat_category", "amount")
    await copy_rows(session, "deductions", columns, rows)
