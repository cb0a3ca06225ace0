"""How long what is owed has been due."""

from __future__ import annotations

from datetime import date
from enum import StrEnum


class Bucket(StrEnum):
    """Days past the due date."""

    NOT_DUE = "not_due"
    TO_30 = "days_1_30"
    TO_60 = "days_31_60"
    TO_90 = "days_61_90"
    OVER_90 = "over_90"


def days_overdue(due: date, as_of: date) -> int:
    """Days since the due date; 0 on that day and before."""
    return max((as_of - due).days, 0)


def bucket(due: date, as_of: date) -> Bucket:
    days = days_overdue(due, as_of)
    if days == 0:
        return Bucket.NOT_DUE
    if days <= 30:
        return Bucket.TO_30
    if days <= 60:
        return Bucket.TO_60
    return Bucket.TO_90 if days <= 90 else Bucket.OVER_90
