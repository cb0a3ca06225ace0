"""How commands speak: results on standard output, everything else on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

# What goes into a pipe or a file is not broken at the width of a screen that it does not have.
WIDE = 500
out = Console(highlight=False, width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDE)
err = Console(stderr=True, highlight=False)

WRONG = 1  # what was asked was done or looked at, and something is wrong
UNABLE = 2  # it could not be done or looked at


def fail(message: str, code: int = UNABLE) -> NoReturn:
    """Say why it does not go on, and end."""
    err.print(f"[bold red]uurwerk:[/] {_plain(message)}", soft_wrap=True)
    raise typer.Exit(code)


def say(message: str) -> None:
    """A step that was done."""
    err.print(f"[dim]·[/] {_plain(message)}", soft_wrap=True)


def table(*columns: str, rows: Iterable[Sequence[str | Text]]) -> Table:
    """A table of words as they are: what stands in brackets is no markup."""
    made = Table(*(Column(name, overflow="fold") for name in columns), box=None)
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    return made


def _plain(message: str) -> str:
    """Messages hold brackets of their own (URLs, lists), which are no markup."""
    return message.replace("[", "\\[")
