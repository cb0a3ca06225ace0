"""What a check is, what it finds, and the pieces of SQL that checks share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Check:
    """An invariant as a query.

    ``invariant``: its number in domain.md, "Invariants"; None for a rule that stands elsewhere there.
    ``sql`` gives a row for each place where it does not hold: ``organisation, what, id, expected, found``, all text.
    ``$1`` is the organisation or NULL for all, ``$2`` the moment before which facts must have met (those under way
    between two topics have time until then), ``$3`` the decimals of currencies that have not two, as JSON.
    """

    name: str
    invariant: int | None
    description: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where a check does not hold. ``of`` is how many of its kind the organisation has in all."""

    check: str
    organisation: str
    what: str
    id: str
    expected: str
    found: str
    of: int


def own(table: str) -> str:
    """Rows of the organisation that is asked, or of all."""
    return f"($1::text IS NULL OR {table}.organisation = $1)"


def amount(parts: str) -> str:
    """Exact amount in parts (shared/money.py) as text, in the currency's unit."""
    return f"trim_scale(round({parts} / 6000, 10))::text"


def decimals(currency: str) -> str:
    """Decimals of a currency."""
    return f"coalesce(($3::jsonb ->> {currency})::int, 2)"


#: ``a`` is an account.
ACCOUNT: Final = "coalesce('project ' || a.project, 'customer ' || a.customer)"
#: ``i`` is an invoice.
INVOICE: Final = (
    "CASE WHEN i.number IS NULL THEN 'draft' WHEN i.type = 'credit note' THEN 'credit note ' || i.number"
    " ELSE 'invoice ' || i.number END"
)
#: ``r`` is a ledger row.
ROW: Final = "'ledger row ' || r.id || coalesce(' of ' || r.name, '')"
