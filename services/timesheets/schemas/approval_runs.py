"""Decisions about all that match a filter, with their progress."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from services.timesheets.schemas.decisions import FilterIn, Reason
from shared.contracts.base import Text
from shared.http.fields import Answer, Body


class ApprovalRunIn(Body):
    filter: FilterIn = Field(description="Which ones; without `state`: what is submitted.")
    reason: Text | None = Field(None, description="What may be said with it.")


class ApprovalRunOut(Answer):
    """How far it is: `matched` = `done` + `skipped` + what is still to be done."""

    id: UUID
    state: Literal["running", "done"]
    filter: dict[str, Any]
    reason: str | None
    started_by: str
    started_at: datetime
    finished_at: datetime | None
    matched: int = Field(description="Entries that matched when it began.")
    done: int = Field(description="Approved so far.")
    skipped: int = Field(description="Could not be approved: see `/v1/approvals/{id}/skipped`.")
    progress: int = Field(description="Per cent.", examples=[40])


class CorrectionRunIn(Body):
    decision: Literal["accept", "dismiss"]
    filter: FilterIn = Field(description="Entries whose open corrections are decided about.")
    reason: Reason | None = Field(None, description="What may be said with it.")


class CorrectionRunOut(ApprovalRunOut):
    decision: Literal["accept", "dismiss"]
    matched: int = Field(description="Corrections that were open and matched when it began.")
    done: int = Field(description="Decided so far.")
    skipped: int = Field(description="Could not be decided: see `/v1/corrections/runs/{id}/skipped`.")
