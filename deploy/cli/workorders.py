"""``uurwerk workorders import FILE``"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from deploy.cli.access import Api, OrganisationOption, Refused, TokenOption, access_token, url_of
from deploy.cli.console import WRONG, err, fail, out, table

app = typer.Typer(help="Work orders.", no_args_is_help=True)

CONTENT_TYPES = {
    ".csv": "text/csv",
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".json": "application/x-ndjson",
}
CHUNK = 256 * 1024
SHOWN = 50  # problems on the screen; the API's answer has them all


@app.callback()
def workorders() -> None:
    """Work orders."""


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV or JSON lines.")],
    url: Annotated[str | None, typer.Option(help="Address of workorders.", envvar="WORKORDERS_URL")] = None,
    token: TokenOption = None,
    organisation: OrganisationOption = None,
    content_type: Annotated[str | None, typer.Option("--type", help="text/csv or application/x-ndjson")] = None,
) -> None:
    """Send a file of work orders.  Bad orders are refused, each with its line; the file can be sent again."""
    kind = content_type or CONTENT_TYPES.get(file.suffix.lower())
    if kind is None:
        fail(f"{file.name} is neither .csv nor .jsonl: say which with --type text/csv or application/x-ndjson")
    api = Api("workorders", url_of("workorders", url), access_token(token, organisation, "source"))
    try:
        report = _send(api, file, kind)
    except Refused as refused:
        fail(f"{file.name} was refused as a whole: {refused}")
    show(report)
    if report["refused"]:
        raise typer.Exit(WRONG)


def show(report: dict[str, Any]) -> None:
    """The counts, and each bad order with line and reason."""
    counts = ", ".join(f"{report[name]} {name}" for name in ("accepted", "unchanged", "ignored", "refused"))
    out.print(f"{report['orders']} orders: {counts}")
    problems = report["problems"]
    if not problems:
        return
    rows = [
        (str(problem["line"]), str(problem.get("external_id") or ""), problem["slug"], str(problem["detail"]))
        for problem in problems[:SHOWN]
    ]
    out.print(table("line", "order", "problem", "detail", rows=rows))
    if len(problems) > SHOWN:
        err.print(f"… and {len(problems) - SHOWN} more")


def _send(api: Api, file: Path, content_type: str) -> dict[str, Any]:
    from rich.progress import Progress

    with Progress(console=err, transient=True) as progress, file.open("rb") as source:
        task = progress.add_task(f"sending {file.name}", total=file.stat().st_size)

        def chunks() -> Iterator[bytes]:
            for chunk in _read(source):
                progress.advance(task, len(chunk))
                yield chunk

        headers = {"Content-Type": content_type}
        report: dict[str, Any] = api.request(
            "POST", "/workorders/import", content=chunks(), headers=headers, timeout=None
        )
        return report


def _read(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk
