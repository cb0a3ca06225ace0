"""Requests that came as events, with the answers they were given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch


@dataclass(frozen=True, slots=True)
class Answer:
    """Accepted with an invoice, or with the ``record`` (deal, subscription) that it changed, or refused with a slug
    and why. ``fingerprint`` is of what was asked.
    """

    fingerprint: str
    invoice_id: UUID | None = None
    number: str | None = None
    record: str | None = None
    record_code: str | None = None
    slug: str | None = None
    detail: str | None = None


async def answers(session: AsyncSession, requests: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Answer]:
    """Answers that were given to these (organisation, request id) before."""
    rows = await fetch(
        session,
        """
        SELECT r.organisation, r.request_id, r.fingerprint, r.invoice_id, i.number, r.record, r.record_code, r.slug,
               r.detail
        FROM invoice_requests r LEFT JOIN invoices i ON i.id = r.invoice_id
        WHERE (r.organisation, r.request_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        """,
        [organisation for organisation, _ in requests],
        [request_id for _, request_id in requests],
    )
    return {(row["organisation"], row["request_id"]): Answer(*list(row.values())[2:]) for row in rows}


async def keep_answer(session: AsyncSession, organisation: str, request_id: str, kind: str, answer: Answer) -> None:
    """Note the answer; the key is the request, so that none is answered twice."""
    await execute(
        session,
        """
        INSERT INTO invoice_requests
            (organisation, request_id, type, fingerprint, invoice_id, record, record_code, slug, detail)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        organisation,
        request_id,
        kind,
        answer.fingerprint,
        answer.invoice_id,
        answer.record,
        answer.record_code,
        answer.slug,
        answer.detail,
    )


async def known_organisations(session: AsyncSession, codes: Sequence[str]) -> set[str]:
    rows = await fetch(session, "SELECT code FROM organisations WHERE code = ANY($1::text[])", list(codes))
    return {row["code"] for row in rows}


@dataclass(frozen=True, slots=True)
class Touched:
    """What requests name, each as (organisation, code): whose accounts are locked before anything is done."""

    projects: Sequence[tuple[str, str]]
    deals: Sequence[tuple[str, str]]
    subscriptions: Sequence[tuple[str, str]]


_ACCOUNTS = """
SELECT id FROM accounts WHERE id IN (
    SELECT id FROM accounts WHERE (organisation, project) IN (SELECT * FROM unnest($1::text[], $2::text[]))
    UNION
    SELECT a.id FROM deals d JOIN accounts a ON a.organisation = d.organisation AND a.project = d.project
    WHERE (d.organisation, d.code) IN (SELECT * FROM unnest($3::text[], $4::text[]))
    UNION
    SELECT a.id FROM subscriptions s JOIN accounts a ON a.organisation = s.organisation
        AND (a.project = s.project OR (s.project IS NULL AND a.project IS NULL AND a.customer = s.customer))
    WHERE (s.organisation, s.code) IN (SELECT * FROM unnest($5::text[], $6::text[]))
) ORDER BY id FOR UPDATE
"""
_DEALS = """
SELECT 1 FROM deals WHERE (organisation, code) IN (SELECT * FROM unnest($1::text[], $2::text[]))
ORDER BY organisation, code FOR UPDATE
"""
_SUBSCRIPTIONS = """
SELECT 1 FROM subscriptions WHERE (organisation, code) IN (SELECT * FROM unnest($1::text[], $2::text[]))
ORDER BY organisation, code FOR UPDATE
"""


async def lock_touched(session: AsyncSession, touched: Touched) -> None:
    """Lock accounts, then deals, then subscriptions, each in the order of their keys."""
    await fetch(session, _ACCOUNTS, *_columns(touched.projects, touched.deals, touched.subscriptions))
    await fetch(session, _DEALS, *_columns(touched.deals))
    await fetch(session, _SUBSCRIPTIONS, *_columns(touched.subscriptions))


def _columns(*named: Sequence[tuple[str, str]]) -> list[list[str]]:
    return [[pair[place] for pair in pairs] for pairs in named for place in (0, 1)]
