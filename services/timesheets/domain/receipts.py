"""Receipts: which files are taken, told by their content."""

from __future__ import annotations

from enum import StrEnum

from services.timesheets.domain.entry import TimeEntry
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.words import EntryState
from shared.words import EntryKind

#: Of one file, in bytes.
MAX_RECEIPT_SIZE = 10 * 1024 * 1024
#: Of one entry.
MAX_RECEIPTS = 20

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_HEADER = b"\x00\x00\x00\rIHDR"
_PNG_END = b"IEND\xaeB`\x82"
_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_PDF, _PDF_END = b"%PDF-", b"%%EOF"
#: How much may stand behind the end of a file: mail programs and scanners leave line breaks and zeros.
_TAIL = 1024

_GONE = frozenset({EntryState.CANCELLED, EntryState.REVERSED})


class MediaType(StrEnum):
    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"


def media_type_of(content: bytes) -> MediaType:
    """What ``content`` is, by its beginning and its end; what its name or its sender says does not count.

    Raises ``Refused``: receipt-empty, receipt-too-large, receipt-type, receipt-cut (its end is missing).
    """
    if not content:
        raise Refused("receipt-empty", "the file has no content")
    if len(content) > MAX_RECEIPT_SIZE:
        raise Refused("receipt-too-large", f"a receipt holds at most {MAX_RECEIPT_SIZE} bytes")
    found, end = _kind(content)
    if end not in content[-_TAIL:]:
        raise Refused("receipt-cut", f"the end of the {found.name} file is missing: send it again")
    return found


def _kind(content: bytes) -> tuple[MediaType, bytes]:
    if content.startswith(_PNG + _PNG_HEADER):
        return MediaType.PNG, _PNG_END
    if content.startswith(_JPEG):
        return MediaType.JPEG, _JPEG_END
    if content.startswith(_PDF):
        return MediaType.PDF, _PDF_END
    raise Refused("receipt-type", "a receipt is a PDF, PNG or JPEG file; this content is none of them")


def refuse_receipt_for(entry: TimeEntry) -> None:
    """Receipts belong to expenses that stand in the timesheet."""
    if entry.work.kind is not EntryKind.EXPENSE:
        raise Refused("no-expense", f"{entry.name} is {entry.work.kind}: receipts belong to expenses")
    if entry.state in _GONE:
        raise Refused("wrong-state", f"{entry.name} is {entry.state}")


def refuse_removal_from(entry: TimeEntry) -> None:
    """What was approved was approved with its receipts: they stay."""
    if entry.state not in (EntryState.DRAFT, EntryState.SUBMITTED, EntryState.REJECTED):
        raise Refused("wrong-state", f"{entry.name} is {entry.state}: its receipts stay")
