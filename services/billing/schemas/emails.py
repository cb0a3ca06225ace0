"""HTTP shapes of e-mails, their senders and their texts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from services.billing.documents.mail.addresses import LONGEST, checked_address
from services.billing.documents.mail.texts import PLACEHOLDERS, check_placeholders
from shared.contracts.base import TEXT_PATTERN
from shared.http.fields import Answer, Body

EmailState = Literal["queued", "sending", "sent", "failed", "unknown"]
EmailKind = Literal["invoice", "credit note"]
EmailLanguage = Literal["nl", "en", "fr", "de"]

EmailAddress = Annotated[str, StringConstraints(max_length=LONGEST), AfterValidator(checked_address)]
_KNOWN = "Placeholders: " + ", ".join(f"`{{{name}}}`" for name in PLACEHOLDERS) + "."
Subject = Annotated[
    str,
    StringConstraints(min_length=1, max_length=250, pattern=r"^[^\x00-\x1f\x7f]*$"),
    AfterValidator(check_placeholders),
]
MailBody = Annotated[
    str, StringConstraints(min_length=1, max_length=20_000, pattern=TEXT_PATTERN), AfterValidator(check_placeholders)
]
SenderName = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]


class EmailIn(Body):
    """An e-mail with both documents. What is left out: the customer's address, the organisation's words."""

    to: Annotated[tuple[EmailAddress, ...], Field(min_length=1, max_length=10)] | None = None
    subject: Subject | None = Field(None, description=_KNOWN)
    body: MailBody | None = Field(None, description=_KNOWN)


class EmailOut(Answer):
    id: UUID
    invoice_id: UUID
    number: str
    state: EmailState = Field(
        description="`unknown`: it was being sent when the line or the sender broke. It may have arrived, so that only"
        " a person sends it again."
    )
    reason: str | None = Field(description="Why it failed or is unknown, or what the last attempt met with.")
    automatic: bool = Field(description="Queued by itself, after the documents were made.")
    to: list[str] = Field(validation_alias="recipients")
    attempts: int
    due_at: datetime = Field(description="Of a queued one: when it is tried.")
    sent_at: datetime | None
    requested_by: str
    created_at: datetime


class EmailsOut(Answer):
    items: list[EmailOut]


class EmailSettingsIn(Body):
    """Fields that are left out stay as they are; null: the usual."""

    sender_name: SenderName | None = Field(None, description="The organisation's name where nothing is said.")
    sender_address: EmailAddress | None = Field(
        None, description="The installation's where nothing is said. Its domain must let the mail server send for it."
    )
    reply_to: EmailAddress | None = Field(None, description="The organisation's address where nothing is said.")
    bcc: EmailAddress | None = Field(None, description="Gets a copy of every e-mail.")


class EmailSettingsOut(Answer):
    sender_name: str | None
    sender_address: str | None
    reply_to: str | None
    bcc: str | None


class EmailWordsIn(Body):
    subject: Subject = Field(description=_KNOWN, examples=["{title} {number} van {seller}"])
    body: MailBody = Field(description=_KNOWN)


class EmailWordsOut(Answer):
    kind: EmailKind
    language: EmailLanguage
    subject: str
    body: str
    own: bool = Field(description="The organisation's own words; otherwise the usual ones.")


class AllEmailWords(Answer):
    items: list[EmailWordsOut]
