"""Access tokens: JWTs of one issuer, checked with its public keys (JWKS, from a file or a URL)."""

from __future__ import annotations

import re
from typing import Any, Final

import jwt

from shared.contracts.base import CODE_PATTERN
from shared.http.auth import Principal, Role
from shared.http.jwks import ALGORITHMS, KeySet
from shared.http.problems import Problem, unauthenticated

#: Seconds that the clocks of issuer and service may differ.
LEEWAY: Final = 30
_CODE: Final = re.compile(CODE_PATTERN)
_MAX_TOKEN: Final = 16_384


class TokenVerifier:
    """Turns a bearer token into a principal."""

    def __init__(self, keys: KeySet, *, issuer: str, audience: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience

    async def principal(self, token: str) -> Principal:
        """Who the token speaks for. Raises the problem ``unauthenticated`` with the reason."""
        return _principal(await self._claims(token))

    async def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > _MAX_TOKEN:
            raise unauthenticated("The access token is too long.")
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise unauthenticated(f"Sign access tokens with one of {', '.join(ALGORITHMS)}.")
            key = await self._keys.find(header.get("kid"), header["alg"])
            if key is None:
                raise unauthenticated("The key that signed the access token is not known.")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[header["alg"]],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.InvalidTokenError as error:
            raise _reason(error) from None
        except (ValueError, TypeError, RecursionError):  # what is no JWT at all, in all its forms
            raise unauthenticated("The access token is not valid.") from None
        return claims


def _reason(error: jwt.InvalidTokenError) -> Problem:
    if isinstance(error, jwt.ExpiredSignatureError):
        return unauthenticated("The access token has expired.")
    if isinstance(error, jwt.InvalidAudienceError | jwt.InvalidIssuerError):
        return unauthenticated("The access token was made by or for somebody else.")
    return unauthenticated("The access token is not valid.")


def _principal(claims: dict[str, Any]) -> Principal:
    organisation = _code(claims, "organisation")
    named = claims.get("roles", [])
    if not isinstance(named, list):
        raise unauthenticated("The claim roles must be a list of texts.")
    # Roles of other systems are none of ours. The installation belongs to no organisation, all others to one.
    roles = {Role(role) for role in named if isinstance(role, str) and role in set(Role)}
    own = roles - {Role.INSTALLATION} if organisation else roles & {Role.INSTALLATION}
    return Principal(_subject(claims), organisation, frozenset(own), _code(claims, "employee"))


def _subject(claims: dict[str, Any]) -> str:
    """Who it is. It goes into events and histories as who did it, so it is a text that these can hold."""
    subject = str(claims["sub"])
    if not 0 < len(subject) <= 200 or not subject.isprintable():
        raise unauthenticated("The claim sub must be a text of 1 to 200 characters without control characters.")
    return subject


def _code(claims: dict[str, Any], claim: str) -> str | None:
    value = claims.get(claim)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > 64 or not _CODE.fullmatch(value):
        raise unauthenticated(f"The claim {claim} must be a code: letters, digits, '.', '-' and '_'.")
    return value
