"""E-mails with the documents of an invoice: asked for by a person, or queued as soon as the documents are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.documents.mail.addresses import address_or_none
from services.billing.handlers import email_refusals as refusals
from services.billing.queries import documents, emails, invoices, preferences
from shared.http.problems import not_found
from shared.ids import new_id

#: Who asks for automatic e-mails.
BY_ITSELF: Final = "uurwerk"


@dataclass(frozen=True, slots=True)
class EmailAsked:
    """``recipients`` None: the customer's address. Texts that are None: the organisation's words."""

    by: str
    recipients: Sequence[str] | None = None
    subject: str | None = None
    body: str | None = None


async def ask(session: AsyncSession, organisation: str, invoice_id: UUID, asked: EmailAsked, now: datetime) -> UUID:
    """Queue an e-mail of an issued invoice; its id. Raises ``not-issued`` and ``no-email-address``."""
    row = await invoices.find(session, organisation, invoice_id)
    if row is None:
        raise not_found("invoice", invoice_id)
    if row["number"] is None:
        raise refusals.not_issued()
    recipients = asked.recipients or _customers_address(row)
    if not recipients:
        raise refusals.no_address(row["customer"])
    email_id = new_id()
    new = emails.NewEmail(
        id=email_id,
        organisation=organisation,
        invoice_id=invoice_id,
        automatic=False,
        recipients=list(dict.fromkeys(recipients)),
        subject=asked.subject,
        body=asked.body,
        requested_by=asked.by,
    )
    await emails.insert(session, new, now)
    return email_id


async def send_again(session: AsyncSession, organisation: str, email_id: UUID, now: datetime) -> None:
    """A person sends again what failed, or of which nobody knows whether it arrived."""
    if not await emails.again(session, organisation, email_id, now):
        raise refusals.not_again(await emails.find(session, organisation, email_id), email_id)


async def after_documents(session: AsyncSession, invoice_ids: Sequence[UUID], now: datetime) -> None:
    """Queue an e-mail for each invoice whose documents are all made and whose customer gets them automatically.

    In the transaction that keeps the documents: none is forgotten, and none is queued twice.
    """
    for row in await documents.finished(session, invoice_ids):
        wanted = await preferences.effective(session, row["organisation"], row["customer"], row["project"])
        if wanted.send_email:
            await _queue(session, row, now)


async def _queue(session: AsyncSession, row: asyncpg.Record, now: datetime) -> None:
    recipients = _customers_address(row)
    new = emails.NewEmail(
        id=new_id(),
        organisation=row["organisation"],
        invoice_id=row["id"],
        automatic=True,
        recipients=recipients,
        subject=None,
        body=None,
        requested_by=BY_ITSELF,
        reason=None if recipients else "the customer had no e-mail address when the invoice was issued",
    )
    await emails.insert(session, new, now)


def _customers_address(row: asyncpg.Record) -> list[str]:
    """The customer's address as it was when the invoice was issued."""
    address = address_or_none(row["buyer"].get("email"))
    return [address] if address else []
