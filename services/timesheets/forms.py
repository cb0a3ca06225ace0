"""From what was entered by hand, over HTTP, to work as the domain has it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError

from services.timesheets.domain.entry import ByHand, TimeEntry
from services.timesheets.domain.words import EntryState, Flag
from services.timesheets.domain.work import Work
from services.timesheets.handlers.by_hand import Changed
from services.timesheets.lines import OrderKey, line_from_json, work_of_line
from services.timesheets.schemas.by_hand import NOT_OF_THE_LINE, EntryIn, EntryPatch
from shared.ids import entry_id_of_ref
from shared.words import EntryKind

_FORM: TypeAdapter[EntryIn] = TypeAdapter(EntryIn)


def read_form(
    form: EntryIn, organisation: str, employee: str | None, time_zone: ZoneInfo
) -> tuple[Work, tuple[Flag, ...]]:
    """The work that ``form`` says was done by ``employee``, and what is odd about it."""
    line = form.model_dump(exclude=set(NOT_OF_THE_LINE), exclude_none=True)
    extra = line.pop("extra_to", None)
    line |= {"line_id": form.ref, "employee": employee}
    account = OrderKey(organisation, "", form.ref, form.customer, form.project, form.phase)
    work, flags = work_of_line(line_from_json(line), account, time_zone)
    return (work if extra is None else _with(work, extra_to=entry_id_of_ref(organisation, extra))), flags


def digest_of(work: Work, state: str) -> str:
    """The same for the same content, however it was written; other content has another."""
    content = {field.name: _canonical(getattr(work, field.name)) for field in fields(work)}
    text = json.dumps({**content, "state": state}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read_patch(patch: EntryPatch, entry: TimeEntry, time_zone: ZoneInfo) -> Changed:
    """What ``patch`` makes of ``entry``. Raises ``RequestValidationError`` where both do not fit together."""
    values = _as_form(entry)
    given = patch.given()
    state = given.pop("state", None) or ("draft" if entry.state is EntryState.DRAFT else "submitted")
    if "start" in given or "end" in given:
        values = {name: value for name, value in values.items() if name not in ("date", "minutes")}
    if "minutes" in given:
        values = {name: value for name, value in values.items() if name not in ("start", "end")}
    if "amount" in given:
        values = {name: value for name, value in values.items() if name not in ("quantity", "unit_price")}
    merged = {name: value for name, value in (values | given).items() if value is not None}
    try:
        form = _FORM.validate_python(merged)
    except ValidationError as error:
        raise RequestValidationError(error.errors(), body=merged) from None
    work, flags = read_form(form, entry.organisation, form.employee, time_zone)
    return Changed(_with(work, extra_to=entry.work.extra_to), flags, EntryState(state))


def _as_form(entry: TimeEntry) -> dict[str, Any]:
    """The form that an entry by hand could have been entered with."""
    assert isinstance(entry.origin, ByHand), "only an entry by hand has a form"
    work = entry.work
    common = ("employee", "project", "customer", "phase", "description", "vat_rate", "currency", "article")
    values: dict[str, Any] = {name: getattr(work, name) for name in common}
    values |= {"kind": work.kind.value, "ref": entry.origin.ref}
    if work.kind.is_time:
        clock = work.start is not None
        values |= {"hour_type": work.hour_type, "break_minutes": work.break_minutes}
        return values | (
            {"start": work.start, "end": work.end} if clock else {"date": work.day, "minutes": work.raw_minutes}
        )
    values |= {"date": work.day, "unit_price": work.unit_price}
    if work.kind is EntryKind.DISTANCE:
        return values | {"kilometres": work.quantity}
    return values | {"quantity": work.quantity, "unit": work.unit}


def _with(work: Work, **values: Any) -> Work:
    return Work(**{field.name: getattr(work, field.name) for field in fields(work)} | values)


def _canonical(value: Any) -> str | None:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return None if value is None else str(value)
