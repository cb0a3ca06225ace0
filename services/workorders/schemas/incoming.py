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
    lines: Annotated[tuple[LineIn, ...], Field(max_length=MOST_LINES)] = Field(  # type: ignore[assignment]
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
        return refusal_of(error)


#: More would say nothing new, and a thousand bad lines would make an answer that nobody reads.
_MOST_ERRORS: Final = 20


def refusal_of(error: ValidationError) -> Refusal:
    """What pydantic found, as JSON pointers into the order and words that say where."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    errors = tuple(FieldError(pointer(e["loc"]), e["msg"].removeprefix("Value error, ")) for e in found[:_MOST_ERRORS])
    detail = "; ".join(f"{e.field or 'the order'}: {e.detail}" for e in errors[:3])
    more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
    return Refusal(INVALID_INPUT, detail + more, errors)


def pointer(location: tuple[int | str, ...]) -> str:
    """JSON pointer (RFC 6901) of a pydantic location, without the kind by which pydantic chose a line's shape."""
    parts = [part for i, part in enumerate(location) if not (i == 2 and location[0] == "lines")]
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
