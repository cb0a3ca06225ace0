"""Work orders as HTTP and files bring them: the published contract, strict about names.

On the topic unknown fields are passed over, because a sender may be newer than we are; here they are refused, so
that a typing error shows.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import ConfigDict, Field, JsonValue, ValidationError

from services.workorders.domain.refusal import FORBIDDEN, INVALID_INPUT, FieldError, Refusal
from shared.contracts import workorders as contract
from shared.contracts.base import Code
from shared.contracts.examples import WORK_ORDER
from shared.http.fields import Body
from shared.http.pointers import json_pointer

_STRICT: Final = ConfigDict(extra="forbid")
#: The order is published as one message, and a batch is one request: more lines or orders would fit in neither.
MOST_LINES: Final = 1000
MOST_ORDERS: Final = 1000

EXAMPLE: Final = {name: value for name, value in WORK_ORDER.items() if name != "organisation"}


class TimeLineIn(contract.TimeLine):
    """Labour or travel: with a clock (`start`, `end`), or a `date` and `minutes`."""

    model_config = _STRICT


class DistanceLineIn(contract.DistanceLine):
    """Kilometres driven."""

    model_config = _STRICT


class ExpenseLineIn(contract.ExpenseLine):
    """`amount`, or `quantity` times `unit_price`."""

    model_config = _STRICT


class MaterialLineIn(contract.MaterialLine):
    """Articles used."""

    model_config = _STRICT


LineIn = Annotated[TimeLineIn | DistanceLineIn | ExpenseLineIn | MaterialLineIn, Field(discriminator="kind")]


class WorkOrderIn(contract.WorkOrder):
    """A whole work order, one revision of it: the same document as on the topic `workorders.submitted.v1`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    organisation: Code | None = Field(  # type: ignore[assignment]
        None, description="May be left out: it is the token's, and no other."
    )
    lines: Annotated[tuple[LineIn, ...], Field(max_length=MOST_LINES)] = Field(
        (), description="All of them, in their order."
    )

    def as_order(self, organisation: str) -> contract.WorkOrder | Refusal:
        """The order in the token's organisation; refused when it names another."""
        if self.organisation not in (None, organisation):
            detail = f"the order is of organisation {self.organisation!r}, the token of {organisation!r}"
            return Refusal(FORBIDDEN, detail, (FieldError("/organisation", detail),))
        fields = self.model_dump(exclude_unset=True) | {"organisation": organisation}
        return contract.WorkOrder.model_validate(fields)


class BatchIn(Body):
    """Up to 1,000 orders, each taken or refused by itself. For their shape see `POST /v1/workorders`."""

    orders: Annotated[list[JsonValue], Field(max_length=MOST_ORDERS, examples=[[EXAMPLE]])]


def read_order(value: object, organisation: str) -> contract.WorkOrder | Refusal:
    """The order that ``value`` (JSON as Python values) says, or why it is none."""
    try:
        return WorkOrderIn.model_validate(value).as_order(organisation)
    except ValidationError as error:
        return _refusal_of(error, value)


#: More would say nothing new, and a thousand bad lines would make an answer that nobody reads.
_MOST_ERRORS: Final = 20


def external_id_in(value: object) -> str | None:
    """The id that something which may be no order says it has, for a report."""
    external_id = value.get("external_id") if isinstance(value, dict) else None
    return printable(external_id[:200]) if isinstance(external_id, str) else None


def printable(text: str) -> str:
    """``text`` as any answer can carry it: JSON may hold half a surrogate pair, UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()


def _refusal_of(error: ValidationError, value: object) -> Refusal:
    """What pydantic found, as JSON pointers into the order and words that say where."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    errors = tuple(
        FieldError(printable(json_pointer(e["loc"], value)), printable(e["msg"].removeprefix("Value error, ")))
        for e in found[:_MOST_ERRORS]
    )
    detail = "; ".join(f"{e.field or 'the order'}: {e.detail}" for e in errors[:3])
    more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
    return Refusal(INVALID_INPUT, detail + more, errors)
