"""What an approved entry is worth, exactly; or why it has no price (domain.md, "Ledger").

The price is fixed when the entry is accrued: each piece keeps which rate it took.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from services.billing.domain.kept import KeptPrice, SameWork
from services.billing.domain.price_list import ListPrice, PriceList, listed_item
from services.billing.domain.rates import Hours, Rate, RateTable
from services.billing.domain.rounding import Rounding, spread
from shared.money import quantity_parts, sum_parts, time_parts
from shared.words import BillingMethod, EntryKind

_NOTHING = Decimal(0)
_ONE = Decimal(1)


class SuspenseReason(StrEnum):
    """Why an approved billable entry waits, in the order in which they are looked for."""

    UNKNOWN_PROJECT = "unknown-project"
    UNKNOWN_PHASE = "unknown-phase"
    UNKNOWN_CUSTOMER = "unknown-customer"
    FOREIGN_CURRENCY = "foreign-currency"
    NO_RATE = "no-rate"


class Unpriced(StrEnum):
    """Why an approved entry is kept without a price, for good."""

    FIXED_PRICE = "fixed price"
    NON_BILLABLE = "non-billable"


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of an entry's minutes with one hour type and one surcharge (per cent)."""

    minutes: int
    hour_type: str | None
    surcharge: Decimal = _NOTHING


@dataclass(frozen=True, slots=True)
class Work:
    """What decides about the price of an approved entry. Time has ``pieces``, the rest ``quantity`` and price."""

    kind: EntryKind
    day: date
    customer: str | None = None
    project: str | None = None
    phase: str | None = None
    employee: str | None = None
    hour_type: str | None = None
    billable: bool = True
    pieces: Sequence[Piece] = ()
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    currency: str | None = None
    article: str | None = None


@dataclass(frozen=True, slots=True)
class PricedPiece:
    """A piece at its price of an hour. ``surcharge`` is billed, ``worked_surcharge`` worked; ``parts`` is exact."""

    minutes: int
    billed_minutes: int
    hour_type: str | None
    surcharge: Decimal
    worked_surcharge: Decimal
    parts: Decimal
    rate: Rate


@dataclass(frozen=True, slots=True)
class Price:
    """What an entry is worth: ``parts`` in 1/6000 of the currency's unit.

    ``unit_price`` is of an hour (before surcharge; None where pieces differ) or of a unit (before ``mark_up``).
    """

    parts: Decimal
    unit_price: Decimal | None
    billed_minutes: int | None = None
    pieces: Sequence[PricedPiece] = ()
    mark_up: Decimal | None = None
    rate_id: UUID | None = None
    listed: ListPrice | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """Where entries of a project, or of a customer without project, are accrued; and how they are billed there."""

    id: UUID
    customer: str
    bill_surcharges: bool = True
    rounding: Rounding | None = None
    rounds_per_day: bool = False
    expense_mark_up: Decimal = _NOTHING


class DayGroup(NamedTuple):
    """One employee's minutes of one day for the same project, phase and hour type."""

    account_id: UUID
    phase: str | None
    hour_type: str | None
    employee: str | None
    day: date


class SoFar(NamedTuple):
    """Minutes of a group that stand in the ledger: as they were worked, and as they are billed."""

    minutes: int
    billed_minutes: int


NOTHING_YET: Final = SoFar(0, 0)


@dataclass(frozen=True, slots=True)
class Books:
    """What one organisation knows: its accounts by project and by customer, phases and rates."""

    currency: str
    projects: Mapping[str, Account]
    customers: Mapping[str, Account]
    phases: Mapping[tuple[str, str], BillingMethod]
    rates: RateTable
    price_list: PriceList = field(default_factory=PriceList)

    def account(self, work: Work) -> Account | None:
        """The project's account, or without a project the customer's own."""
        if work.project is not None:
            return self.projects.get(work.project)
        return self.customers.get(work.customer or "")


@dataclass(frozen=True, slots=True)
class Accrued:
    """The entry goes into the ledger."""

    account: Account
    price: Price


Outcome = Accrued | SuspenseReason | Unpriced


def assess(work: Work, books: Books, so_far: SoFar = NOTHING_YET, kept: KeptPrice | None = None) -> Outcome:
    """What becomes of an approved entry: accrued, in suspense (the first reason), or kept without a price.

    ``so_far`` is what stands in the ledger of the same :func:`day_group`, for accounts that round per day. ``kept``
    is the price of the approval that this one corrects: it stays where the work is the same (:func:`same_work`).
    """
    if not work.billable:
        return Unpriced.NON_BILLABLE
    account, method = books.account(work), _method(work, books)
    if account is None or method is None:
        return _unknown(work, account)
    if method is not BillingMethod.TIME_AND_MATERIALS:
        return Unpriced(method.value)
    if work.currency is not None and work.currency != books.currency:
        return SuspenseReason.FOREIGN_CURRENCY
    price = price_of(work, account, books, so_far, kept)
    return SuspenseReason.NO_RATE if price is None else Accrued(account, price)


