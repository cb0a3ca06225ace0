"""The content of drafts in the database: lines, shares, deductions and claims, written in bulk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.content import Content
from services.billing.domain.lines import Line, LineKind
from services.billing.domain.settlement import Deduction
from services.billing.domain.vat import VatBasis
from services.billing.queries.issuing import claim_shares
from services.billing.queries.line_rows import LINE_COLUMNS, line_row
from shared.database.bulk import copy_rows, execute
from shared.ids import new_id


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
        *sums_of(content),
    )
    await write_content(session, organisation, invoice_id, content)


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
        *sums_of(content),
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


def sums_of(content: Content) -> tuple[Any, ...]:
    """net, vat, to_pay, vat_lines (JSON), discount."""
    sums = content.totals
    lines = [
        {"rate": str(t.vat.rate), "category": str(t.vat.category), "net": str(t.net), "vat": str(t.amount)}
        for t in sums.per_rate
    ]
    return sums.net, sums.vat, sums.to_pay, json.dumps(lines), content.discount


_LINE_COLUMNS = (
    *LINE_COLUMNS,
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


async def write_content(session: AsyncSession, organisation: str, invoice_id: UUID, content: Content) -> None:
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
        *line_row(line_id, invoice_id, organisation, position, line),
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
