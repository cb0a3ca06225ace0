"""Personal data: taken away, and who was handed out what."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.timesheets.schemas.decisions import Reason
from shared.contracts.base import Code, Moment, Name
from shared.http.fields import Answer, Body


class AnonymiseIn(Body):
    reason: Reason
    override: bool = Field(
        False, description="Before the organisation's time for keeping hours is over: say in the reason why it may be."
    )


class AccessFilter(Body):
    subject: Name | None = Field(None, description="Who read.")
    employee: Code | None = Field(None, description="Whose data, where one was asked for.")
    first: Moment | None = Field(None, alias="from")
    last: Moment | None = Field(None, alias="until")


class AccessOut(Answer):
    """Somebody was handed out personal data of others."""

    id: UUID
    at: datetime
    subject: str
    what: str = Field(examples=["entries"])
    employee: str | None
    asked: dict[str, Any] = Field(description="The filter, or which one.")
    records: int
