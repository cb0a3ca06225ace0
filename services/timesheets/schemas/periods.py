"""Periods as they are shown, closed and opened."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.timesheets.domain.periods import PeriodKind, PeriodState
from services.timesheets.schemas.decisions import Reason
from shared.contracts.base import Day
from shared.http.fields import Answer, Body


class PeriodIn(Body):
    """Days to close or open: a week, a month, or any other span of at most a year."""

    first_day: Day = Field(alias="from")
    last_day: Day = Field(alias="until", description="Inclusive.")
    reason: Reason | None = None


class PeriodsQuery(Body):
    """Which weeks or months are listed."""

    kind: PeriodKind = PeriodKind.MONTH
    first_day: Day | None = Field(None, alias="from", description="A year before `until`, or 13 weeks.")
    last_day: Day | None = Field(None, alias="until", description="Today where it is left out.")


class UnapprovedOut(Answer):
    """Entries that nobody approved yet; they can still be approved or rejected when the period is closed."""

    draft: int
    submitted: int
    rejected: int


class PeriodOut(Answer):
    """A period as it is now. Listed, it has the ``name`` of its week or month: `2026-W10`, `2026-03`."""

    name: str | None
    first_day: date = Field(serialization_alias="from")
    last_day: date = Field(serialization_alias="until", description="Inclusive.")
    state: PeriodState
    closed_by: str | None = Field(description="Who closed it, or the last part of it.")
    closed_at: datetime | None
    unapproved: UnapprovedOut
    waiting: int = Field(description="Lines and changes of work orders that wait to get into it, whatever for.")


class PeriodList(Answer):
    items: list[PeriodOut]


class PeriodActOut(Answer):
    """Somebody closed or opened days."""

    id: UUID
    what: Literal["closed", "opened"]
    first_day: date = Field(serialization_alias="from")
    last_day: date = Field(serialization_alias="until")
    actor: str
    reason: str | None
    at: datetime
