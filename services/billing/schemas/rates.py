"""HTTP shapes of bill rates."""

from __future__ import annotations

from typing import Any, Final, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from services.billing.domain.rates import Rate, RateKey, RateScope
from shared.contracts.base import Code, Day, UnitPrice
from shared.http.fields import Answer, Body, PriceOut

_NAMED: dict[RateScope, tuple[str, ...]] = {
    RateScope.ORGANISATION: (),
    RateScope.CUSTOMER: ("customer",),
    RateScope.EMPLOYEE: ("employee",),
    RateScope.PROJECT: ("project",),
    RateScope.PHASE: ("project", "phase"),
}
_EXAMPLE: Final[JsonDict] = {
    "scope": "project",
    "project": "P1",
    "hour_type": "WORK",
    "price": "75.00",
    "from": "2026-01-01",
}


class RateIn(Body):
    """A price of an hour. The same scope, hour type and first day again changes that rate."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    scope: RateScope
    customer: Code | None = None
    employee: Code | None = None
    project: Code | None = None
    phase: Code | None = Field(None, description="With its project, for the scope phase.")
    hour_type: Code | None = Field(None, description="Only for this hour type; it goes before one without.")
    price: UnitPrice
    first_day: Day | None = Field(None, alias="from", description="First day; none: from the beginning.")
    last_day: Day | None = Field(None, alias="until", description="Last day, included; none: for good.")

    @model_validator(mode="after")
    def _names_what_its_scope_needs(self) -> Self:
        needed = _NAMED[self.scope]
        for name in ("customer", "employee", "project", "phase"):
            given = getattr(self, name) is not None
            if given and name not in needed:
                raise ValueError(f"a rate of the {self.scope} has no {name}")
            if not given and name in needed:
                raise ValueError(f"a rate of the scope {self.scope} names its {name}")
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValueError("until must not be before from")
        return self

    def key(self) -> RateKey:
        code = self.customer or self.employee or self.project or ""
        return RateKey(self.scope, code, self.phase or "", self.hour_type or "")


class RateOwner(Answer):
    """Whose rate it is, and for which hour type (null: for any)."""

    scope: RateScope
    customer: str | None = None
    employee: str | None = None
    project: str | None = None
    phase: str | None = None
    hour_type: str | None = None


class RateOut(RateOwner):
    id: UUID
    price: PriceOut
    first_day: Day | None = Field(serialization_alias="from")
    last_day: Day | None = Field(serialization_alias="until")


def owner(key: RateKey) -> dict[str, Any]:
    """The fields of :class:`RateOwner`."""
    named = dict(zip(_NAMED[key.scope], (key.code, key.phase), strict=False))
    return {"scope": key.scope, **named, "hour_type": key.hour_type or None}


def rate_out(rate: Rate) -> RateOut:
    return RateOut(
        **owner(rate.key), id=rate.id, price=rate.price, first_day=rate.valid_from, last_day=rate.valid_until
    )