def price_of(
    work: Work, account: Account, books: Books, so_far: SoFar = NOTHING_YET, kept: KeptPrice | None = None
) -> Price | None:
    """What the work is worth on this account. None: there is no rate, or no price, for it."""
    if work.kind.is_time:
        return price_time(work, account, books.rates, so_far, kept)
    return price_units(work, account, books.price_list, kept)


def _unknown(work: Work, account: Account | None) -> SuspenseReason:
    """Which code it is, of those that billing does not know, that is told first."""
    if account is None and work.project is not None:
        return SuspenseReason.UNKNOWN_PROJECT
    return SuspenseReason.UNKNOWN_CUSTOMER if work.phase is None else SuspenseReason.UNKNOWN_PHASE


def _method(work: Work, books: Books) -> BillingMethod | None:
    """How the work is billed: by its phase; without one, by time and materials. None: no such phase."""
    if work.phase is None:
        return BillingMethod.TIME_AND_MATERIALS
    return books.phases.get((work.project or "", work.phase))


def day_group(work: Work, account: Account) -> DayGroup:
    """The minutes that are rounded together where an account rounds per employee and day."""
    return DayGroup(account.id, work.phase, work.hour_type, work.employee, work.day)


def same_work(work: Work, account: Account) -> SameWork:
    """What must not change for a correction to keep the price."""
    return SameWork(account.id, work.phase, work.employee, work.hour_type, work.day)


def price_time(
    work: Work, account: Account, rates: RateTable, so_far: SoFar = NOTHING_YET, kept: KeptPrice | None = None
) -> Price | None:
    """Labour and travel: each piece at its own rate, minutes rounded as the account prefers. None: no rate.

    A piece of an hour type that the replaced approval had no piece of was never priced: it takes today's rate.
    """
    hours = Hours(work.day, account.customer, work.employee, work.project, work.phase)
    stays = kept.rates if kept is not None and kept.work == same_work(work, account) else {}
    surcharges = [piece.surcharge if account.bill_surcharges else _NOTHING for piece in work.pieces]
    billed = _billed_minutes(work.pieces, account, so_far)
    priced = []
    for piece, minutes, surcharge in zip(work.pieces, billed, surcharges, strict=True):
        rate = stays.get(piece.hour_type) or rates.for_piece(hours, piece.hour_type, work.hour_type)
        if rate is None:
            return None
        parts = time_parts(minutes, rate.price, surcharge)
        priced.append(PricedPiece(piece.minutes, minutes, piece.hour_type, surcharge, piece.surcharge, parts, rate))
    prices = {piece.rate.price for piece in priced}
    rate_ids = {piece.rate.id for piece in priced}
    return Price(
        parts=sum_parts(piece.parts for piece in priced),
        unit_price=prices.pop() if len(prices) == 1 else None,
        billed_minutes=sum(billed),
        pieces=priced,
        rate_id=rate_ids.pop() if len(rate_ids) == 1 else None,
    )


def _billed_minutes(pieces: Sequence[Piece], account: Account, so_far: SoFar) -> list[int]:
    if account.rounding is None:
        return [piece.minutes for piece in pieces]
    minutes = sum(piece.minutes for piece in pieces)
    if account.rounds_per_day:
        # never below zero: a preference that changed during the day gives nothing back
        billed = max(account.rounding.of(so_far.minutes + minutes) - so_far.billed_minutes, 0)
    else:
        billed = account.rounding.of(minutes)
    # by the surcharge that was worked, so that switching surcharges off moves no minutes
    return spread([(piece.minutes, piece.surcharge) for piece in pieces], billed)


def price_units(
    work: Work, account: Account, price_list: PriceList | None = None, kept: KeptPrice | None = None
) -> Price | None:
    """Distance, expense and material: at their own price, else at the price list's. None: neither.

    An expense is raised by the account's mark-up; a price of the price list is what the customer pays already.
    """
    listed = None if work.unit_price is not None else _listed(work, account, price_list, kept)
    unit_price = work.unit_price if listed is None else listed.price
    if unit_price is None:
        return None
    marked_up = work.kind is EntryKind.EXPENSE and listed is None and account.expense_mark_up
    mark_up = account.expense_mark_up if marked_up else None
    parts = quantity_parts(_ONE if work.quantity is None else work.quantity, unit_price, mark_up or _NOTHING)
    return Price(
        parts=parts, unit_price=unit_price, mark_up=mark_up, rate_id=listed.id if listed else None, listed=listed
    )


def _listed(work: Work, account: Account, price_list: PriceList | None, kept: KeptPrice | None) -> ListPrice | None:
    item = listed_item(work.kind, work.article)
    if item is None:
        return None
    stays = kept.listed if kept is not None and kept.work == same_work(work, account) else None
    if stays is not None and (stays.key.item, stays.key.article) == item:
        return stays
    return price_list.find(work.day, item, customer=account.customer, project=work.project) if price_list else None
