"""``uurwerk topics``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from deploy.cli.console import WRONG, err, fail, out, table

if TYPE_CHECKING:
    from rich.table import Table

    from deploy.local.topics import TopicReport

COLOURS = {"created": "green", "missing": "red"}


def topics(
    check: Annotated[bool, typer.Option("--check", help="Only look; create nothing.")] = False,
    bootstrap: Annotated[
        str | None, typer.Option(help="The broker; by default KAFKA_BOOTSTRAP_SERVERS or the system that is up.")
    ] = None,
) -> None:
    """Create the topics that are missing and say where the others differ (exit code 1)."""
    import asyncio

    from aiokafka.errors import KafkaError

    from deploy.cli.running import configuration
    from deploy.local.probes import quiet_kafka
    from deploy.local.topics import ensure_topics

    broker = bootstrap or configuration().get("KAFKA_BOOTSTRAP_SERVERS")
    if not broker:
        fail("which broker? Set KAFKA_BOOTSTRAP_SERVERS or --bootstrap, or start the local system (uurwerk up).")
    try:
        with quiet_kafka():
            reports = asyncio.run(ensure_topics(broker, create=not check))
    except KafkaError as error:
        fail(f"Apache Kafka at {broker}: {error}")
    out.print(table_of(reports))
    wrong = sum(not report.good for report in reports)
    if wrong:
        err.print(f"{wrong} topics are not as they should be")
        raise typer.Exit(WRONG)


def table_of(reports: list[TopicReport]) -> Table:
    """A line for each topic."""
    rows = [
        (report.name, Text(report.state, COLOURS.get(report.state, "")), "; ".join(report.differences))
        for report in reports
    ]
    return table("topic", "state", "differences", rows=rows)
