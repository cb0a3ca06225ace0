"""The users of a scenario's organisation."""

from __future__ import annotations

from collections.abc import Iterable

from deploy.client.api import Apis
from deploy.local import Addresses, mint_token

BACK_OFFICE = ("source", "approver", "billing", "admin", "operator")


def apis_for(
    urls: dict[str, str],
    addresses: Addresses,
    organisation: str | None,
    roles: Iterable[str] = BACK_OFFICE,
    *,
    subject: str = "back-office",
    employee: str | None = None,
) -> Apis:
    """The three services for a user with these roles."""
    token = mint_token(addresses.data_dir, organisation=organisation, roles=roles, subject=subject, employee=employee)
    return Apis(urls, token)
