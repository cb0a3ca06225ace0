"""Self-check: the invariants of domain.md ("Invariants") as SQL over live data.

Each check is a query that finds nothing while its invariant holds. They read one snapshot, lock nothing, and look at
all rows of an organisation, or of all of them.
"""

from typing import Final

from services.billing.queries.self_check import advances, ahead, claims, costs, facts, ledger, money, numbers, owners
from services.billing.queries.self_check import credits as credited
from services.billing.queries.self_check.check import Check

CHECKS: Final[tuple[Check, ...]] = (
    *ledger.CHECKS,
    *claims.CHECKS,
    *advances.CHECKS,
    *ahead.CHECKS,
    *costs.CHECKS,
    *numbers.CHECKS,
    *facts.CHECKS,
    *money.CHECKS,
    *credited.CHECKS,
    *owners.CHECKS,
)
