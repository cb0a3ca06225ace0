"""What every contract stands on: the base model and the types of its fields.

A contract is read by other services, in other versions, and by other systems. So readers ignore fields that they
do not know, nothing is mutable, and each text is one that PostgreSQL, Kafka and a log line can carry.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

#: Code of an employee, customer, project, phase, hour type or article: never changed once given.
CODE_PATTERN = r"^[A-Za-z0-9._-]+$"
#: No control characters but tab and line breaks: PostgreSQL refuses NUL, and the others belong in no document.
TEXT_PATTERN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

#: Work outside these years is a typing error; inside them no time zone conversion can overflow.
FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2199, 12, 31)


#: How days and clock times are written. Stricter than what Python would read: "1772438400" is a number of seconds to
#: some and a typing error to others, and 2026-03-02T08:00 without its "T" is a day.
_YEARS = r"(199[0-9]|2[01][0-9]{2})"
DAY_PATTERN = rf"^{_YEARS}-[0-9]{{2}}-[0-9]{{2}}$"
CLOCK_PATTERN = (
    rf"^{_YEARS}-[0-9]{{2}}-[0-9]{{2}}[T ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}(\.[0-9]{{1,9}})?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?$"
)
_DECIMAL_TEXT = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_DAY_TEXT = re.compile(DAY_PATTERN.removesuffix("$"))
_CLOCK_TEXT = re.compile(CLOCK_PATTERN.removesuffix("$"))


def _exact(value: object) -> object:
    """Decimals come as text (or as whole numbers): a binary number cannot hold cents exactly."""
    if isinstance(value, str):
        if _DECIMAL_TEXT.fullmatch(value):
            return value
    elif isinstance(value, Decimal | int) and not isinstance(value, bool):
        return value
    raise ValueError('write decimals as text, such as "12.35": digits and a point, nothing else')


def _plain(value: Decimal) -> str:
    """``value`` without exponent and without a minus before zero, as the contracts say."""
    return format(value + 0, "f")


def _written_as_day(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DAY_TEXT.fullmatch(value):
        return value
    raise ValueError(f'write days as "2026-03-02", between {FIRST_DAY} and {LAST_DAY}')


def _written_as_clock(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and _CLOCK_TEXT.fullmatch(value)):
        return value
    raise ValueError('write times as "2026-03-02T08:00:00+01:00", or without the offset when they are local')


def _within_years(value: datetime) -> datetime:
    if not FIRST_DAY <= value.date() <= LAST_DAY:
        raise ValueError(f"must lie between {FIRST_DAY} and {LAST_DAY}")
    return value


Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=CODE_PATTERN)]
#: Id in another system: any text, compared as it stands, never taken apart.
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=TEXT_PATTERN)]
Text = Annotated[str, StringConstraints(max_length=2000, pattern=TEXT_PATTERN)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=TEXT_PATTERN)]
#: ISO 4217.
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
#: ISO 3166-1 alpha-2.
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]

#: A short word: a unit, a slug, a flag.
Label = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=TEXT_PATTERN)]

Day = Annotated[
    date,
    Field(ge=FIRST_DAY, le=LAST_DAY),
    BeforeValidator(_written_as_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": DAY_PATTERN}),
]
#: With an offset, or without: then it is local to the organisation.
Clock = Annotated[
    datetime,
    BeforeValidator(_written_as_clock),
    AfterValidator(_within_years),
    WithJsonSchema({"type": "string", "pattern": CLOCK_PATTERN}),
]
#: When something happened: always with an offset.
Moment = AwareDatetime
#: Minutes of one line: at most 31 days.
Minutes = Annotated[int, Field(ge=0, le=44_640)]

_Exact = BeforeValidator(_exact)
_Plain = PlainSerializer(_plain, return_type=str, when_used="json")


def _as_text(whole: int, start: str) -> WithJsonSchema:
    """JSON Schema of a decimal: text with at most ``whole`` digits, and four more after the point."""
    return WithJsonSchema({"type": "string", "pattern": rf"^{start}[0-9]{{1,{whole}}}(\.[0-9]{{1,4}})?$"})


_NOT_ZERO = "(?=.*[1-9])"
#: Amount of money: at most 10 digits before the point and 4 after it. Text on the wire.
Amount = Annotated[Decimal, Field(max_digits=14, decimal_places=4), _Exact, _Plain, _as_text(10, "-?")]
PositiveAmount = Annotated[
    Decimal, Field(gt=0, max_digits=14, decimal_places=4), _Exact, _Plain, _as_text(10, _NOT_ZERO)
]
#: Price of one unit, zero or more.
UnitPrice = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=4), _Exact, _Plain, _as_text(10, "")]
#: Number of units, more than zero.
Quantity = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=4), _Exact, _Plain, _as_text(8, _NOT_ZERO)]
#: Percentage, 0 or more and below 1000 (surcharge, VAT rate, mark-up).
Percentage = Annotated[Decimal, Field(ge=0, max_digits=7, decimal_places=4), _Exact, _Plain, _as_text(3, "")]
#: Raised by one with every published change of a record.
Version = Annotated[int, Field(ge=1)]


class Contract(BaseModel):
    """A published shape: frozen, and open to fields that a later version adds."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="constants", protected_namespaces=())


class Event(Contract):
    """A contract that travels alone on a topic.

    ``TYPE`` is its CloudEvents type, ``TOPIC`` the topic's name.
    """

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str]

    organisation: Code = Field(description="Code of the organisation that this belongs to.")

    def message_key(self) -> str:
        """Kafka key: events with the same key keep their order."""
        raise NotImplementedError

    def aggregate(self) -> tuple[str, str]:
        """(type, id) of the record whose row is locked while this event is written to the outbox."""
        raise NotImplementedError

    def business_key(self) -> tuple[Any, ...]:
        """What identifies the fact when a message carries no ``ce_`` headers."""
        raise NotImplementedError


class Record(Event):
    """A compacted record: as it is now. ``deleted`` is said with a version, a tombstone is not used."""

    code: Code = Field(description="The record's own code, unique in the organisation.")
    version: Version = Field(description="Raised with every change of the record: ignore what is older than you have.")
    deleted: bool = Field(False, description="The record is no longer there; it stays known by this last version.")

    def message_key(self) -> str:
        return f"{self.organisation}:{self.code}"

    def business_key(self) -> tuple[Any, ...]:
        return (self.organisation, self.code, self.version)
