"""The self-check over HTTP."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from shared.http.fields import Answer, DecimalStr


class FindingOut(Answer):
    """A place where the invariant does not hold."""

    organisation: str
    what: str = Field(description="What it is about, as people call it: `project P1`, `invoice 2026-0007`.")
    id: str = Field(description="Of the record.")
    expected: str
    found: str


class CheckOut(Answer):
    """An invariant, and where it does not hold."""

    name: str
    invariant: int | None = Field(description='Its number under "Invariants" in the description of the domain.')
    description: str
    findings: int = Field(description="How many there are.")
    items: list[FindingOut] = Field(description="The first 100 of each organisation.")


class SelfCheckOut(Answer):
    """A look at all that an organisation has, or at all organisations."""

    id: UUID
    organisation: str | None = Field(description="Null: all of them were looked at.")
    ran_at: datetime
    seconds: DecimalStr = Field(description="How long it took.")
    findings: int = Field(description="0: all is as it should be.")
    checks: list[CheckOut]
