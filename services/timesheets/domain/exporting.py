"""Words of exports."""

from __future__ import annotations

from enum import StrEnum


class RowKind(StrEnum):
    """What a row says: that this was worked, or that an earlier export said so and it holds no more."""

    ENTRY = "entry"
    REVERSAL = "reversal"
