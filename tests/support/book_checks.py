"""What must hold of an organisation's books, seen only through the API: by the self-check, and by adding up lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from deploy.client.api import Api

PARTS = Decimal(6000)
CENT = Decimal("0.01")
ZERO = Decimal(0)
Invoice = dict[str, Any]


def money(value: Decimal) -> Decimal:
    return value.quantize(CENT, rounding=ROUND_HALF_UP) + 0


class BookChecks:
    """Looks at everything that an organisation has. An issued invoice is read again when something moved on it.

    ``ledger``: all rows of all accounts, as they were found last.
    """

    def __init__(self, office: Api) -> None:
        self._office = office
        self._known: dict[str, Invoice] = {}
        self.ledger: list[dict[str, Any]] = []

    def all_hold(self) -> None:
        """Raises AssertionError with what does not hold."""
        self.self_check()
        accounts = list(self._office.all("/v1/accounts"))
        invoices = list(self._office.all("/v1/invoices"))
        whole = [self._whole(invoice) for invoice in invoices if invoice["number"]]
        self.ledger = [row for account in accounts for row in self._balance(account)]
        self._advances(accounts, whole)
        self._numbers(whole)
        for invoice in whole:
            self._sums(invoice)

    def self_check(self) -> None:
        report = self._office.post("/v1/self-check")
        assert report["findings"] == 0, [check for check in report["checks"] if check["findings"]]

    def _balance(self, account: Invoice) -> list[dict[str, Any]]:
        """The balance is the sum of the ledger, and of what is listed; entry by entry. The ledger's rows."""
        ledger = list(self._office.all(f"{_path(account)}/ledger"))
        listed = list(self._office.all(f"{_path(account)}/entries"))
        exact = {row["id"]: Decimal(row["exact"]) for row in ledger}
        held = sum((exact[row["ledger_row"]] for row in listed if row["draft"]), ZERO)
        total = sum(exact.values(), ZERO)
        assert Decimal(account["unbilled"]) == money(total / PARTS), (account, total)
        assert Decimal(account["reserved"]) == money(held / PARTS), (account, held)
        assert _by_entry(ledger, exact, "id") == _by_entry(listed, exact, "ledger_row"), account
        return ledger

    def _whole(self, summary: Invoice) -> Invoice:
        known = self._known.get(summary["id"])
        moving = ("state", "paid", "credited", "outstanding", "owed", "overdue")
        if known is None or any(known[name] != summary[name] for name in moving):
            known = self._known[summary["id"]] = self._office.get(f"/v1/invoices/{summary['id']}")
        return known

    def _advances(self, accounts: Iterable[Invoice], invoices: Iterable[Invoice]) -> None:
        """Issued − deducted − credited is open: lines of credit notes have the other sign."""
        left: dict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
        for invoice in invoices:
            place = (invoice["customer"], invoice["project"])
            for line in invoice["lines"]:
                if line["kind"] in ("advance", "deduction"):
                    left[place] += Decimal(line["net"])
        for account in accounts:
            place = (account["customer"], account["project"])
            assert Decimal(account["advance_open"]) == left[place], (account, left[place])

    def _numbers(self, invoices: Iterable[Invoice]) -> None:
        """1…n in each series and year, and dates that do not decrease."""
        series: dict[tuple[str, int], list[tuple[int, str]]] = defaultdict(list)
        for invoice in invoices:
            series[invoice["series"], invoice["fiscal_year"]].append((invoice["sequence"], invoice["issue_date"]))
        for numbers in series.values():
            numbers.sort()
            assert [number for number, _ in numbers] == list(range(1, len(numbers) + 1))
            assert [day for _, day in numbers] == sorted(day for _, day in numbers)

    def _sums(self, invoice: Invoice) -> None:
        """Lines add up to the net amount, VAT is rounded once per rate, payments add up to what is paid."""
        net, vat, to_pay = (Decimal(invoice[name]) for name in ("net", "vat", "to_pay"))
        assert net + vat == to_pay, invoice
        assert sum((Decimal(line["net"]) for line in invoice["lines"]), ZERO) == net, invoice
        per_rate: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for line in invoice["lines"]:
            per_rate[line["vat_rate"], line["vat_category"]] += Decimal(line["net"])
        for part in invoice["vat_lines"]:
            of_lines = per_rate.pop((part["rate"], part["category"]))
            assert of_lines == Decimal(part["net"]), invoice
            if invoice["type"] != "credit note":
                assert Decimal(part["vat"]) == money(of_lines * Decimal(part["rate"]) / 100), invoice
        assert not any(per_rate.values()), invoice
        assert sum((Decimal(part["vat"]) for part in invoice["vat_lines"]), ZERO) == vat, invoice
        paid = sum((Decimal(payment["amount"]) for payment in invoice["payments"]), ZERO)
        assert Decimal(invoice["paid"]) == paid, invoice


def _path(account: Invoice) -> str:
    if account["project"] is not None:
        return f"/v1/projects/{account['project']}/account"
    return f"/v1/customers/{account['customer']}/account"


def _by_entry(
    rows: Iterable[dict[str, Any]], exact: dict[int, Decimal], key: str
) -> dict[tuple[str | None, str | None], Decimal]:
    """Exact amounts of each entry or external cost; what comes to nothing is left out."""
    sums: dict[tuple[str | None, str | None], Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row["entry_id"], row["external_cost_id"]] += exact[row[key]]
    return {place: amount for place, amount in sums.items() if amount}
