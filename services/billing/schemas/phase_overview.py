"""HTTP shapes of a project by phases."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from shared.http.fields import Answer, MoneyOut


class PhaseOpen(Answer):
    """What can be invoiced of a phase; ``phase`` null: what has none."""

    phase: str | None
    name: str | None
    method: str
    closed: bool
    amount: MoneyOut = Field(description="Unbilled and in no draft; also what advances cover.")
    entries: int
    oldest_day: date | None
    recorded_minutes: int = Field(description="Time that bills nothing: of a fixed price, or non-billable.")
    price: MoneyOut | None = Field(description="Of a fixed-price phase, excluding VAT.")
    billed: MoneyOut | None = Field(description="Of the price: drafts included, less what was credited.")
    remaining: MoneyOut | None


class ProjectByPhases(Answer):
    items: list[PhaseOpen]
    amount: MoneyOut = Field(description="Of all phases.")
    advance_open: MoneyOut = Field(description="What an invoice of it would deduct first.")
    currency: str
