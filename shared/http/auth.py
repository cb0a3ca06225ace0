"""Who asks: the principal of a request, and the roles that a route needs.

Usage: ``async def route(principal: Annotated[Principal, require(Role.BILLING, Role.ADMIN)], session: Session)``.
How a token is checked stands in :mod:`shared.http.tokens`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.http.problems import Problem, forbidden, unauthenticated
from shared.http.runtime import runtime_of
from shared.telemetry.logging import bind_context


class Role(StrEnum):
    """What a token may do. All but INSTALLATION are roles in one organisation."""

    SOURCE = "source"
    EMPLOYEE = "employee"
    APPROVER = "approver"
    BILLING = "billing"
    ADMIN = "admin"
    OPERATOR = "operator"
    INSTALLATION = "installation"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a valid token speaks for.

    ``organisation`` is None for the installation only; ``employee`` is the code of the employee that the subject
    is, if it is one.
    """

    subject: str
    organisation: str | None
    roles: frozenset[Role]
    employee: str | None = None

    @property
    def org(self) -> str:
        """The organisation, on routes that the installation cannot use."""
        if self.organisation is None:
            raise forbidden("This needs a token of an organisation.")
        return self.organisation

    def has(self, *roles: Role) -> bool:
        """Whether it has any of ``roles``."""
        return not self.roles.isdisjoint(roles)


_bearer = HTTPBearer(
    auto_error=False,
    bearerFormat="JWT",
    description="A JWT with `roles`, `organisation` (not for the role `installation`) and, for employees, `employee`.",
)


async def authenticated(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal:
    """The principal of the request's bearer token. Raises the problem ``unauthenticated``."""
    if credentials is None:
        problem = unauthenticated("Send an access token: Authorization: Bearer <token>.")
        # RFC 6750, 3.1: no error code where no token was sent.
        problem.headers["WWW-Authenticate"] = 'Bearer realm="uurwerk"'
        raise problem
    principal = await runtime_of(request.app).verifier.principal(credentials.credentials)
    request.state.principal = principal
    bind_context(organisation=principal.organisation, subject=principal.subject)
    return principal


def require(*roles: Role) -> Any:
    """Dependency: the principal, who has at least one of ``roles``; 401 or 403 otherwise.

    A principal without organisation (the installation) passes only where ``Role.INSTALLATION`` is named.
    """
    if not roles:
        raise ValueError("name the roles that may use the route")
    # The roles as scopes: OpenAPI 3.1 lists them in the operation's security requirement.
    return Security(_check(frozenset(roles)), scopes=[str(role) for role in roles])


def _check(allowed: frozenset[Role]) -> Callable[[Principal], Awaitable[Principal]]:
    async def authorised(principal: Annotated[Principal, Depends(authenticated)]) -> Principal:
        if not principal.has(*allowed):
            raise _missing(allowed, principal)
        return principal

    return authorised


def _missing(allowed: frozenset[Role], principal: Principal) -> Problem:
    needed = " or ".join(sorted(allowed))
    return forbidden(f"This needs the role {needed}; the token has {', '.join(sorted(principal.roles)) or 'none'}.")
