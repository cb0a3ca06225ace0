"""Re-pricing: what unbilled entries are worth by the rates, price list and preferences of now (domain.md, "Ledger").

An entry is priced as if it were accrued now. One for which there is no rate any more keeps the price that it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from services.billing.domain.pricing import (
    NOTHING_YET,
    Account,
    Books,
    DayGroup,
    Price,
    SoFar,
    Work,
    day_group,
    price_of,
)


class PieceTerms(NamedTuple):
    """What a piece is billed at: minutes, price of an hour, surcharge."""

    billed_minutes: int
    price: Decimal
    surcharge: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """An unbilled accrual, as the ledger has it. ``parts`` is exact (shared/money.py)."""

    row_id: int
    work: Work
    parts: Decimal
    unit_price: Decimal | None
    billed_minutes: int | None
    mark_up: Decimal | None
    pieces: Sequence[PieceTerms] = ()

    def is_worth(self, price: Price) -> bool:
        """Whether ``price`` is what it stands at: not only the amount, also what it is made of."""
        pieces = [PieceTerms(piece.billed_minutes, piece.rate.price, piece.surcharge) for piece in price.pieces]
        now = (price.parts, price.unit_price, price.billed_minutes, price.mark_up or 0, pieces)
        return now == (self.parts, self.unit_price, self.billed_minutes, self.mark_up or 0, list(self.pieces))


@dataclass(frozen=True, slots=True)
class Repriced:
    """What came of each row: its new price, or that it stays."""

    changed: Sequence[tuple[Standing, Price]]
    unchanged: int
    without_price: int


def groups_of(rows: Iterable[Standing], account: Account) -> set[DayGroup]:
    """The minutes that are rounded together with those of ``rows``, if the account prefers that."""
    return {day_group(row.work, account) for row in rows if _rounds_per_day(row, account)}


def reprice(rows: Sequence[Standing], account: Account, books: Books, so_far: Mapping[DayGroup, SoFar]) -> Repriced:
    """Price ``rows``, in the order in which they were accrued, anew.

    ``so_far`` is what the ledger holds of each of :func:`groups_of`, with these rows: they are taken out of it first.
    """
    left = dict(so_far)
    for row in rows:
        _move(left, row, account, -1, row.billed_minutes or 0)
    changed: list[tuple[Standing, Price]] = []
    unchanged = without_price = 0
    for row in rows:
        before = left.get(day_group(row.work, account), NOTHING_YET)
        price = price_of(row.work, account, books, before)
        if price is None:
            without_price += 1
        elif row.is_worth(price):
            unchanged += 1
        else:
            changed.append((row, price))
        billed = row.billed_minutes if price is None else price.billed_minutes
        _move(left, row, account, 1, billed or 0)
    return Repriced(changed, unchanged, without_price)


def _move(groups: dict[DayGroup, SoFar], row: Standing, account: Account, sign: int, billed: int) -> None:
    if _rounds_per_day(row, account):
        group = day_group(row.work, account)
        there = groups.get(group, NOTHING_YET)
        minutes = sum(piece.minutes for piece in row.work.pieces)
        groups[group] = SoFar(there.minutes + sign * minutes, there.billed_minutes + sign * billed)


def _rounds_per_day(row: Standing, account: Account) -> bool:
    return account.rounds_per_day and row.work.kind.is_time
