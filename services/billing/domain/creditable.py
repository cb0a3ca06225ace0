"""What is left to credit of an issued invoice: of its lines, and of what each took of a ledger row (domain.md,
"Credit notes").

Amounts here are sizes, zero or more, in the currency's decimals; the line's sign says in which direction they go. A
line's net is divided over its shares by their exact amounts. Serial credits of a line round what is credited of it in
all and take off what went before, so that they add up to the line, whatever the order: of 74.99 for three times
twenty minutes the first entry that is credited is 25.00, the second 24.99, the third 25.00.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from services.billing.domain.lines import LineKind
from services.billing.domain.vat import Vat
from shared.money import PARTS, decimals

#: Decimals of what a reduction takes of one share.
_EXACT: Final = 12
_NOTHING: Final = Decimal(0)


@dataclass(slots=True)
class BilledShare:
    """What a line took of a ledger row. ``taken``: what reductions took of its value; ``gone``: nothing is left."""

    row_id: int
    entry_id: UUID | None
    quantity: Decimal
    parts: Decimal
    taken: Decimal = _NOTHING
    gone: bool = False

    @property
    def untouched(self) -> bool:
        return not self.gone and not self.taken


@dataclass(frozen=True, slots=True)
class ShareTake:
    """What a credit takes of a share. ``whole``: nothing is left of it; ``quantity`` is 0 for a reduction."""

    row_id: int
    entry_id: UUID | None
    amount: Decimal
    whole: bool
    quantity: Decimal
    parts: Decimal


@dataclass(slots=True)
class BilledLine:
    """A line of an issued invoice, and how much of it is credited (a size, like all amounts here)."""

    id: UUID
    position: int
    kind: LineKind
    description: str
    quantity: Decimal
    unit: str
    price: Decimal
    surcharge: Decimal
    net: Decimal
    vat: Vat
    currency: str
    phase: str | None = None
    day: date | None = None
    article: str | None = None
    discount: Decimal = _NOTHING
    credited: Decimal = _NOTHING
    shares: list[BilledShare] = field(default_factory=list)

    @property
    def sign(self) -> int:
        return -1 if self.net < 0 else 1

    @property
    def left(self) -> Decimal:
        """All that is left of the line."""
        return abs(self.net) - self.credited

    @property
    def standing(self) -> list[BilledShare]:
        """Shares of which something is left."""
        return [share for share in self.shares if not share.gone]

    @property
    def finished(self) -> bool:
        """Whether nothing is left to credit. What was billed at nothing can come back as well."""
        return not self.left and not self.standing

    def left_of(self, shares: Sequence[BilledShare]) -> Decimal:
        """What is left of some of its shares: they come back when exactly that is credited."""
        chosen = {share.row_id for share in shares}
        if all(share.gone or share.row_id in chosen for share in self.shares):
            return self.left
        values = self._values()
        taken = sum((self._taken(share, values) for share in self.shares), Fraction(0))
        rest = sum((values[share.row_id] - self._taken(share, values) for share in shares), Fraction(0))
        return min(max(_rounded(taken + rest, decimals(self.currency)) - self.credited, _NOTHING), self.left)

    def take_all(self, shares: Sequence[BilledShare]) -> tuple[Decimal, list[ShareTake]]:
        """Credit all that is left of ``shares``; how much it is, and of which."""
        amount, values = self.left_of(shares), self._values()
        takes = [self._whole(share, values) for share in shares if not share.gone]
        for share in shares:
            share.gone = True
        self.credited += amount
        return amount, takes

    def reduce(self, amount: Decimal, shares: Sequence[BilledShare]) -> list[ShareTake]:
        """Credit less than what is left of ``shares``: it is divided over them by what is left of each."""
        values = self._values()
        rests = [values[share.row_id] - self._taken(share, values) for share in shares]
        total, upto, before, takes = sum(rests, Fraction(0)), Fraction(0), _NOTHING, []
        for share, rest in zip(shares, rests, strict=True):
            upto += rest
            now = _rounded(Fraction(amount) * upto / total, _EXACT)
            part, before = now - before, now
            share.taken += part
            takes.append(ShareTake(share.row_id, share.entry_id, part, False, _NOTHING, part * PARTS))
        self.credited += amount
        return takes

    def restore(self, taken: Mapping[int, Decimal]) -> Decimal:
        """Undo that rows were given back (row → what was taken of its share); how much less is credited."""
        for share in self.shares:
            if share.row_id in taken:
                share.gone, share.taken = False, max(share.taken - taken[share.row_id], _NOTHING)
        values = self._values()
        before = self.credited
        exact = sum((self._taken(share, values) for share in self.shares), Fraction(0))
        self.credited = min(_rounded(exact, decimals(self.currency)), before)
        return before - self.credited

    def _whole(self, share: BilledShare, values: Mapping[int, Fraction]) -> ShareTake:
        rest = _rounded(values[share.row_id] - self._taken(share, values), _EXACT)
        parts = abs(share.parts) if share.untouched else rest * PARTS
        return ShareTake(share.row_id, share.entry_id, rest, True, abs(share.quantity), parts)

    def _values(self) -> dict[int, Fraction]:
        """The exact value of each share: their part of the line's net."""
        total = sum((abs(Fraction(share.parts)) for share in self.shares), Fraction(0))
        net = abs(Fraction(self.net))
        return {share.row_id: net * abs(Fraction(share.parts)) / (total or 1) for share in self.shares}

    def _taken(self, share: BilledShare, values: Mapping[int, Fraction]) -> Fraction:
        value = values[share.row_id]
        return value if share.gone else min(Fraction(share.taken), value)


