"""``uurwerk check``: do the invariants of billing hold?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from deploy.cli.access import Api, OrganisationOption, Refused, TokenOption, access_token, url_of
from deploy.cli.console import WRONG, fail, out, table

UrlOption = Annotated[str | None, typer.Option("--url", help="Where billing answers; BILLING_URL by default.")]
LastOption = Annotated[bool, typer.Option("--last", help="Show what the last check found; check nothing now.")]


def check(
    organisation: OrganisationOption = None,
    last: LastOption = False,
    url: UrlOption = None,
    token: TokenOption = None,
) -> None:
    """Check that every balance is the sum of its ledger, nothing is billed twice, numbers have no gap, and so on.

    Of one organisation, or of all of them. Exit code 1 when something is wrong.
    """
    api = Api("billing", url_of("billing", url), access_token(token, organisation, _role(organisation)))
    try:
        report = api.request("GET" if last else "POST", "/self-check", timeout=600)
    except Refused as refused:
        fail(f"billing: {refused}", WRONG)
    out.print(table("check", "findings", "what it says", rows=[_row(check) for check in report["checks"]]))
    if findings := list(_findings(report)):
        out.print()
        out.print(table("check", "organisation", "what", "expected", "found", rows=findings))
    whose = report["organisation"] or "all organisations"
    out.print(f"{whose}, {report['ran_at']}: {report['findings']} findings in {report['seconds']} s")
    if report["findings"]:
        raise typer.Exit(WRONG)


def _role(organisation: str | None) -> str:
    """An operator looks at its own organisation, the installation at all."""
    return "operator" if organisation else "installation"


def _row(check: dict[str, Any]) -> tuple[str, ...]:
    return check["name"], str(check["findings"]), check["description"]


def _findings(report: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for check in report["checks"]:
        for item in check["items"]:
            yield check["name"], item["organisation"], item["what"], item["expected"], item["found"]
