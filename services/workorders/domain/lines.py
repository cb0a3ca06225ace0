"""What became of a line: the state of its entry and the invoice that bills it, kept apart.

Two services report, each with a version of its own, so that a late message of one does not hide the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

from shared.words import LineState

#: What a person sees in place of the entry's state when an invoice bills the line.
INVOICED: Final = "invoiced"


class EntryNews(NamedTuple):
    """What timesheets says of the line's entry: ``version`` is the entry's, ``reason`` why it waits or was refused."""

    version: int
    state: LineState
    reason: str | None = None


class InvoiceNews(NamedTuple):
    """What billing says: the number of the invoice that bills the entry, or None. ``sequence`` is billing's own."""

    sequence: int
    invoice: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStatus:
    """A line as it stands. ``version`` rises with every change that can be seen.

    ``entry_version`` and ``invoice_sequence`` are of the news that it shows, 0 before the first.
    """

    state: LineState = LineState.SENT
    reason: str | None = None
    entry_version: int = 0
    invoice: str | None = None
    invoice_sequence: int = 0
    version: int = 1
    changed_at: datetime


def follow(line: LineStatus, news: EntryNews | InvoiceNews, at: datetime) -> LineStatus:
    """The line after ``news`` of time ``at``; the very same line if the news is not newer than what is known."""
    if isinstance(news, EntryNews):
        return _after_entry(line, news, at) if news.version > line.entry_version else line
    return _after_invoice(line, news, at) if news.sequence > line.invoice_sequence else line


def _after_entry(line: LineStatus, news: EntryNews, at: datetime) -> LineStatus:
    version, changed_at = _told(line, at, seen=(news.state, news.reason) != (line.state, line.reason))
    return replace(
        line, state=news.state, reason=news.reason, entry_version=news.version, version=version, changed_at=changed_at
    )


def _after_invoice(line: LineStatus, news: InvoiceNews, at: datetime) -> LineStatus:
    version, changed_at = _told(line, at, seen=news.invoice != line.invoice)
    return replace(line, invoice=news.invoice, invoice_sequence=news.sequence, version=version, changed_at=changed_at)


def _told(line: LineStatus, at: datetime, *, seen: bool) -> tuple[int, datetime]:
    """Version and time of the line's last change: a new one only for what can be seen."""
    return (line.version + 1, at) if seen else (line.version, line.changed_at)


def shown_state(state: str, invoice: str | None) -> str:
    """What a person sees: ``invoiced`` when an invoice bills the line, else the entry's state."""
    return INVOICED if invoice is not None else state
