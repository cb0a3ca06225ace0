"""``uurwerk dead-letters list | show | replay | discard``"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from deploy.cli.access import SERVICES, Api, OrganisationOption, Refused, TokenOption, access_token, url_of
from deploy.cli.console import WRONG, fail, out, table

app = typer.Typer(help="Messages that a service could not use: look at them, replay them, discard them.")

ServiceOption = Annotated[
    str | None, typer.Option("--service", "-s", help=f"One of {', '.join(SERVICES)}; by default all of them.")
]
IdArgument = Annotated[str, typer.Argument(metavar="ID")]


@app.command("list")
def list_(  # noqa: PLR0917 - Typer gives them by name
    service: ServiceOption = None,
    state: Annotated[str | None, typer.Option(help="open, replayed or discarded")] = "open",
    topic: Annotated[str | None, typer.Option(help="Only those of a topic.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many of each service.")] = 50,
    token: TokenOption = None,
    organisation: OrganisationOption = None,
) -> None:
    """List dead letters, the newest first."""
    filters = {"state": state, "topic": topic, "limit": limit}
    asked = {name: value for name, value in filters.items() if value is not None}
    rows = [
        _row(api.service, letter)
        for api in _apis(service, token, organisation)
        for letter in _asked(api, "GET", "", params=asked)["items"]
    ]
    out.print(table("service", "id", "place", "failed", "reason", "detail", rows=rows) if rows else "there are none")


@app.command()
def show(
    id_: IdArgument,
    service: ServiceOption = None,
    token: TokenOption = None,
    organisation: OrganisationOption = None,
) -> None:
    """Show one with its headers, its bytes and why it was not used."""
    _, letter = _find(id_, service, token, organisation)
    out.print_json(json.dumps(letter))


@app.command()
def replay(
    id_: IdArgument,
    service: ServiceOption = None,
    token: TokenOption = None,
    organisation: OrganisationOption = None,
) -> None:
    """Let the service handle it again, after the cause is put right."""
    api, _ = _find(id_, service, token, organisation)
    letter = _asked(api, "POST", f"/{id_}/replay")
    out.print_json(json.dumps(letter))
    if letter["state"] == "open":
        fail(f"{api.service} could not use it this time either: {letter['detail']}", WRONG)


@app.command()
def discard(
    id_: IdArgument,
    reason: Annotated[str, typer.Option(prompt=True, help="Why it is not needed; it is kept with the dead letter.")],
    service: ServiceOption = None,
    token: TokenOption = None,
    organisation: OrganisationOption = None,
) -> None:
    """Say that it is not needed.  It stays to be seen, with the reason."""
    api, _ = _find(id_, service, token, organisation)
    out.print_json(json.dumps(_asked(api, "POST", f"/{id_}/discard", json={"reason": reason})))


def _row(service: str, letter: dict[str, Any]) -> tuple[str, ...]:
    place = f"{letter['topic']}/{letter['partition']}/{letter['offset']}"
    return service, letter["id"], place, letter["failed_at"], letter["slug"], letter["detail"]


def _apis(service: str | None, token: str | None, organisation: str | None) -> list[Api]:
    if service is not None and service not in SERVICES:
        fail(f"there is no service {service}; there are {', '.join(SERVICES)}")
    # An operator sees its own organisation's; the installation also those of which nobody can tell whose they are.
    bearer = access_token(token, organisation, "operator" if organisation else "installation")
    return [Api(name, url_of(name), bearer) for name in ([service] if service else SERVICES)]


def _find(id_: str, service: str | None, token: str | None, organisation: str | None) -> tuple[Api, dict[str, Any]]:
    """The dead letter and the service that has it."""
    for api in _apis(service, token, organisation):
        try:
            return api, api.request("GET", f"/dead-letters/{id_}")
        except Refused as refused:
            if refused.status not in (404, 422):  # another service's ids may look otherwise
                fail(f"{api.service}: {refused}")
    return fail(f"there is no dead letter {id_}", WRONG)


def _asked(api: Api, method: str, path: str, **arguments: Any) -> Any:
    try:
        return api.request(method, f"/dead-letters{path}", **arguments)
    except Refused as refused:
        fail(f"{api.service}: {refused}", WRONG)
