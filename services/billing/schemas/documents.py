"""HTTP shapes of documents."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.http.fields import Answer

Kind = Literal["pdf", "e-invoice"]


class DocumentOut(Answer):
    """A document of an issued invoice. Once it is made its content never changes."""

    kind: Kind
    state: Literal["waiting", "made", "failed", "none"] = Field(
        description="`failed` can be retried; `none`: there will be none, `reason` says why."
    )
    reason: str | None = Field(None, description="Why it is not there.", examples=["invalid-e-invoice"])
    detail: str | None = Field(None, description="The same for people: rules that are broken, one a line.")
    sha256: str | None = Field(None, description="Of the content, hexadecimal; also its ETag.")
    size: int | None = Field(None, description="Bytes.")
    made_at: datetime | None = None


class DocumentsOut(Answer):
    items: list[DocumentOut]


class UnmadeDocumentOut(DocumentOut):
    """A document that waits or failed, in a list over all invoices."""

    invoice_id: UUID
    number: str
    customer: str
    since: datetime


class LogoOut(Answer):
    media_type: str
    size: int
    changed_at: datetime
