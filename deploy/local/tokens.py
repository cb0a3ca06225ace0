"""Access tokens for the local stack, signed with its own key."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt

from deploy.local.addresses import AUDIENCE, ISSUER
from deploy.local.errors import StackError
from deploy.local.keys import ALGORITHM, signing_key

ROLES = ("source", "employee", "approver", "billing", "admin", "operator", "installation")
DAY = timedelta(hours=24)


def mint_token(
    data_dir: Path,
    *,
    organisation: str | None,
    roles: Iterable[str],
    subject: str,
    employee: str | None = None,
    ttl: timedelta = DAY,
) -> str:
    """A bearer token that the services of this stack accept for ``ttl``.

    ``organisation`` is None for the role ``installation``, which belongs to none, and for that one only.
    ``employee`` is the code of the employee that the subject is, if it is one.
    """
    granted = list(roles)
    if unknown := sorted(set(granted) - set(ROLES)):
        raise ValueError(f"unknown roles {unknown}; there are {', '.join(ROLES)}")
    alone = granted == ["installation"]
    if (organisation is None) != alone or ("installation" in granted and not alone):
        raise ValueError("the role installation stands alone and has no organisation; all others need one")
    try:
        kid, key = signing_key(data_dir)
    except FileNotFoundError:
        raise StackError(f"{data_dir} has no signing key yet: start the stack first (make up)") from None
    now = datetime.now(UTC)
    claims: dict[str, object] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "iat": now,
        "exp": now + ttl,
        "roles": granted,
    }
    if organisation is not None:
        claims["organisation"] = organisation
    if employee is not None:
        claims["employee"] = employee
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": kid})
