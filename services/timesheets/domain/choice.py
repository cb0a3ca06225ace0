"""Which entries are meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """What is None does not count. ``customer`` also finds what is on that customer's projects,
    with ``no_project`` only what is on the customer's own account.

    ``states`` empty: all but waiting ones. ``own``: only those of this employee. Days are inclusive.
    """

    states: Sequence[str] = ()
    own: str | None = None
    employee: str | None = None
    project: str | None = None
    customer: str | None = None
    no_project: bool | None = None
    phase: str | None = None
    work_order: str | None = None
    source: str | None = None
    hour_type: str | None = None
    kind: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    flagged: bool | None = None
