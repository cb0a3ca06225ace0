"""``uurwerk demo``"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console


def demo(
    picture: Annotated[
        Path | None, typer.Option(help="Write what was shown as an SVG picture to this file as well.")
    ] = None,
) -> None:
    """Watch the work orders of a firm become hours, approvals and invoices, and see the books checked."""
    from rich.console import Console

    from deploy.demo.main import run

    console = Console(highlight=False, record=picture is not None, width=100 if picture else None)
    code = run(console)
    if picture is not None:
        picture.write_text(_picture(console), encoding="utf-8")
    raise typer.Exit(code)


def _picture(console: Console) -> str:
    """What was shown, without the fonts that rich would fetch from a server of somebody else."""
    svg = console.export_svg(title="make demo")
    return re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
