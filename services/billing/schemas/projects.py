"""HTTP shapes of projects and phases."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from shared.contracts.base import Amount, Code, Name
from shared.http.fields import Answer, Body, PriceOut
from shared.words import BillingMethod


class ProjectIn(Body):
    """A new project needs a ``customer``; fields that are left out stay as they are."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer": "ACME", "name": "New roof"}]})

    name: Name | None = Field(None, description="The code for a new project.")
    customer: Code | None = Field(None, description="Who pays. It stays once the project has been used.")
    closed: bool | None = None


class PhaseIn(Body):
    """Fields that are left out stay as they are. A new phase is billed by time and materials."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"method": "fixed price", "price": "1000.00"}]})

    name: Name | None = None
    method: BillingMethod | None = None
    price: Amount | None = Field(None, ge=0, description="Of a fixed-price phase, excluding VAT.")
    budget_minutes: int | None = Field(None, ge=0, le=2_000_000_000)
    budget_amount: Amount | None = Field(None, ge=0)
    closed: bool | None = None


class PhaseOut(Answer):
    code: str
    name: str
    method: str
    price: PriceOut | None
    budget_minutes: int | None
    budget_amount: PriceOut | None
    closed: bool


class ProjectOut(Answer):
    code: str
    name: str
    customer: str
    closed: bool
    version: int
    phases: list[PhaseOut]
