"""What a user changed about a draft, kept when its lines are made anew (domain.md, "Drafts").

A line of ledger rows is the same line as long as it is of one kind and price and takes a row that it took before;
then it keeps its id, the text that the user wrote, its discount, and its place where the user chose the order. Lines
without ledger rows stay as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from services.billing.domain.content import Content
from services.billing.domain.lines import Line, LineKind
from services.billing.domain.settlement import Deduction
from services.billing.domain.vat import Vat, VatBasis


@dataclass(frozen=True, slots=True)
class LineChange:
    """The fields of a line that are to change, by their names; ``deduct``: at most this much of the advance."""

    fields: Mapping[str, Any]
    deduct: Decimal | None = None


BY_HAND: Final = (LineKind.ARTICLE, LineKind.ADVANCE)


def by_hand(lines: Iterable[Line]) -> list[Line]:
    """The lines that were made by hand: they take nothing of the ledger, and stay as they are."""
    return [line for line in lines if line.kind in BY_HAND]


def part_carried_over(before: Iterable[Line], anew: Line) -> Line:
    """The line of a part of a fixed price, with what the user had changed about it."""
    for line in before:
        if line.kind is LineKind.FIXED_PRICE and not line.shares:
            return _like(anew, line)
    return anew


def taxed_anew(lines: Iterable[Line], basis: VatBasis) -> list[Line]:
    """Lines without ledger rows, as the customer is taxed now. Raises UnknownStandardRateError."""
    return [replace(line, vat=basis.of(line.asked_vat_rate)) for line in lines]


def carried_over(before: Sequence[Line], anew: Sequence[Line]) -> list[Line]:
    """``anew`` with what the user had chosen about the same lines ``before``; the discount is not taken off yet."""
    left = {line.id: line for line in before if line.shares}
    by_row: dict[int, list[Line]] = {}
    for line in left.values():
        for share in line.shares:
            by_row.setdefault(share.row_id, []).append(line)
    result = []
    for line in anew:
        same = _same(line, by_row, left)
        if same is None:
            result.append(line)
            continue
        del left[same.id]
        result.append(_like(line, same))
    return result


def _same(line: Line, by_row: dict[int, list[Line]], left: dict[UUID | None, Line]) -> Line | None:
    """The line of before that shares most rows with ``line``; of equals the first."""
    shared: Counter[UUID | None] = Counter()
    for share in line.shares:
        for known in by_row.get(share.row_id, ()):
            if known.id in left and _kind(known) == _kind(line):
                shared[known.id] += 1
    return left[shared.most_common(1)[0][0]] if shared else None


def _kind(line: Line) -> tuple[LineKind, Decimal, Decimal, bool]:
    return line.kind, line.price, line.surcharge, line.quantity < 0


def _like(line: Line, same: Line) -> Line:
    takes_discount = line.net >= 0
    return replace(
        line,
        id=same.id,
        description=same.description if same.own_text else line.description,
        own_text=same.own_text,
        discount_percentage=same.discount_percentage if takes_discount else None,
        discount_amount=same.discount_amount if takes_discount else None,
    )


def in_chosen_order(lines: Sequence[Line], order: Sequence[UUID]) -> list[Line]:
    """``lines`` in the order that the user chose; a line that it does not hold follows its neighbour above."""
    places = {line_id: place for place, line_id in enumerate(order)}
    chosen: list[tuple[int, Line]] = []
    first: list[Line] = []
    following = first
    after: dict[int, list[Line]] = {}
    for line in lines:
        if line.id is not None and line.id in places:
            place = places[line.id]
            chosen.append((place, line))
            following = after.setdefault(place, [])
        else:
            following.append(line)
    result = list(first)
    for place, line in sorted(chosen, key=lambda pair: pair[0]):
        result += [line, *after[place]]
    return result


def known_deductions(lines: Iterable[Line], deductions: Sequence[Deduction]) -> dict[tuple[UUID, Vat], Line]:
    """The deduction lines among ``lines`` by the advance and VAT that they deduct; both are in one order."""
    own = [line for line in lines if line.kind is LineKind.DEDUCTION]
    return {(one.invoice_id, one.vat): line for one, line in zip(deductions, own, strict=True)}


def with_known_deductions(content: Content, known: Mapping[tuple[UUID, Vat], Line]) -> Content:
    """``content`` whose deduction lines keep the id, and the text of the user, that they had."""
    first = len(content.lines) - len(content.deductions)
    lines = list(content.lines)
    for place, deduction in enumerate(content.deductions, start=first):
        before = known.get((deduction.invoice_id, deduction.vat))
        if before is not None:
            text = before.description if before.own_text else lines[place].description
            lines[place] = replace(lines[place], id=before.id, description=text, own_text=before.own_text)
    return replace(content, lines=lines)
