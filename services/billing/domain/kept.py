"""The price that a correction keeps (domain.md, "Rates"): that of the approval it replaces, if the work is the same.

The same is: project (or the customer's own account), phase, employee, hour type and day. Then the customer pays for
the corrected hours what was agreed when they were approved first, whatever became of the rates since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.billing.domain.price_list import ListPrice
from services.billing.domain.rates import Rate


@dataclass(frozen=True, slots=True)
class SameWork:
    """What two approvals of an entry must share for the price to stay."""

    account_id: UUID
    phase: str | None
    employee: str | None
    hour_type: str | None
    day: date


@dataclass(frozen=True, slots=True)
class KeptPrice:
    """What the replaced approval took: the rate of each hour type of its pieces, or the price of the price list.

    Pieces of one hour type share their rate: it follows from the day and the hour type, not from the surcharge.
    Distance, expense and material that bring a price of their own bring it with every revision; a price of the price
    list (``listed``) stays where the item is the same too.
    """

    work: SameWork
    rates: Mapping[str | None, Rate]
    listed: ListPrice | None = None
