"""The running timer."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.contracts.base import Code, Minutes, Moment, Text
from shared.http.fields import Answer, Body


class TimerStartIn(Body):
    employee: Code | None = Field(None, description="Whose timer it is; the token's own employee where left out.")
    kind: Literal["labour", "travel"] = "labour"
    hour_type: Code
    project: Code | None = None
    customer: Code | None = Field(None, description="Where there is no project.")
    phase: Code | None = None
    description: Text | None = None

    @model_validator(mode="after")
    def _has_account(self) -> Self:
        if self.project is None and self.customer is None:
            raise ValueError("name a project, or a customer")
        if self.phase is not None and self.project is None:
            raise ValueError("a phase needs its project")
        return self


class TimerStopIn(Body):
    employee: Code | None = Field(None, description="Whose timer it is; the token's own employee where left out.")
    end: Moment | None = Field(None, description="When the work ended, if the timer was forgotten; now if left out.")
    break_minutes: Minutes = 0
    description: Text | None = Field(None, description="In the place of what was said at the start.")


class TimerOut(Answer):
    id: UUID
    employee: str
    kind: Literal["labour", "travel"]
    hour_type: str
    project: str | None
    customer: str | None
    phase: str | None
    description: str | None
    started_at: datetime


class RunningOut(Answer):
    timer: TimerOut | None = Field(description="Null: none is running.")
