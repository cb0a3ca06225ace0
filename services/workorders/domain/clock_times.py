"""Clock times of an order's lines: what can be work, and what is a typing error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.workorders.domain.refusal import END_BEFORE_START, LINE_TOO_LONG, FieldError, Refusal
from shared.clock import resolve

#: As long as the minutes of one line may be (contract ``Minutes``).
LONGEST: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Span:
    """Start and end of the line at ``position`` (from 0); without an offset they are local to the organisation."""

    position: int
    line_id: str
    start: datetime
    end: datetime


def check_spans(spans: Iterable[Span], time_zone: ZoneInfo) -> Refusal | None:
    """The refusal of the first line that ends before it begins, or lasts longer than 31 days; None if all are right.

    Compared as instants: in the night that the clock goes back 02:30 to 02:10 can be forty minutes of work.
    """
    for span in spans:
        start = resolve(span.start, time_zone, "start").at
        end = resolve(span.end, time_zone, "end").at
        # Across a change of the clock, Python compares wall times of one zone: timestamps are what really passed.
        lasted = timedelta(seconds=end.timestamp() - start.timestamp())
        if lasted <= timedelta(0):
            return _refused(
                END_BEFORE_START, span, f"ends at {end.isoformat()}, not after its start {start.isoformat()}"
            )
        if lasted > LONGEST:
            return _refused(LINE_TOO_LONG, span, f"lasts longer than {LONGEST.days} days")
    return None


def _refused(slug: str, span: Span, what: str) -> Refusal:
    detail = f"line {span.line_id!r} {what}"
    return Refusal(slug, detail, (FieldError(f"/lines/{span.position}/end", detail),))
