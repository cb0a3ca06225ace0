"""Work orders as the planning system of a scenario sends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from tests.acceptance.support.tables import Row, given
from tests.acceptance.support.world import SOURCE

DEFAULT_HOUR_TYPE = {"labour": "WORK", "travel": "TRAVEL"}


def clock(day: str, at: str, *, after: str | None = None) -> str:
    """Local time without an offset; at or before ``after`` it is the next day."""
    moment = date.fromisoformat(day)
    if after is not None and at <= after:
        moment += timedelta(days=1)
    if at == "24:00":
        return f"{moment + timedelta(days=1)}T00:00:00"
    return f"{moment}T{at}:00"


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def work(row: Row) -> dict[str, Any]:
    """What a row says of the work itself: the fields that an order's line and an entry by hand share."""
    kind = row["kind"]
    fields: dict[str, Any] = {
        "kind": kind,
        "employee": given(row, "employee"),
        "description": given(row, "description"),
        "vat_rate": given(row, "vat"),
    }
    if kind in DEFAULT_HOUR_TYPE:
        fields["hour_type"] = given(row, "hour type") or DEFAULT_HOUR_TYPE[kind]
        if pause := given(row, "break"):
            fields["break_minutes"] = int(pause)
        if minutes := given(row, "minutes"):
            fields |= {"date": row["date"], "minutes": int(minutes)}
        else:
            fields["start"] = clock(row["date"], row["start"])
            fields["end"] = clock(row["date"], row["end"], after=row["start"])
        return _without_empty(fields)
    fields |= {"date": row["date"], "unit_price": given(row, "price")}
    quantity = given(row, "quantity") or "1"
    fields["kilometres" if kind == "distance" else "quantity"] = quantity
    return _without_empty(fields)


def order(
    organisation: str,
    name: str,
    revision: int,
    *,
    status: str,
    rows: Sequence[Row] = (),
    **account: str | None,
) -> dict[str, Any]:
    """A whole work order, one revision of it."""
    lines = [{"line_id": row["line"], **work(row)} for row in rows]
    return _without_empty(
        {
            "organisation": organisation,
            "source": SOURCE,
            "external_id": name,
            "revision": revision,
            "status": status,
            **account,
            "lines": lines,
        }
    )