@dataclass(slots=True)
class BilledRate:
    """What an invoice comes to at one VAT rate, and what credit notes credited of it; with their signs.

    ``given_back``: what later regular invoices gave back of its lines, excluding VAT.
    """

    net: Decimal
    vat: Decimal
    credited_net: Decimal = _NOTHING
    credited_vat: Decimal = _NOTHING
    given_back: Decimal = _NOTHING

    def beyond(self, now: Decimal) -> Decimal:
        """By how much crediting ``now`` more would be more than is left at this rate (or less than nothing)."""
        total, left = self.credited_net + now, self.net - self.given_back
        if self.net >= 0:
            return max(total - max(left, self.credited_net), -total, _NOTHING)
        return max(min(left, self.credited_net) - total, total, _NOTHING)


@dataclass(slots=True)
class Billed:
    """An issued invoice as it can be credited. ``credited`` and ``to_pay`` include VAT.

    ``open``, of an advance: what no invoice has deducted yet, per VAT rate; it can be credited for no more.
    """

    invoice_id: UUID
    number: str
    currency: str
    to_pay: Decimal
    credited: Decimal
    lines: Sequence[BilledLine]
    rates: Mapping[Vat, BilledRate]
    open: dict[Vat, Decimal] | None = None
    _places: dict[int, BilledLine] = field(default_factory=dict)

    def line(self, position: int) -> BilledLine | None:
        if not self._places:
            self._places = {line.position: line for line in self.lines}
        return self._places.get(position)

    def left_of(self, line: BilledLine) -> Decimal:
        """All that can be credited of a line."""
        return line.left if self.open is None else min(line.left, self.open.get(line.vat, _NOTHING))

    def rows_left(self) -> set[int]:
        """Ledger rows of which something is billed here."""
        return {share.row_id for line in self.lines for share in line.standing}


def entries_of(line: BilledLine, entries: Iterable[UUID]) -> list[BilledShare]:
    """The shares of these entries."""
    wanted = set(entries)
    return [share for share in line.shares if share.entry_id in wanted]


def _rounded(value: Fraction, places: int) -> Decimal:
    """Half up; ``value`` is zero or more."""
    scaled = value * 10**places
    return Decimal(int(scaled + Fraction(1, 2))).scaleb(-places)
