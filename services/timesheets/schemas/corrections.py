"""Corrections as they are shown and decided on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.timesheets.schemas.decisions import ManyIn, Reason
from services.timesheets.schemas.work import WorkOut
from shared.http.fields import Answer, Body


class DecideIn(Body):
    """What may be said with the decision about one correction."""

    reason: Reason | None = None
    revision: Annotated[int, Field(ge=1)] | None = Field(
        None, description="The correction's `revision`, as it was seen: another one is refused (correction-changed)."
    )


class DecideManyIn(ManyIn):
    """Entries by their ids, or all with an open correction that match a filter."""

    reason: Reason | None = None


class CorrectionOut(Answer):
    """What a newer revision of an order asks of an entry that is approved."""

    id: UUID
    entry_id: UUID
    name: str
    state: Literal["open", "accepted", "dismissed", "closed"] = Field(
        description="closed: nobody has to decide it any more."
    )
    revision: int = Field(description="Of the order.")
    approved_version: int = Field(description="Version of the entry whose approval it asks to correct.")
    minutes_before: int | None
    minutes_after: int | None = Field(description="0 where the order takes the hours back.")
    before: WorkOut
    after: WorkOut | None = Field(description="Null: the order takes it back.")
    opened_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None = Field(description="What was said with the decision.")
