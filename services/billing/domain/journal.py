"""The journal of sales: what an issued invoice says in debit and credit, on the ledger accounts of the firm's books.

A document is one entry. Its debits and credits are equal, to the cent: what the customer pays, on the one side, is
what it pays for and the VAT, on the other. What was billed ahead is a debt to the customer (``advances``) until a
regular invoice deducts it: that makes it revenue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

_ZERO: Final = Decimal(0)


class Use(StrEnum):
    """What an account is used for."""

    RECEIVABLES = "receivables"
    REVENUE = "revenue"
    ADVANCES = "advances"
    VAT = "vat"


@dataclass(frozen=True, slots=True)
class AccountRule:
    """Which account of the books takes something. What is None fits all; see :meth:`Chart.code`."""

    use: Use
    code: str
    kind: str | None = None
    vat_category: str | None = None
    vat_rate: Decimal | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two rules the same."""
        return self.use, self.kind, self.vat_category, self.vat_rate

    def fits(self, use: Use, kind: str | None, vat_category: str | None, vat_rate: Decimal | None) -> bool:
        return (
            self.use is use
            and self.kind in (None, kind)
            and self.vat_category in (None, vat_category)
            and self.vat_rate in (None, vat_rate)
        )

    @property
    def specific(self) -> tuple[bool, bool, bool]:
        return self.kind is not None, self.vat_rate is not None, self.vat_category is not None


#: Where the organisation says nothing: usual codes of a small Dutch chart of accounts.
DEFAULTS: Final = (
    AccountRule(Use.RECEIVABLES, "1300"),
    AccountRule(Use.ADVANCES, "1800"),
    AccountRule(Use.VAT, "1500"),
    AccountRule(Use.REVENUE, "8000"),
)

#: Lines that are billed ahead, or take off what was.
_AHEAD: Final = ("advance", "deduction")


@dataclass(frozen=True, slots=True)
class Chart:
    """The firm's accounts: its own rules before the defaults."""

    rules: Sequence[AccountRule] = ()

    def code(
        self, use: Use, kind: str | None = None, vat_category: str | None = None, vat_rate: Decimal | None = None
    ) -> str:
        """The code of the most specific rule that fits: by kind of line first, then VAT rate, then category."""
        for rules in (self.rules, DEFAULTS):
            if fitting := [rule for rule in rules if rule.fits(use, kind, vat_category, vat_rate)]:
                return max(fitting, key=lambda rule: rule.specific).code
        raise AssertionError("the defaults fit everything")


@dataclass(frozen=True, slots=True)
class LineSum:
    """Lines of one kind at one VAT rate together, excluding VAT."""

    kind: str
    vat_category: str
    vat_rate: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class VatSum:
    vat_category: str
    vat_rate: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True)
class Posting:
    """A row of the journal: a debit or a credit, never both, never negative."""

    use: Use
    account: str
    debit: Decimal
    credit: Decimal
    vat_category: str | None = None
    vat_rate: Decimal | None = None


def postings(to_pay: Decimal, lines: Iterable[LineSum], vat: Iterable[VatSum], chart: Chart) -> list[Posting]:
    """The entry of a document: receivables, then revenue and advances, then VAT; nothing where nothing is.

    ``to_pay`` is the sum of the lines and of the VAT. A credit note's amounts are negative: its debits are credits.
    """
    rows = [_posting(Use.RECEIVABLES, chart.code(Use.RECEIVABLES), to_pay)]
    sums: dict[tuple[Use, str, str, Decimal], Decimal] = {}
    for line in lines:
        use = Use.ADVANCES if line.kind in _AHEAD else Use.REVENUE
        code = chart.code(use, line.kind, line.vat_category, line.vat_rate)
        key = (use, code, line.vat_category, line.vat_rate)
        sums[key] = sums.get(key, _ZERO) + line.net
    rows += [_posting(use, code, -net, category, rate) for (use, code, category, rate), net in sums.items()]
    for part in vat:
        code = chart.code(Use.VAT, None, part.vat_category, part.vat_rate)
        rows.append(_posting(Use.VAT, code, -part.vat, part.vat_category, part.vat_rate))
    return [row for row in rows if row.debit or row.credit]


def _posting(
    use: Use, code: str, debit: Decimal, vat_category: str | None = None, vat_rate: Decimal | None = None
) -> Posting:
    return Posting(use, code, max(debit, _ZERO), max(-debit, _ZERO), vat_category, vat_rate)
