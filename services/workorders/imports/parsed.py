"""What reading a file gives, and what can be wrong with a file as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.workorders.domain.refusal import FieldError, Refusal
from shared.contracts.workorders import WorkOrder


class FileFormat(StrEnum):
    CSV = "csv"
    JSON_LINES = "jsonl"


class UnreadableFile(Exception):  # noqa: N818 - it says what the file is
    """The file cannot be used; nothing of it was taken. ``line`` is where, from 1, if it is in one place."""

    def __init__(self, slug: str, detail: str, line: int | None = None) -> None:
        super().__init__(f"{slug}: {detail}")
        self.slug = slug
        self.detail = detail
        self.line = line


@dataclass(frozen=True, slots=True)
class ParsedOrder:
    """A revision of an order in a file: the order, or why it is none.

    ``line`` is where it begins in the file. ``rows`` are the file's lines of its lines, by position; empty where the
    whole order stands in one line.
    """

    line: int
    external_id: str | None
    content: WorkOrder | Refusal
    rows: tuple[int, ...] = ()

    def place_of(self, refusal: Refusal) -> int:
        """The line of the file that ``refusal`` is about."""
        return next((self._line_of(error) for error in refusal.errors), self.line)

    def _line_of(self, error: FieldError) -> int:
        match error.field.split("/"):
            case ["", "lines", position, *_] if position.isdecimal() and int(position) < len(self.rows):
                return self.rows[int(position)]
        return self.line
