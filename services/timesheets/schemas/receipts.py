"""Receipts of expenses."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from shared.http.fields import Answer


class ReceiptOut(Answer):
    """A receipt; its content is at its own address."""

    id: UUID
    entry_id: UUID
    name: str
    media_type: str = Field(description="What the content is, whatever was said of it.", examples=["application/pdf"])
    size: int = Field(description="In bytes.")
    sha256: str
    added_by: str
    added_at: datetime


class ReceiptList(Answer):
    items: list[ReceiptOut]
