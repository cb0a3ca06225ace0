"""``uurwerk doctor``"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from deploy.cli.access import SERVICES
from deploy.cli.console import UNABLE, WRONG, err, out, table
from deploy.cli.running import configuration, find_running

if TYPE_CHECKING:
    from rich.table import Table

    from deploy.cli.checks import Finding

MARKS = {True: ("good", "green"), False: ("wrong", "red"), None: ("not set", "yellow")}


def doctor() -> None:
    """Look at broker, topics, lag, databases, migrations and services.  Exit code 1 when something is wrong."""
    from deploy.local.probes import quiet_kafka

    with quiet_kafka():
        findings = asyncio.run(_look())
    out.print(table_of(findings))
    if all(finding.good is None for finding in findings):
        err.print("There was nothing to look at: start the local system (uurwerk up) or set the addresses above.")
        raise typer.Exit(UNABLE)
    if any(finding.good is False for finding in findings):
        raise typer.Exit(WRONG)


async def _look() -> list[Finding]:
    from deploy.cli.checks import check_broker, check_database, check_service

    settings = configuration()
    running = find_running()
    urls = running.urls if running else {}
    databases = [check_database(name, settings.get(f"{name.upper()}_DATABASE_URL")) for name in SERVICES]
    services = [check_service(name, os.environ.get(f"{name.upper()}_URL") or urls.get(name)) for name in SERVICES]
    broker = await check_broker(settings.get("KAFKA_BOOTSTRAP_SERVERS"))
    return [*broker, *await asyncio.gather(*databases, *services)]


def table_of(findings: list[Finding]) -> Table:
    """A line for each finding."""
    return table(
        "what",
        "state",
        "detail",
        rows=[(finding.what, Text(*MARKS[finding.good]), finding.detail) for finding in findings],
    )
