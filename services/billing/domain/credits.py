"""Credit notes: what is undone of which line, what comes back, and the VAT of it (domain.md, "Credit notes")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from services.billing.domain.creditable import Billed, BilledLine, BilledShare, ShareTake, entries_of
from services.billing.domain.lines import Line, LineKind, Share, shown_quantity
from services.billing.domain.vat import Vat, VatTotal, vat_amount
from shared.money import as_money

_NOTHING = Decimal(0)


class ExceedsRemainingError(ValueError):
    """More is asked than is left; its message says of what."""


class UnknownLineError(LookupError):
    """The invoice has no such line, or the line no such entry; ``index`` is of what was asked."""

    def __init__(self, index: int, field: str, message: str) -> None:
        super().__init__(message)
        self.index, self.field = index, field


@dataclass(frozen=True, slots=True)
class Wanted:
    """Part of a credit: ``amount`` None is all that is left; ``entries`` None is the whole line."""

    position: int
    amount: Decimal | None = None
    entries: frozenset[UUID] | None = None


@dataclass(frozen=True, slots=True)
class CreditLine:
    """A line of a credit note (with its sign), the line that it undoes, and by how much (with that line's sign)."""

    line: Line
    credits: BilledLine
    amount: Decimal
    takes: Sequence[ShareTake]


@dataclass(frozen=True, slots=True)
class Credit:
    """What is credited of one invoice.

    ``rates``: net and VAT, above zero where the invoice is. ``rows``: ledger rows of which nothing is billed any
    more; ``touched``: all that it takes something of. ``everything``: nothing is left of the invoice.
    """

    billed: Billed
    lines: Sequence[CreditLine]
    rates: Sequence[VatTotal]
    rows: frozenset[int]
    touched: frozenset[int]
    everything: bool

    @property
    def net(self) -> Decimal:
        return sum((total.net for total in self.rates), _NOTHING)

    @property
    def vat(self) -> Decimal:
        return sum((total.amount for total in self.rates), _NOTHING)

    @property
    def to_pay(self) -> Decimal:
        return self.net + self.vat


def credit_whole(billed: Billed) -> Credit:
    """All that is left of all lines."""
    asked = [Wanted(line.position, line.left) for line in billed.lines if not line.finished]
    return _credit(billed, asked)


def credit_lines(billed: Billed, asked: Sequence[Wanted]) -> Credit:
    """By line, by entries of a line, or by amount."""
    return _credit(billed, asked)


def credit_rows(billed: Billed, rows: Iterable[int]) -> Credit:
    """What is left of ledger rows that are given back.

    Where an advance paid for them, its deduction is undone as far as needed, the last one first: no more is given
    back than was to be paid, and the advance opens again.
    """
    before, wanted, lines = billed.rows_left(), set(rows), []
    for line in billed.lines:
        shares = [share for share in line.standing if share.row_id in wanted]
        if shares:
            lines.append(_all(line, shares))
    lines += _deductions(billed, lines)
    return _closed(billed, sorted(lines, key=lambda one: one.credits.position), before)


def _credit(billed: Billed, asked: Sequence[Wanted]) -> Credit:
    before = billed.rows_left()
    lines = [_part(billed, index, wanted) for index, wanted in enumerate(asked)]
    return _closed(billed, sorted(lines, key=lambda one: one.credits.position), before)


def _part(billed: Billed, index: int, wanted: Wanted) -> CreditLine:
    line = billed.line(wanted.position)
    if line is None:
        raise UnknownLineError(index, "line", f"invoice {billed.number} has no line {wanted.position}")
    shares = line.standing if wanted.entries is None else _shares(line, index, wanted.entries)
    left = min(line.left if wanted.entries is None else line.left_of(shares), billed.left_of(line))
    amount = left if wanted.amount is None else wanted.amount
    nothing = line.finished if wanted.entries is None else all(share.gone for share in shares)
    if nothing or amount > left or (wanted.amount is None and not left and not shares):
        raise ExceedsRemainingError(f"Of line {line.position} of invoice {billed.number}, {left} is left to credit.")
    if billed.open is not None:
        billed.open[line.vat] = billed.open.get(line.vat, _NOTHING) - amount
    return _all(line, shares) if amount == _all_of(line, shares) else _some(line, shares, amount)


def _shares(line: BilledLine, index: int, entries: frozenset[UUID]) -> list[BilledShare]:
    shares = entries_of(line, entries)
    if missing := entries - {share.entry_id for share in shares}:
        entry = min(missing)
        raise UnknownLineError(index, "entries", f"line {line.position} has no entry {entry}")
    return [share for share in shares if not share.gone]


def _all_of(line: BilledLine, shares: Sequence[BilledShare]) -> Decimal:
    return line.left_of(shares) if line.shares else line.left


def _all(line: BilledLine, shares: Sequence[BilledShare]) -> CreditLine:
    """All that is left of ``shares``, or of a line that has none.

    With its quantity and price, if nothing was credited before and no discount was taken off.
    """
    untouched = all(share.untouched for share in shares) if line.shares else not line.credited
    complete = len(shares) == len(line.shares)
    if line.shares:
        amount, takes = line.take_all(shares)
    else:
        amount, takes = line.left, []
        line.credited += amount
    if not untouched or line.discount or line.kind is LineKind.DEDUCTION:
        return _lump(line, amount, takes)
    quantity = line.quantity
    if not complete:
        quantity = line.sign * shown_quantity(line.kind, sum((take.quantity for take in takes), _NOTHING))
    return _shown(line, -quantity, amount, takes)


def _some(line: BilledLine, shares: Sequence[BilledShare], amount: Decimal) -> CreditLine:
    """A reduction."""
    takes = line.reduce(amount, shares) if shares else []
    if not shares:
        line.credited += amount
    return _lump(line, amount, takes)


def _lump(line: BilledLine, amount: Decimal, takes: Sequence[ShareTake]) -> CreditLine:
    """An amount, as once that price."""
    once = _line(line, amount, takes)
    return CreditLine(replace(once, quantity=Decimal(-line.sign), price=amount), line, line.sign * amount, takes)


def _shown(line: BilledLine, quantity: Decimal, amount: Decimal, takes: Sequence[ShareTake]) -> CreditLine:
    """With the quantity and the price that were billed."""
    like = replace(
        _line(line, amount, takes), quantity=quantity, unit=line.unit, price=line.price, surcharge=line.surcharge
    )
    return CreditLine(like, line, line.sign * amount, takes)


def _line(line: BilledLine, amount: Decimal, takes: Sequence[ShareTake]) -> Line:
    """What both have in common."""
    return Line(
        kind=line.kind,
        description=line.description,
        quantity=Decimal(0),
        unit="",
        price=Decimal(0),
        surcharge=Decimal(0),
        net=-line.sign * amount,
        vat=line.vat,
        phase=line.phase,
        day=line.day,
        shares=[Share(t.row_id, -line.sign * t.quantity, -line.sign * t.parts) for t in takes],
    )


def _deductions(billed: Billed, lines: Sequence[CreditLine]) -> list[CreditLine]:
    """What must be undone of deductions, so that no rate is credited for more than is left of it."""
    undone = []
    for vat, rate in billed.rates.items():
        excess = rate.beyond(_at(vat, lines))
        for line in reversed(billed.lines):
            if line.kind is LineKind.DEDUCTION and line.vat == vat and (amount := min(excess, line.left)) > 0:
                excess -= amount
                undone.append(_all(line, []) if amount == line.left else _some(line, [], amount))
    return undone


def _at(vat: Vat, lines: Iterable[CreditLine]) -> Decimal:
    return sum((one.amount for one in lines if one.credits.vat == vat), _NOTHING)


def _closed(billed: Billed, lines: Sequence[CreditLine], before: set[int]) -> Credit:
    """The sums, checked: no rate and no invoice is credited for more than is left of it, and nothing is charged."""
    if not lines:
        raise ExceedsRemainingError(f"Nothing is left to credit of invoice {billed.number}.")
    rates = [_rate(billed, vat, _at(vat, lines)) for vat in sorted({one.credits.vat for one in lines}, reverse=True)]
    touched = frozenset(take.row_id for one in lines for take in one.takes)
    gone = frozenset(before - billed.rows_left())
    everything = all(line.finished for line in billed.lines)
    credit = Credit(billed, lines, rates, gone, touched, everything)
    if credit.net < 0 or credit.to_pay < 0:
        raise ExceedsRemainingError("This would charge, not give back: credit the lines that it belongs to as well.")
    if billed.credited + credit.to_pay > billed.to_pay:
        left = billed.to_pay - billed.credited
        raise ExceedsRemainingError(f"Of invoice {billed.number}, {left} including VAT is left to credit.")
    return credit


def _rate(billed: Billed, vat: Vat, net: Decimal) -> VatTotal:
    """VAT of serial credits: round(rate × all credited so far) − VAT credited before."""
    rate = billed.rates[vat]
    if rate.beyond(net) > 0:
        left = max(abs(rate.net - rate.given_back - rate.credited_net), _NOTHING)
        raise ExceedsRemainingError(
            f"Of invoice {billed.number}, {left} is left to credit at {vat.rate} % VAT. What an advance paid is"
            " credited together with its deduction."
        )
    total = vat_amount(rate.credited_net + net, vat.rate, billed.currency)
    return VatTotal(vat, as_money(net, billed.currency), total - rate.credited_vat)
