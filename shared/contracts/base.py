"""What every contract stands on: the base model and the types of its fields.

A contract is read by other services, in other versions, and by other systems. So readers ignore fields that they
do not know, nothing is mutable, and each text is one that PostgreSQL, Kafka and a log line can carry.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

#: Code of an employee, customer, project, phase, hour type or article: never changed once given.
CODE_PATTERN = r"^[A-Za-z0-9._-]+$"
#: No control characters but tab and line breaks: PostgreSQL refuses NUL, and the others belong in no document.
TEXT_PATTERN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

#: Work outside these years is a typing error; inside them no time zone conversion can overflow.
FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2199, 12, 31)


def _not_a_float(value: object) -> object:
    if isinstance(value, float):
        raise ValueError('write decimals as text, such as "12.35": a binary number cannot hold cents exactly')
    return value


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

Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
#: With an offset, or without: then it is local to the organisation.
Clock = Annotated[datetime, AfterValidator(_within_years)]
#: Minutes of one line: at most 31 days.
Minutes = Annotated[int, Field(ge=0, le=44_640)]

_Exact = BeforeValidator(_not_a_float)
#: Amount of money: at most 14 digits, of which at most 4 after the point. Text on the wire.
Amount = Annotated[Decimal, _Exact, Field(max_digits=14, decimal_places=4)]
#: Price of one unit, zero or more.
UnitPrice = Annotated[Decimal, _Exact, Field(ge=0, max_digits=14, decimal_places=4)]
#: Number of units, more than zero.
Quantity = Annotated[Decimal, _Exact, Field(gt=0, max_digits=12, decimal_places=4)]
#: Percentage, 0 or more (surcharge, VAT rate, mark-up).
Percentage = Annotated[Decimal, _Exact, Field(ge=0, le=1000, max_digits=7, decimal_places=4)]
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

    organisation: Code

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

    code: Code
    version: Version
    deleted: bool = False

    def message_key(self) -> str:
        return f"{self.organisation}:{self.code}"

    def business_key(self) -> tuple[Any, ...]:
        return (self.organisation, self.code, self.version)
