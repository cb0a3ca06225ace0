"""Columns of an export: what each is called, and what it holds of a row, as SQL.

A row is one of ``queries.exported.rows_sql``: ``r`` with an entry's columns, and those of one of its pieces.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

from services.timesheets.queries.copied_rows import ZONE, Is
from shared.money import OTHER_DECIMALS


def _local(moment: str) -> str:
    return f"date_trunc('second', {moment} AT TIME ZONE {ZONE})"


def _rounded(amount: str) -> str:
    """Rounded half away from zero to the decimals of the row's currency, as ``shared.money`` does."""
    others = sorted(OTHER_DECIMALS.items(), key=lambda one: (one[1], one[0]))
    cases = " ".join(
        f"WHEN r.cost_currency IN ({', '.join(repr(code) for code, _ in same)}) THEN round({amount}, {places})"
        for places, same in groupby(others, key=lambda one: one[1])
    )
    return f"CASE {cases} ELSE round({amount}, 2) END"


def _cost_up_to(minutes: str) -> str:
    """The cost of an entry's first ``minutes``: all of them have all of it."""
    share = _rounded(f"r.cost * {minutes} / r.total")
    return f"CASE {minutes} WHEN 0 THEN 0 WHEN r.total THEN r.cost ELSE {share} END"


#: An entry's cost goes over its pieces by their minutes: each has the rounded sum so far less what went before, so
#: that they add up to it, to the cent.
_COST: Final = f"""CASE WHEN r.number IS NULL OR r.piece_minutes = r.total THEN r.cost
    ELSE ({_cost_up_to("r.so_far")}) - ({_cost_up_to("(r.so_far - r.piece_minutes)")}) END * r.sign"""
_MINUTES: Final = "coalesce(r.piece_minutes, r.minutes) * r.sign"

#: In the order in which they stand when nobody asks for others.
COLUMNS: Final[dict[str, tuple[Is, str]]] = {
    "row": (Is.WORD, "r.row"),
    "entry": (Is.TEXT, "r.name"),
    "employee": (Is.TEXT, "r.employee"),
    "employee_name": (Is.TEXT, "r.employee_name"),
    "date": (Is.DAY, "r.day"),
    "start": (Is.MOMENT, _local("CASE WHEN r.number IS NULL THEN r.started_at ELSE r.piece_start END")),
    "end": (Is.MOMENT, _local("CASE WHEN r.number IS NULL THEN r.ended_at ELSE r.piece_end END")),
    "kind": (Is.WORD, "r.kind"),
    "hour_type": (Is.TEXT, "coalesce(r.piece_hour_type, r.hour_type)"),
    "surcharge": (Is.DECIMAL, "r.surcharge"),
    "minutes": (Is.NUMBER, _MINUTES),
    "hours": (Is.DECIMAL, f"round(({_MINUTES}) / 60.0, 4)"),
    "quantity": (Is.DECIMAL, "r.quantity * r.sign"),
    "unit": (Is.TEXT, "r.unit"),
    "unit_price": (Is.DECIMAL, "r.unit_price"),
    "currency": (Is.TEXT, "coalesce(r.currency, r.cost_currency)"),
    "customer": (Is.TEXT, "r.customer"),
    "project": (Is.TEXT, "r.project"),
    "phase": (Is.TEXT, "r.phase"),
    "source": (Is.TEXT, "r.source"),
    "work_order": (Is.TEXT, "r.work_order"),
    "billable": (Is.YES_NO, "r.billable"),
    "cost": (Is.DECIMAL, _COST),
    "description": (Is.TEXT, "r.description"),
    "approved_by": (Is.TEXT, "r.approved_by"),
    "approved_at": (Is.MOMENT, _local("r.approved_at")),
    "entry_id": (Is.WORD, "r.id::text"),
    "version": (Is.NUMBER, "r.version"),
}
NAMES: Final = tuple(COLUMNS)
