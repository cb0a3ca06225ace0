"""HTTP shapes of runs that invoice many projects."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from shared.contracts.base import Code, Day
from shared.http.fields import Answer, Body, MoneyOut

Codes = Annotated[tuple[Code, ...], Field(min_length=1, max_length=10_000)]
ItemOutcome = Literal["waiting", "done", "refused", "cancelled"]


class InvoiceRunIn(Body):
    """Invoices of what the list "Invoice timetracking" shows, all of it or a selection."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"per": "customer", "up_to": "2026-03-31", "issue": True}]}
    )

    per: Literal["project", "customer"] = Field(description="An invoice for each project, or one for each customer.")
    up_to: Day | None = Field(None, description="Only what was done until this day.")
    projects: Codes | None = Field(None, description="Only these; a named one that is not proposed is refused.")
    customers: Codes | None = Field(None, description="Only what is proposed of these, work without project too.")
    issue: bool = Field(False, description="Issue them at once; otherwise they stay drafts.")
    issue_date: Day | None = Field(None, description="Of what is issued; today by default.")

    @model_validator(mode="after")
    def _date_of_what_is_issued(self) -> Self:
        if self.issue_date is not None and not self.issue:
            raise ValueError("issue_date goes with issue: drafts have no date")
        return self


class InvoiceRunOut(Answer):
    """How far it is: `total` = `done` + `refused` + `cancelled` + what is still to be done."""

    id: UUID
    state: Literal["running", "done", "cancelled"]
    per: Literal["project", "customer"]
    up_to: date | None
    issue: bool
    issue_date: date | None
    chosen: dict[str, Any] = Field(description="The projects and customers that were named.")
    total: int = Field(description="Invoices that it was to make when it began.")
    done: int
    refused: int = Field(description="See `/v1/invoice-runs/{id}/items?outcome=refused`.")
    cancelled: int
    progress: int = Field(description="Per cent.", examples=[40])
    started_at: datetime
    started_by: str
    finished_at: datetime | None
    cancelled_by: str | None


class InvoiceRunItemOut(Answer):
    """What became of one of the invoices."""

    position: int
    customer: str
    project: str | None = Field(description="Null: the customer's work without project, or several of its projects.")
    accounts: int = Field(description="How many projects (and the customer's own account) it bills.")
    outcome: ItemOutcome
    invoice_id: UUID | None = Field(description="Null as well when its draft was deleted since.")
    number: str | None
    net: MoneyOut | None
    to_pay: MoneyOut | None
    slug: str | None = Field(description="Why there is no invoice, for programs.")
    detail: str | None
    finished_at: datetime | None
