"""Money on a bank statement, and which invoices it pays (domain.md, "Payments").

A payment is booked by itself only where nothing is left to guess: it names one invoice (or several), and its amount is
exactly what is still to be paid of it (of all of them). Everything else is shown to a person, with what it may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID


class Direction(StrEnum):
    CREDIT = "credit"
    DEBIT = "debit"


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction on a statement. ``key`` identifies it on its account, on whichever statement it comes again."""

    key: str
    booked_on: date
    amount: Decimal
    currency: str
    direction: Direction
    #: Money that was booked before and comes back, or goes back.
    returned: bool = False
    #: Who paid, or was paid.
    name: str | None = None
    counter_account: str | None = None
    end_to_end_id: str | None = None
    #: References in a field of their own.
    references: Sequence[str] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An issued invoice of which something is still to be paid."""

    id: UUID
    number: str
    reference: str | None
    outstanding: Decimal
    currency: str


class Reason(StrEnum):
    """Why a person has to look."""

    NO_REFERENCE = "no-reference"
    AMOUNT_DIFFERS = "amount-differs"
    FOREIGN_CURRENCY = "foreign-currency"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Found:
    """The invoices that a transaction pays (``reason`` None), or may pay."""

    invoices: Sequence[OpenInvoice]
    reason: Reason | None = None


_OGM: Final = re.compile(r"(?<!\d)(\d{3})[/ .-]?(\d{4})[/ .-]?(\d{5})(?!\d)")
_RF: Final = re.compile(r"(?<![A-Z0-9])RF\d{2}(?: ?[A-Z0-9]){1,21}")
_RUNS: Final = re.compile(r"[A-Z0-9]+")
#: Shorter numbers stand in any text by chance.
_SHORTEST: Final = 4
#: Parts that a number can be written in: 2026-03-0012 has three.
_PARTS: Final = 5


def references_in(text: str) -> Iterator[str]:
    """Payment references in a text, as invoices write them; only those whose check digits are right."""
    upper = text.upper()
    for found in _OGM.finditer(upper):
        digits = "".join(found.groups())
        if int(digits[10:]) == (int(digits[:10]) % 97 or 97):
            yield f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"
    for found in _RF.finditer(upper):
        compact = found.group().replace(" ", "")
        # Words may follow it in the text: the longest beginning that is right counts.
        for end in range(len(compact), 4, -1):
            if _checks(compact[:end]):
                yield compact[:end]
                break


def _checks(reference: str) -> bool:
    """ISO 11649: the check digits of ISO 7064, mod 97-10."""
    moved = reference[4:] + reference[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


def _words(text: str) -> Iterator[str]:
    """Letters and digits of up to five neighbouring words, joined: ``2026-00012`` and ``2026 00012`` are 202600012."""
    runs = _RUNS.findall(text.upper())
    for start in range(len(runs)):
        joined = ""
        for run in runs[start : start + _PARTS]:
            joined += run
            yield joined


def _compact(number: str) -> str:
    return "".join(_RUNS.findall(number.upper()))


@dataclass(slots=True)
class Matcher:
    """Finds the invoices of transactions, one after the other: what one of them pays is not open for the next."""

    by_reference: dict[str, OpenInvoice] = field(default_factory=dict)
    by_number: dict[str, list[OpenInvoice]] = field(default_factory=dict)
    by_amount: dict[tuple[str, Decimal], list[OpenInvoice]] = field(default_factory=dict)
    paid: set[UUID] = field(default_factory=set)

    @classmethod
    def of(cls, invoices: Iterable[OpenInvoice]) -> Matcher:
        matcher = cls()
        for invoice in invoices:
            if invoice.reference is not None:
                matcher.by_reference[invoice.reference] = invoice
            if len(number := _compact(invoice.number)) >= _SHORTEST:
                matcher.by_number.setdefault(number, []).append(invoice)
            matcher.by_amount.setdefault((invoice.currency, invoice.outstanding), []).append(invoice)
        return matcher

    def find(self, transaction: Transaction) -> Found:
        """What it pays; ``suggest`` without taking it when a person has to look."""
        if transaction.returned:
            return Found((), Reason.RETURNED)
        named = self._named(transaction)
        if not named:
            equal = self.by_amount.get((transaction.currency, transaction.amount), [])
            return Found([invoice for invoice in equal if invoice.id not in self.paid], Reason.NO_REFERENCE)
        if any(invoice.currency != transaction.currency for invoice in named):
            return Found(named, Reason.FOREIGN_CURRENCY)
        if sum(invoice.outstanding for invoice in named) != transaction.amount:
            return Found(named, Reason.AMOUNT_DIFFERS)
        self.paid.update(invoice.id for invoice in named)
        return Found(named)

    def _named(self, transaction: Transaction) -> list[OpenInvoice]:
        """The open invoices that it names: by payment reference, else by number."""
        texts = [*transaction.references, transaction.end_to_end_id or "", transaction.text]
        found: dict[UUID, OpenInvoice] = {}
        for text in texts:
            for reference in references_in(text):
                if invoice := self.by_reference.get(reference):
                    found[invoice.id] = invoice
        if not found:
            for text in texts:
                for words in _words(text):
                    for invoice in self.by_number.get(words, ()):
                        found[invoice.id] = invoice
        return [invoice for invoice in found.values() if invoice.id not in self.paid]
