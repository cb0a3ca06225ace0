"""``uurwerk token``"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

import typer

from deploy.cli.console import fail

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def token(
    roles: Annotated[list[str], typer.Argument(help="One or more roles: billing approver …")],
    organisation: Annotated[
        str, typer.Option("--organisation", "-o", help="Whose it is (the role installation has none).")
    ] = "demo",
    employee: Annotated[str | None, typer.Option(help="Code of the employee that the user is.")] = None,
    subject: Annotated[str | None, typer.Option(help="Name of the user; by default the employee or the role.")] = None,
    ttl: Annotated[str, typer.Option(help="How long it lives: 30m, 12h, 7d.")] = "24h",
) -> None:
    """Make an access token with the local stack's own key.  No other installation accepts it."""
    from deploy.local.errors import StackError
    from deploy.local.folders import default_data_folder
    from deploy.local.tokens import mint_token

    try:
        minted = mint_token(
            default_data_folder(),
            organisation=None if roles == ["installation"] else organisation,
            roles=roles,
            subject=subject or employee or roles[0],
            employee=employee,
            ttl=parse_ttl(ttl),
        )
    except (StackError, ValueError) as error:
        fail(str(error))
    print(minted)


def parse_ttl(text: str) -> timedelta:
    """``30m``, ``12h``, ``7d``, ``90s``.  Raises ValueError."""
    if not (match := re.fullmatch(r"(\d{1,6})([smhd])", text.strip())) or int(match[1]) == 0:
        raise ValueError(f"{text!r} is no duration: write 30m, 12h or 7d")
    return timedelta(**{UNITS[match[2]]: int(match[1])})
