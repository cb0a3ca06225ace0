"""Insight: what reports are made by, and the shares that follow from their sums."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from shared.money import rounded


class By(StrEnum):
    """What the rows of a report stand for."""

    EMPLOYEE = "employee"
    PROJECT = "project"
    PHASE = "phase"
    CUSTOMER = "customer"
    HOUR_TYPE = "hour_type"
    WORK_ORDER = "work_order"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Of(StrEnum):
    """What the rows of a post-calculation stand for."""

    WORK_ORDER = "work_order"
    PHASE = "phase"
    PROJECT = "project"


def share(part: int, whole: int | None) -> Decimal | None:
    """Per cent that ``part`` is of ``whole``, with two decimals; None where there is no whole."""
    return rounded(Decimal(100 * part) / whole, 2) if whole else None
