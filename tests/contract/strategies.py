"""Hypothesis strategies for events: any value that a contract lets through, in fields that suit each other."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from annotated_types import Ge, Gt, Le
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shared.contracts import base, workorders
from shared.contracts.base import Event
from shared.contracts.topics import EVENT_TYPES

_CODE_LETTERS = string.ascii_letters + string.digits + "._-"
#: Everything that a text may hold: no control characters, no lone surrogates.
_TEXT = st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from("\t\n\r")

codes = st.text(_CODE_LETTERS, min_size=1, max_size=64)
days = st.dates(base.FIRST_DAY, base.LAST_DAY)
_OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_FIRST, _LAST = datetime(1990, 1, 2), datetime(2199, 12, 30)  # noqa: DTZ001 - naive as Hypothesis wants them
clocks = st.datetimes(_FIRST, _LAST, timezones=st.none() | _OFFSETS)
moments = st.datetimes(_FIRST, _LAST, timezones=st.just(UTC) | _OFFSETS)


def texts(smallest: int, largest: int) -> st.SearchStrategy[str]:
    return st.text(_TEXT, min_size=smallest, max_size=min(largest, 60))


def decimals(low: int, high: int, *, above: bool = False) -> st.SearchStrategy[Decimal]:
    """Decimals with at most four places between ``low`` and ``high``, in any of their spellings."""
    first = low * 10_000 + (1 if above else 0)
    plain = st.integers(first, high * 10_000).map(lambda n: Decimal(n).scaleb(-4))
    return plain | plain.map(Decimal.normalize)


#: The types that are annotated alike wherever they stand, by their annotation.
_BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    base.Code: codes,
    base.ExternalId: texts(1, 200),
    base.Text: texts(0, 2000),
    base.Name: texts(1, 200),
    base.Label: texts(1, 50),
    base.Currency: st.text(string.ascii_uppercase, min_size=3, max_size=3),
    base.Country: st.text(string.ascii_uppercase, min_size=2, max_size=2),
    base.Day: days,
    base.Clock: clocks,
    base.Moment: moments,
    base.Amount: decimals(-9_999_999_999, 9_999_999_999),
    base.PositiveAmount: decimals(0, 9_999_999_999, above=True),
    base.UnitPrice: decimals(0, 9_999_999_999),
    base.Quantity: decimals(0, 99_999_999, above=True),
    base.Percentage: decimals(0, 999),
    datetime: moments,
    bool: st.booleans(),
    UUID: st.uuids(),
}


def _of_type(annotation: Any, metadata: tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:
    if not metadata and annotation in _BY_TYPE:
        return _BY_TYPE[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _of_type(arguments[0], arguments[1:])
    if origin in (Union, UnionType):
        return st.one_of([st.none() if part is NoneType else _of_type(part) for part in arguments])
    if origin is tuple:
        return st.lists(_of_type(arguments[0]), max_size=4).map(tuple)
    if arguments:  # Literal
        return st.sampled_from(arguments)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return model(annotation)
    if annotation is int:
        return st.integers(*_bounds(metadata))
    if annotation is str:
        return texts(1, min(m.max_length for m in _limits(metadata) if getattr(m, "max_length", None)))
    return st.sampled_from(annotation)  # an enumeration


def _limits(metadata: tuple[Any, ...]) -> list[Any]:
    return [m for part in metadata for m in (part.metadata if isinstance(part, FieldInfo) else [part])]


def _bounds(metadata: tuple[Any, ...]) -> tuple[int, int]:
    low, high = 1, 2**31 - 1
    for limit in _limits(metadata):
        if isinstance(limit, Ge):
            low = limit.ge
        elif isinstance(limit, Gt):
            low = limit.gt + 1
        elif isinstance(limit, Le):
            high = limit.le
    return low, high


@cache
def _fields(cls: type[BaseModel]) -> dict[str, st.SearchStrategy[Any]]:
    hints = get_type_hints(cls, include_extras=True)
    return {name: _of_type(hints[name]) for name in cls.model_fields}


@cache
def model(cls: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Any value of ``cls``."""
    special = {
        workorders.TimeLine: _time_lines,
        workorders.ExpenseLine: _expense_lines,
        workorders.WorkOrder: _orders,
        workorders.HoursCompleted: _orders,
    }
    if cls in special:
        return special[cls](cls)
    return st.fixed_dictionaries(_fields(cls)).map(cls.model_validate)


@st.composite
def _time_lines(draw: st.DrawFn, cls: type[BaseModel]) -> Any:
    fields = draw(st.fixed_dictionaries(_fields(cls)))
    clock, count = dict.fromkeys(("start", "end")), dict.fromkeys(("date", "minutes"))
    if draw(st.booleans()):
        start = draw(clocks)
        length = draw(st.timedeltas(timedelta(minutes=1), timedelta(days=1)))
        clock = {"start": start, "end": start + length}
    else:
        count = {"date": draw(days), "minutes": draw(st.integers(1, 44_640))}
    return cls.model_validate({**fields, **clock, **count})


@st.composite
def _expense_lines(draw: st.DrawFn, cls: type[BaseModel]) -> Any:
    fields = draw(st.fixed_dictionaries(_fields(cls)))
    price, quantity = draw(_BY_TYPE[base.UnitPrice]), draw(_BY_TYPE[base.Quantity])
    forms = [
        {"amount": price, "quantity": None, "unit_price": None},
        {"amount": None, "quantity": quantity, "unit_price": price},
    ]
    return cls.model_validate({**fields, **draw(st.sampled_from(forms))})


@st.composite
def _orders(draw: st.DrawFn, cls: type[BaseModel]) -> Any:
    fields = draw(st.fixed_dictionaries({k: v for k, v in _fields(cls).items() if k != "lines"}))
    if fields["project"] is None:
        fields |= {"phase": None, "customer": fields["customer"] or draw(codes)}
    kinds = workorders.TimeLine, workorders.DistanceLine, workorders.ExpenseLine, workorders.MaterialLine
    lines = draw(st.lists(st.one_of([model(kind) for kind in kinds]), max_size=5, unique_by=lambda x: x.line_id))
    times = [line.line_id for line in lines if isinstance(line, workorders.TimeLine)]
    fields["lines"] = tuple(_attached(line, draw(st.sampled_from([None, *times]))) for line in lines)
    return cls.model_validate(fields)


def _attached(line: Any, owner: str | None) -> Any:
    return line.model_copy(update={"extra_to": None if isinstance(line, workorders.TimeLine) else owner})


def events(*types: type[Event]) -> st.SearchStrategy[Event]:
    """Any event of ``types``, or of all."""
    return st.one_of([model(event) for event in types or EVENT_TYPES.values()])
