"""``uurwerk demo``"""

from __future__ import annotations

import typer

from deploy.cli.console import fail, say
from deploy.cli.up import stopped_by_signals


def demo() -> None:
    """Watch the work orders of a firm become hours, approvals and invoices, and see the books checked."""
    from deploy.demo.main import run
    from deploy.local.errors import StackError

    try:
        with stopped_by_signals():
            code = run()
    except StackError as error:
        fail(str(error))
    except KeyboardInterrupt:
        say("stopped")
        raise typer.Exit(130) from None
    raise typer.Exit(code)
