"""Requests that came as events, with the answers they were given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch


@dataclass(frozen=True, slots=True)
class Answer:
    """Accepted with an invoice, or refused with a slug and why. ``fingerprint`` is of what was asked."""

    fingerprint: str
    invoice_id: UUID | None = None
    number: str | None = None
    slug: str | None = None
    detail: str | None = None


async def answers(session: AsyncSession, requests: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Answer]:
    """Answers that were given to these (organisation, request id) before."""
    rows = await fetch(
        session,
        """
        SELECT r.organisation, r.request_id, r.fingerprint, r.invoice_id, i.number, r.slug, r.detail
        FROM invoice_requests r LEFT JOIN invoices i ON i.id = r.invoice_id
        WHERE (r.organisation, r.request_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        """,
        [organisation for organisation, _ in requests],
        [request_id for _, request_id in requests],
    )
    return {
        (row["organisation"], row["request_id"]): Answer(
            row["fingerprint"], row["invoice_id"], row["number"], row["slug"], row["detail"]
        )
        for row in rows
    }


async def keep_answer(session: AsyncSession, organisation: str, request_id: str, kind: str, answer: Answer) -> None:
    """Note the answer; the key is the request, so that none is answered twice."""
    await execute(
        session,
        """
        INSERT INTO invoice_requests (organisation, request_id, type, fingerprint, invoice_id, slug, detail)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        organisation,
        request_id,
        kind,
        answer.fingerprint,
        answer.invoice_id,
        answer.slug,
        answer.detail,
    )


async def known_organisations(session: AsyncSession, codes: Sequence[str]) -> set[str]:
    rows = await fetch(session, "SELECT code FROM organisations WHERE code = ANY($1::text[])", list(codes))
    return {row["code"] for row in rows}
