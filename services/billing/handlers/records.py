"""What the records that billing owns have in common: they are merged, announced, and wake what waited for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.models import Base, Organisation
from services.billing.queries import organisations
from shared.http.problems import Problem, invalid_input, not_found, register_problems

Row = TypeVar("Row", bound=Base)


def merge(row: Row, given: Mapping[str, Any], required: tuple[str, ...] = ()) -> bool:
    """Set the fields that were given; whether anything changed. ``required`` fields cannot be emptied."""
    for name in required:
        if name in given and given[name] is None:
            raise invalid_input(f"{name} cannot be empty", f"/{name}")
    changed = {name: value for name, value in given.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def needed(given: Mapping[str, Any], name: str, what: str) -> Any:
    """The field that a new record cannot do without."""
    if given.get(name) is None:
        raise invalid_input(f"a new {what} needs a {name}", f"/{name}")
    return given[name]


def with_country(address: Mapping[str, Any] | None, country: str) -> dict[str, str] | None:
    """An address as it is kept; without a country of its own it lies in the record's."""
    return None if address is None else {**address, "country": address.get("country") or country}


async def locked_organisation(session: AsyncSession, code: str) -> Organisation:
    """The organisation of who asks, with its exclusive lock: no batch runs while its master data changes."""
    organisation = await organisations.find_for_update(session, code)
    if organisation is None:
        raise not_found("organisation", code)
    return organisation


def unknown(what: str, code: str) -> Problem:
    """A code in a request that names no record: ``unknown-customer``."""
    detail = f"There is no {what} {code!r}."
    return Problem(422, f"unknown-{what}", detail, errors=[{"field": f"/{what}", "in": "body", "detail": detail}])


register_problems(
    {
        "organisation-in-use": "The organisation has amounts already",
        "phase-billed": "A part of the phase's price was billed already",
        "project-in-use": "The project has time or invoices already",
        "rate-overlaps": "Two rates would tie",
        "unknown-customer": "There is no such customer",
        "unknown-phase": "There is no such phase",
        "unknown-project": "There is no such project",
    }
)
