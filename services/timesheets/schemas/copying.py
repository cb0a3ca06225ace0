"""Copying a day or a week."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.timesheets.schemas.entries import EntryOut, SkippedOut
from shared.contracts.base import TEXT_PATTERN, Code, Day
from shared.http.fields import Answer, Body
from shared.words import EntryKind


class CopyIn(Body):
    ref: Annotated[str, StringConstraints(min_length=1, max_length=150, pattern=TEXT_PATTERN)] = Field(
        description="Yours to choose: the same copying sent again counts once. The copies' refs begin with it."
    )
    employee: Code | None = Field(None, description="Whose entries; the token's own employee's where left out.")
    what: Literal["day", "week"] = Field("day", description="A week: seven days from the first one on.")
    first_day: Day = Field(alias="from", description="The day, or the first day of the week, that is copied.")
    to: Day = Field(description="Where it is copied to: that day, or the seven days from it on.")
    kinds: Annotated[list[EntryKind], Field(min_length=1, max_length=5)] = Field(
        default_factory=lambda: [EntryKind.LABOUR, EntryKind.TRAVEL, EntryKind.DISTANCE],
        description="An expense has a receipt of its own, so it is copied only if you say so.",
    )
    state: Literal["draft", "submitted"] = "draft"


class CopiedOut(Answer):
    matched: int = Field(description="Entries by hand on those days.")
    done: list[EntryOut] = Field(description="The copies.")
    skipped: list[SkippedOut] = Field(description="What was not copied, and why.")
