"""What all API tests use: a service's application on a real PostgreSQL database, tokens of a test key, access checks.

@pytest.fixture(scope="module")
async def api(stack):
    async with service_api(stack, "billing", service, BillingSettings) as api:
        yield api

async def test_rates(api):
    billing = api.client(Role.BILLING, organisation="acme")
    assert (await billing.put("/v1/rates", json={…})).status_code == 200
    await check_access(api, "PUT", "/v1/rates", roles={Role.BILLING, Role.ADMIN}, json={…})
    await check_all_protected(api)
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import httpx
import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from jwt.algorithms import ECAlgorithm

from deploy.local import Stack
from shared.clock import Clock, system_clock
from shared.http.app import create_app
from shared.http.auth import Role
from shared.http.runtime import Runtime, runtime_of
from shared.service import Service
from shared.settings import ProcessRole, ServiceSettings

ISSUER = "uurwerk-tests"
AUDIENCE = "uurwerk"
ORGANISATION = "acme"
OTHER_ORGANISATION = "rival"
#: The only paths that need no token.
OPEN_PATHS = frozenset({"/livez", "/readyz", "/metrics", "/docs", "/openapi.json", "/asyncapi.json"})

# Through standard logging, so that pytest keeps what a test logged and shows it when the test fails.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(key_order=["event"]),
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)

S = TypeVar("S", bound=ServiceSettings)


class TestKey:
    """A key pair that exists for the tests only, and its JWKS file."""

    __test__ = False

    def __init__(self, kid: str = "tests") -> None:
        self.kid = kid
        self.private = ec.generate_private_key(ec.SECP256R1())
        public = {**ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True), "kid": kid, "alg": "ES256"}
        self.jwks: dict[str, Any] = {"keys": [public]}
        self._folder = tempfile.TemporaryDirectory(prefix="uurwerk-keys-")
        self.jwks_file = Path(self._folder.name) / "jwks.json"
        self.jwks_file.write_text(json.dumps(self.jwks))

    def token(
        self,
        *roles: Role | str,
        organisation: str | None = ORGANISATION,
        employee: str | None = None,
        subject: str = "tester",
        **claims: Any,
    ) -> str:
        """A valid token; ``claims`` add to or replace its claims, None leaves one out."""
        if roles == (Role.INSTALLATION,):
            organisation = None
        now = int(time.time())
        payload = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": now,
            "exp": now + 3600,
            "roles": [str(role) for role in roles],
            "organisation": organisation,
            "employee": employee,
            **claims,
        }
        present = {name: value for name, value in payload.items() if value is not None}
        return jwt.encode(present, self.private, algorithm="ES256", headers={"kid": self.kid})


@cache
def test_key() -> TestKey:
    """The key of this process' tests."""
    return TestKey()


test_key.__test__ = False  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Api:
    """A service's application that runs inside the test."""

    app: FastAPI

    @property
    def runtime(self) -> Runtime:
        return runtime_of(self.app)

    @property
    def anonymous(self) -> httpx.AsyncClient:
        """A client without a token."""
        return self._client({})

    def client(
        self,
        *roles: Role | str,
        organisation: str | None = ORGANISATION,
        employee: str | None = None,
        subject: str = "tester",
    ) -> httpx.AsyncClient:
        """A client with these roles; ``Role.INSTALLATION`` alone has no organisation."""
        token = test_key().token(*roles, organisation=organisation, employee=employee, subject=subject)
        return self._client({"Authorization": f"Bearer {token}"})

    def _client(self, headers: dict[str, str]) -> httpx.AsyncClient:
        # It keeps no connection, so nobody needs to close it.
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://service.test", headers=headers, timeout=30)


def settings_for(cls: type[S], database_url: str, **settings: Any) -> S:
    """Settings of a process that serves the API only, with the test key."""
    defaults: dict[str, Any] = {
        "roles": frozenset({ProcessRole.API}),
        "auth_jwks_file": test_key().jwks_file,
        "auth_issuer": ISSUER,
        "auth_audience": AUDIENCE,
    }
    return cls(database_url=database_url, **{**defaults, **settings})


@asynccontextmanager
async def serve(service: Service, *, clock: Clock = system_clock, wait: bool = True) -> AsyncIterator[Api]:
    """Run the application of ``service`` in this event loop; ``wait`` until its migrations are done."""
    app = create_app(service, clock, own_logging=False)
    async with app.router.lifespan_context(app):
        api = Api(app)
        if wait:
            await migrated(api)
        yield api


async def migrated(api: Api, seconds: float = 60) -> None:
    """Wait until the data endpoints can be used."""
    async with asyncio.timeout(seconds):
        while not api.runtime.migration.done:  # noqa: ASYNC110 - a flag of the application
            await asyncio.sleep(0.01)


@asynccontextmanager
async def service_api(
    stack: Stack,
    name: str,
    service: Callable[[S], Service],
    settings: type[S],
    *,
    clock: Clock = system_clock,
    **overrides: Any,
) -> AsyncIterator[Api]:
    """The API of a service on a database of its own, which is dropped afterwards."""
    url = stack.fresh_database(name)
    try:
        async with serve(service(settings_for(settings, url, **overrides)), clock=clock) as api:
            yield api
    finally:
        stack.drop_database(url)


async def check_access(
    api: Api,
    method: str,
    path: str,
    *,
    roles: Iterable[Role],
    json: Any = None,
    elsewhere: int | None = 404,
    **request: Any,
) -> None:
    """Anonymous → 401; every role but ``roles`` → 403; ``roles`` of another organisation → ``elsewhere``.

    ``elsewhere`` None: the answer does not depend on whose the data are (a list, a new record); test that apart.
    ``request`` goes to httpx: ``params``, ``content``, ``headers``.
    """
    allowed = set(roles)
    if json is not None:
        request["json"] = json
    answer = await api.anonymous.request(method, path, **request)
    _expect(answer, 401, "unauthenticated", "anonymous")
    for role in set(Role) - allowed:
        answer = await api.client(role).request(method, path, **request)
        _expect(answer, 403, "forbidden", f"role {role}")
    for role in allowed - {Role.INSTALLATION} if elsewhere is not None else ():
        rival = api.client(role, organisation=OTHER_ORGANISATION, employee="jan")
        answer = await rival.request(method, path, **request)
        assert answer.status_code == elsewhere, f"{method} {path} in another organisation: {answer.text}"


async def check_all_protected(api: Api) -> None:
    """Every route but health and documents needs a token, and a role: none lets an outsider in."""
    checked = 0
    for method, path in routes_of(api.app):
        if path in OPEN_PATHS:
            continue
        address = _filled(path)
        _expect(await api.anonymous.request(method, address), 401, "unauthenticated", f"anonymous {method} {path}")
        _expect(await api.client().request(method, address), 403, "forbidden", f"no role {method} {path}")
        checked += 1
    assert checked > 0


def routes_of(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Method and path template of every route."""
    for context in iter_route_contexts(app.routes):
        for method in sorted(context.methods or ()):  # a mount has none: the files of /docs
            if method not in ("HEAD", "OPTIONS"):
                yield method, str(context.path)


def _filled(path: str) -> str:
    """A path with something in its parameters: who asks is checked before what is asked for."""
    parts = ["0" if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts)


def _expect(answer: httpx.Response, status: int, slug: str, who: str) -> None:
    assert answer.status_code == status, f"{who}: {answer.status_code} {answer.text}"
    assert answer.headers["content-type"] == "application/problem+json", who
    assert answer.json()["type"].rpartition("/")[2] == slug, who
