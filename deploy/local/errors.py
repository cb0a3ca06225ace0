"""The one error of the local stack: something is missing or broken, and what to do about it."""

from __future__ import annotations

from pathlib import Path


class StackError(RuntimeError):
    """The stack cannot be had as asked.  The message says what happened and what to do."""


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log file, for an error message (empty when there is none)."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return ""
