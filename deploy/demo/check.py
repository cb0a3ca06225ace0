"""The demo's own check: the ledger and the invoices against the input, to the cent.

It reckons from the messages that were sent, with whole fractions and with none of billing's code.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from deploy.demo.firm import bill_rate
from deploy.demo.generator import Record

Item = dict[str, Any]
#: (customer, project): an account of billing; project None is the customer's own.
Account = tuple[str, str | None]
CENT = Decimal("0.01")


def cents(amount: Fraction) -> Decimal:
    """Rounded half up, away from zero."""
    exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    return exact.quantize(CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the input says: the exact value of each line that counts, by entry name, and whose account it is on."""

    value: dict[str, Fraction]
    account: dict[str, Account]
    orders: int
    taken_back: frozenset[str]

    def unbilled(self, names: Iterable[str]) -> dict[Account, Fraction]:
        sums: dict[Account, Fraction] = defaultdict(Fraction)
        for name in names:
            sums[self.account[name]] += self.value[name]
        return dict(sums)


def expected_of(records: Sequence[Record]) -> Expected:
    """The last revision of each order counts, whatever came in which order and how often."""
    last: dict[str, Item] = {}
    for record in records:
        document = _document(record)
        if document is not None:
            name = document["external_id"]
            if name not in last or document["revision"] > last[name]["revision"]:
                last[name] = document
    value: dict[str, Fraction] = {}
    account: dict[str, Account] = {}
    taken_back: set[str] = set()
    for name, document in last.items():
        project = document.get("project")
        for line in document["lines"]:
            entry = f"{name}/{line['line_id']}"
            if document["status"] != "completed":
                taken_back.add(entry)
                continue
            value[entry] = _value(line, document["customer"], project)
            account[entry] = (document["customer"], project)
    return Expected(value, account, len(last), frozenset(taken_back))


def _document(record: Record) -> Item | None:
    try:
        document: Item = json.loads(record.value)
    except ValueError:
        return None
    prices = [line.get("unit_price") for line in document["lines"]]
    valid = "revision" in document and not any(isinstance(price, float) for price in prices)
    return document if valid else None


def _value(line: Item, customer: str, project: str | None) -> Fraction:
    if line["kind"] in ("labour", "travel"):
        worked = datetime.fromisoformat(line["end"]) - datetime.fromisoformat(line["start"])
        minutes: int = worked // timedelta(minutes=1) - line.get("break_minutes", 0)
        return minutes * Fraction(bill_rate(line["kind"], customer, project)) / 60
    if line["kind"] == "expense":
        return Fraction(line["amount"])
    quantity = line.get("kilometres") or line["quantity"]
    return Fraction(quantity) * Fraction(line["unit_price"])


@dataclass(slots=True)
class Check:
    """Questions and their answers; ``failures`` says what is off."""

    passed: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def equal(self, what: str, seen: object, wanted: object) -> None:
        if seen == wanted:
            self.passed.append(what)
        else:
            self.failures.append(f"{what}: {_difference(seen, wanted)}")

    @property
    def ok(self) -> bool:
        return not self.failures


def _difference(seen: object, wanted: object) -> str:
    if isinstance(seen, dict) and isinstance(wanted, dict):
        keys = [key for key in {**seen, **wanted} if seen.get(key) != wanted.get(key)]
        return "; ".join(f"{key}: {seen.get(key)}, not {wanted.get(key)}" for key in keys[:5])
    return f"{seen}, not {wanted}"


def account_of(item: Item) -> Account:
    return item["customer"], item["project"]


def check_unbilled(check: Check, expected: Expected, approved: Iterable[str], accounts: Sequence[Item]) -> None:
    """Before invoicing: each balance is what the input says."""
    wanted = {account: cents(value) for account, value in expected.unbilled(approved).items()}
    seen = {account_of(item): Decimal(item["unbilled"]) for item in accounts if Decimal(item["unbilled"])}
    check.equal(f"unbilled of {len(wanted)} accounts equals the input", seen, wanted)


def check_invoices(check: Check, expected: Expected, approved: set[str], invoices: Sequence[Item]) -> None:
    """After invoicing: each entry on one line, each line its value, each total the sum of its lines."""
    on_lines: Counter[str] = Counter()
    off: dict[str, object] = {}
    right: dict[str, object] = {}
    for invoice in invoices:
        number = invoice["number"]
        for line in invoice["lines"]:
            names = [entry["name"] for entry in line["entries"]]
            on_lines.update(names)
            if names:
                place = f"{number} line {line['position']}"
                off[place] = Decimal(line["net"])
                right[place] = cents(sum((expected.value[name] for name in names), Fraction(0)))
        off[f"{number} total"], right[f"{number} total"] = _totals(invoice), _reckoned(invoice)
    check.equal(f"each of {len(approved)} approved lines is invoiced once", dict(on_lines), dict.fromkeys(approved, 1))
    check.equal(f"{len(off)} invoice lines and totals come to what the input says, to the cent", off, right)
    numbers = [int(invoice["sequence"]) for invoice in invoices]
    check.equal("invoice numbers have no gap", sorted(numbers), list(range(1, len(numbers) + 1)))


def _totals(invoice: Item) -> tuple[Decimal, ...]:
    return tuple(Decimal(invoice[field]) for field in ("net", "vat", "to_pay"))


def _reckoned(invoice: Item) -> tuple[Decimal, ...]:
    by_rate: dict[Decimal, Decimal] = defaultdict(Decimal)
    for line in invoice["lines"]:
        by_rate[Decimal(line["vat_rate"])] += Decimal(line["net"])
    net = sum(by_rate.values(), Decimal(0))
    vat = sum((cents(Fraction(sums) * Fraction(rate) / 100) for rate, sums in by_rate.items()), Decimal(0))
    return net, vat, net + vat


def check_settlement(check: Check, advance: Item, accounts: Sequence[Item], invoices: Sequence[Item]) -> None:
    """What was deducted and what is open are what was billed in advance."""
    deducted = sum(
        (-Decimal(line["net"]) for invoice in invoices for line in invoice["lines"] if line["kind"] == "deduction"),
        Decimal(0),
    )
    still_open = sum((Decimal(item["advance_open"]) for item in accounts), Decimal(0))
    check.equal(
        "advances: deducted and open are what was billed ahead", deducted + still_open, Decimal(advance["net"])
    )
