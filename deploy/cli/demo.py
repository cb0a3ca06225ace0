"""``uurwerk demo``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    picture: Annotated[
        Path | None, typer.Option(help="Write what was shown as an SVG picture to this file as well.")
    ] = None,
) -> None:
    """Watch the work orders of a firm become hours, approvals and invoices, and see the books checked."""
    from rich.console import Console

    from deploy.demo.main import run

    console = Console(record=picture is not None, width=100 if picture else None)
    code = run(console)
    if picture is not None:
        console.save_svg(str(picture), title="make demo")
    raise typer.Exit(code)
