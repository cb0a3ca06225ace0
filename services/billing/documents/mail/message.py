"""The message: RFC 5322, with both documents attached; built so that no text can become a header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final
from uuid import UUID

from services.billing.documents.ubl.elements import clean

_LONGEST_SUBJECT: Final = 250
#: Seven bits: not every server on the way takes eight.
_POLICY: Final = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail to be sent. Addresses are checked (addresses.py); ``bcc`` is in the envelope only."""

    id: UUID
    sender_name: str
    sender_address: str
    recipients: tuple[str, ...]
    subject: str
    body: str
    language: str
    attachments: Sequence[Attachment]
    reply_to: str | None = None
    bcc: str | None = None

    @property
    def envelope(self) -> list[str]:
        return [*self.recipients, *([self.bcc] if self.bcc else [])]


def message(letter: Letter, now: datetime) -> bytes:
    """The message's bytes. Its Message-ID is the e-mail's own: a second copy shows itself as one."""
    mail = EmailMessage(policy=_POLICY)
    host = letter.sender_address.rpartition("@")[2]
    mail["Message-ID"] = f"<{letter.id}@{host}>"
    mail["Date"] = now
    mail["From"] = Address(one_line(letter.sender_name), addr_spec=letter.sender_address)
    mail["To"] = [Address(addr_spec=address) for address in letter.recipients]
    if letter.reply_to:
        mail["Reply-To"] = Address(addr_spec=letter.reply_to)
    mail["Subject"] = one_line(letter.subject)[:_LONGEST_SUBJECT]
    mail["Content-Language"] = letter.language
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(clean(letter.body) + "\n")
    for attachment in letter.attachments:
        main, _, sub = attachment.media_type.partition("/")
        mail.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.name)
    return mail.as_bytes()


def one_line(text: str) -> str:
    """``text`` without line breaks and control characters: what a header can hold."""
    return re.sub(r"\s+", " ", clean(text)).strip()
