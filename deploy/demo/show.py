"""What the demo shows: progress while it works, tables of what came of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

Item = dict[str, Any]


class Show:
    def __init__(self, console: Console) -> None:
        self.console = console

    def say(self, text: str) -> None:
        self.console.print(text)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """A line with a spinner while it lasts, with the seconds it took when it is done."""
        started = time.perf_counter()
        with self.console.status(f"{what} …"):
            yield
        self.console.print(f"[green]✓[/] {what} [dim]{time.perf_counter() - started:.1f} s[/]")

    def counts(self, title: str, columns: tuple[str, str], counted: Counter[str]) -> None:
        self._table(title, columns, [(name, str(number)) for name, number in sorted(counted.items())])

    def dead_letters(self, letters: Sequence[Item]) -> None:
        rows = [(f"{item['partition']}/{item['offset']}", item["slug"], item["detail"]) for item in letters]
        self._table("Dead letters: kept, with place and reason", ("place", "slug", "why"), rows, right=())

    def accounts(self, title: str, accounts: Sequence[Item]) -> None:
        rows = [
            (item["project"] or "–", item["customer"], money(item["unbilled"]), money(item["advance_open"]))
            for item in sorted(accounts, key=lambda item: (item["customer"], item["project"] or ""))
        ]
        total = sum((Decimal(item["unbilled"]) for item in accounts), Decimal(0))
        rows.append(("", "together", money(total), ""))
        self._table(title, ("project", "customer", "unbilled", "open advances"), rows, right=(2, 3))

    def invoices(self, invoices: Sequence[Item]) -> None:
        rows: list[tuple[str, ...]] = [
            (
                i["number"],
                i["type"],
                i["customer"],
                i["project"] or "–",
                money(i["net"]),
                money(i["vat"]),
                money(i["to_pay"]),
            )
            for i in invoices
        ]
        sums = [money(sum((Decimal(i[f]) for i in invoices), Decimal(0))) for f in ("net", "vat", "to_pay")]
        rows.append(("", "", "", "together", *sums))
        columns = ("number", "type", "customer", "project", "net", "VAT", "total")
        self._table("Invoices", columns, rows, right=(4, 5, 6))

    def _table(
        self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = (1,)
    ) -> None:
        table = Table(header_style="dim", box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1), pad_edge=False)
        for position, column in enumerate(columns):
            table.add_column(column, justify="right" if position in right else "left", no_wrap=position in right)
        for row in rows:
            table.add_row(*row)
        self.console.print(f"\n[bold]{title}[/]")
        self.console.print(Padding(table, (0, 0, 1, 2)))


def money(amount: Decimal | str) -> str:
    return f"{Decimal(amount):,.2f}"
