"""Sending e-mails: one after the other, in one process at a time, and never twice by itself.

An e-mail is marked ``sending`` and committed before the server hears of it, and what became of it is committed after.
Only one process sends (the sweep's lock), so that what is ``sending`` when it begins was left behind by one that died:
nobody knows whether it arrived, and a person decides (domain.md, "A failed document or delivery").
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import asyncpg
import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.documents.content import DocumentKind, InvoiceContent
from services.billing.documents.files import MEDIA_TYPES, file_name
from services.billing.documents.mail.addresses import address_or_none
from services.billing.documents.mail.message import Attachment, Letter, message
from services.billing.documents.mail.smtp import Connection, Fate, Outcome, Server
from services.billing.documents.mail.texts import CREDIT_NOTE, INVOICE, default_words, filled
from services.billing.documents.ubl.elements import clean
from services.billing.handlers.document_contents import contents
from services.billing.queries import email_texts, emails
from shared.clock import Clock
from shared.database.database import Database
from shared.service import Sweep
from shared.settings import ProcessRole

log = structlog.get_logger(__name__)

#: E-mails of one conversation with the server.
PORTION: Final = 25
#: How often what may pass is tried: for about a day.
TRIES: Final = 30
_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(hours=1)

OUTCOMES: Final = Counter("uurwerk_emails", "Attempts to send an e-mail, by what became of them.", ("fate",))
WAITING: Final = Gauge("uurwerk_emails_waiting", "E-mails that wait: to be sent, or for a person.", ("state",))


def emails_sweep(server: Server | None, sender: str | None) -> Sweep:
    """Send what is due. Without a server nothing is sent, and nothing can be asked for."""

    async def run(database: Database, clock: Clock) -> int:
        if server is None or sender is None:
            return 0
        return await send_due(database, clock, server, sender)

    return Sweep("emails", timedelta(seconds=2), run, role=ProcessRole.DOCUMENTS)


async def send_due(database: Database, clock: Clock, server: Server, sender: str) -> int:
    """Send up to a portion of what is due; how many were tried. Called by one process at a time."""
    async with database.transaction() as session:
        if left := await emails.left_behind(session, "who sent it ended in the middle", clock()):
            log.warning("e-mails of which nobody knows whether they arrived", emails=left)
    connection = Connection(server)
    tried = 0
    try:
        while tried < PORTION and await _send_next(database, clock, connection, sender):
            tried += 1
    finally:
        await connection.close()
    async with database.transaction() as session:
        waiting = await emails.counts(session)
    for state in ("queued", "failed", "unknown"):
        WAITING.labels(state).set(waiting.get(state, 0))
    return tried


async def _send_next(database: Database, clock: Clock, connection: Connection, sender: str) -> bool:
    """Send one e-mail; False: none is due."""
    async with database.transaction() as session:
        row = await emails.claim(session, clock())
    if row is None:
        return False
    try:
        async with database.transaction() as session:
            letter = await _letter(session, row, sender)
        written = message(letter, clock())
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
    ) as error:  # a mistake of ours, in one e-mail: the others go on
        outcome = Outcome(Fate.REFUSED, clean(f"it could not be written: {type(error).__name__}: {error}"))
    else:
        outcome = await connection.send(letter.sender_address, letter.envelope, written)
    OUTCOMES.labels(outcome.fate.value).inc()
    async with database.transaction() as session:
        await emails.settle(session, row, *_after(outcome, row["tries"], clock()))
    return True


def _after(outcome: Outcome, tries: int, now: datetime) -> tuple[str, str | None, datetime]:
    """State, reason, and when: of having been sent, or to be tried again."""
    match outcome.fate:
        case Fate.SENT:
            return "sent", None, now
        case Fate.UNKNOWN:
            return "unknown", outcome.reason, now
        case Fate.LATER if tries < TRIES:
            return "queued", outcome.reason, now + min(_FIRST_PAUSE * 2 ** (tries - 1), _LONGEST_PAUSE)
        case _:
            return "failed", outcome.reason, now


async def _letter(session: AsyncSession, row: asyncpg.Record, sender: str) -> Letter:
    (content,) = await contents(session, [row["invoice_id"]])
    own = await email_texts.find_settings(session, row["organisation"])
    subject, body = await _words(session, row, content)
    return Letter(
        id=row["id"],
        sender_name=own.sender_name or content.seller.name,
        sender_address=own.sender_address or sender,
        recipients=tuple(row["recipients"]),
        subject=filled(subject, content),
        body=filled(body, content),
        language=content.language,
        attachments=[
            Attachment(
                file_name(content.number or "", DocumentKind(made["kind"])),
                MEDIA_TYPES[DocumentKind(made["kind"])],
                made["content"],
            )
            for made in await emails.attached(session, row["invoice_id"])
        ],
        reply_to=own.reply_to or address_or_none(content.seller.email),
        bcc=own.bcc,
    )


async def _words(session: AsyncSession, row: asyncpg.Record, content: InvoiceContent) -> tuple[str, str]:
    """The e-mail's own words, else the organisation's, else ours."""
    kind = CREDIT_NOTE if content.is_credit_note else INVOICE
    usual = default_words(kind, content.language)
    subject, body = usual.subject, usual.body
    for own in await email_texts.own_words(session, row["organisation"]):
        if (own["kind"], own["language"]) == (kind, content.language):
            subject, body = own["subject"], own["body"]
    return row["subject"] or subject, row["body"] or body
