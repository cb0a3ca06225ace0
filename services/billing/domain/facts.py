"""Facts about one approved version of an entry commute: whichever comes first, and however often, the end is the same.

A version is approved once and taken back once. Both may come twice, and the taking back before the approval, because
a correction moves an entry to another project, and so to another partition (messaging.md, "Facts commute").
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class Fact(NamedTuple):
    """A version of an entry that was approved: what the ledger holds at most once."""

    organisation: str
    entry_id: UUID
    version: int


class Standing(StrEnum):
    """What billing holds of a version that was approved, taken back, or both."""

    ACCRUED = "accrued"
    SUSPENDED = "suspended"
    UNPRICED = "unpriced"
    #: Taken back before its approval was seen.
    AWAITED = "awaited"
    #: Taken back: the ledger has both rows.
    REVERSED = "reversed"
    #: Taken back: kept beside its phase, marked.
    UNPRICED_REVERSED = "unpriced reversed"
    #: Taken back before anything stood in the ledger.
    ANNULLED = "annulled"


_TAKEN_BACK = {
    None: Standing.AWAITED,
    Standing.ACCRUED: Standing.REVERSED,
    Standing.SUSPENDED: Standing.ANNULLED,
    Standing.UNPRICED: Standing.UNPRICED_REVERSED,
}


def approved(standing: Standing | None, outcome: Standing) -> Standing:
    """After an approval whose price came to ``outcome`` (accrued, suspended or unpriced)."""
    if standing is None:
        return outcome
    return Standing.ANNULLED if standing is Standing.AWAITED else standing


def taken_back(standing: Standing | None) -> Standing:
    """After the approval was withdrawn or the entry reversed."""
    return _TAKEN_BACK.get(standing, standing) or Standing.AWAITED
