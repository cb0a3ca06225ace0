"""All that happened to an entry."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from services.timesheets.domain.words import What
from services.timesheets.schemas.corrections import CorrectionOut
from services.timesheets.schemas.entries import ChangeOut
from shared.http.fields import Answer


class FieldChange(Answer):
    """A field of the entry that a step changed."""

    field: str
    before: Any
    after: Any


class HistoryOut(Answer):
    """One step: who, when, why, and what was before."""

    version: int
    what: What
    actor: str
    at: datetime
    reason: str | None
    changes: list[FieldChange] = Field(description="What became different; empty for the first step.")
    entry: dict[str, Any] = Field(description="The entry after it: the data of the event that told of it.")


class HistoryList(Answer):
    """Nothing in it is ever changed or deleted."""

    items: list[HistoryOut]
    corrections: list[CorrectionOut] = Field(description="What revisions asked of it when it was approved.")
    waiting_change: ChangeOut | None = Field(description="What waits for a closed period to be opened.")
