"""What the benchmark sends is valid, and worth what it says."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal

import pytest

from shared.contracts.workorders import DistanceLine, MaterialLine, TimeLine, WorkOrder
from tests.bench.orders import MOST_LINES, Orders
from tests.support.flow import LINES, PRICE, PROJECTS


def _worth(order: WorkOrder) -> Decimal:
    """By hand: labour is an hour, travel half of one."""
    worth = Decimal(0)
    for line in order.lines:
        if isinstance(line, TimeLine):
            worth += PRICE if line.kind == "labour" else PRICE / 2
        elif isinstance(line, DistanceLine):
            worth += line.kilometres * (line.unit_price or 0)
        elif isinstance(line, MaterialLine):
            worth += line.quantity * (line.unit_price or 0)
    return worth


@pytest.mark.parametrize("each", range(LINES, MOST_LINES + 1))
def test_the_balances_expected_are_those_of_the_orders_sent(each: int) -> None:
    orders = Orders("bench", 90, each)
    unbilled: Counter[str] = Counter()
    lines = 0
    for _, value in orders.messages():
        order = WorkOrder.model_validate_json(value)
        assert order.project is not None
        unbilled[order.project] += _worth(order)
        lines += len(order.lines)
    assert unbilled == orders.unbilled()
    assert lines == orders.lines == 90 * each


def test_fewer_orders_than_projects() -> None:
    assert Orders("bench", 3).unbilled().keys() == set(PROJECTS[:3])


def test_keys_are_those_of_the_topic() -> None:
    key, value = next(Orders("bench", 1).messages())
    assert key.decode() == WorkOrder.model_validate(json.loads(value)).message_key()
