"""How commands reach the services' APIs: URLs and tokens from options, the environment, or the system that is up."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Annotated, Any

import typer

from deploy.cli.console import fail
from deploy.cli.running import find_running

SERVICES = ("workorders", "timesheets", "billing")

TokenOption = Annotated[
    str | None,
    typer.Option("--token", envvar="UURWERK_TOKEN", help="Access token; by default the local stack's key makes one."),
]
OrganisationOption = Annotated[
    str | None,
    typer.Option("--organisation", help="For a token of the local stack: whose it is, where the command needs one."),
]


class Refused(Exception):  # noqa: N818 - it is an answer
    """The service said no: ``problem`` is its answer (RFC 9457)."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        self.problem = problem
        super().__init__(f"{status} {problem.get('title', '')}: {problem.get('detail', '')}".strip())


class Api:
    """One service's API for one token.  Raises Refused; ends the command where nothing answers."""

    def __init__(self, service: str, url: str, token: str) -> None:
        import httpx

        self.service = service
        own_machine = httpx.URL(url).host in ("127.0.0.1", "localhost", "::1")
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=not own_machine,  # a proxy does not lead back to this machine
        )

    def request(self, method: str, path: str, **arguments: Any) -> Any:
        """The decoded answer of ``/v1`` + path."""
        import httpx

        try:
            response = self._client.request(method, f"/v1{path}", **arguments)
        except httpx.TransportError as error:
            fail(f"{self.service} does not answer at {self._client.base_url}: {error}")
        if response.is_success:
            return response.json() if response.content else None
        raise Refused(response.status_code, _problem(response))


def url_of(service: str, given: str | None = None) -> str:
    """Where a service answers; ends the command when nobody says."""
    variable = f"{service.upper()}_URL"
    running = find_running()
    url = given or os.environ.get(variable) or (running.urls.get(service) if running else None)
    return url or fail(f"where is {service}? Start the local system (uurwerk up), or set {variable}.")


def access_token(given: str | None, organisation: str | None, role: str) -> str:
    """The given token, or one with ``role`` that the local stack's key signs."""
    if given:
        return given
    running = find_running()
    if running is None:
        fail("no access token: give one with --token or UURWERK_TOKEN (the local system, which makes them, is not up)")
    from deploy.local.folders import default_data_folder
    from deploy.local.tokens import mint_token

    whose = None if role == "installation" else organisation or running.organisation
    return mint_token(
        default_data_folder(), organisation=whose, roles=[role], subject="uurwerk-cli", ttl=timedelta(minutes=10)
    )


def _problem(response: Any) -> dict[str, Any]:
    try:
        problem = response.json()
    except ValueError:
        problem = None
    return problem if isinstance(problem, dict) else {"title": response.reason_phrase, "detail": response.text[:500]}
