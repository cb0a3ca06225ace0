"""``python -m tests.bench [NAME …]``: measures, prints tables, writes JSON."""

from __future__ import annotations

import json
import signal
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.bench.bench import Bench, Options
from tests.bench.machine import load_now, this_machine
from tests.bench.orders import MOST_LINES
from tests.bench.registry import NAMES, Expectation, Result, benchmark
from tests.bench.screen import Screen
from tests.support.flow import LINES


def main() -> int:
    """Exit code 0 unless something did not work; whether it was quick enough is said, not judged."""
    given = _arguments()
    options = Options(given.orders, given.lines, given.slow, given.tries, given.entries, given.billed, given.invoices)
    screen = Screen(_console())
    began, load = datetime.now(UTC), load_now()
    results: dict[str, Result] = {}
    with Bench(options, screen) as bench:
        machine = this_machine(bench.addresses, load)
        screen.say(f"  {machine.line()}")
        for name in given.names or NAMES:
            results[name] = benchmark(name).run(bench)
    for result in results.values():
        for shown in result.tables:
            screen.console.print(shown)
    _show_verdicts(screen, [e for result in results.values() for e in result.expectations])
    document: dict[str, Any] = {
        "began": began.isoformat(timespec="seconds"),
        "machine": machine.as_json(),
        "options": asdict(options),
        "results": {name: result.figures for name, result in results.items()},
        "expectations": [_as_json(e) for result in results.values() for e in result.expectations],
    }
    given.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    screen.say(f"All figures: {given.json}")
    return 0


def _console() -> Console:
    """Wide enough for the tables, where it is no terminal."""
    return Console(width=None if sys.stdout.isatty() else 110)


def _arguments() -> Namespace:
    usual = Options()
    listed = "; ".join(f"{name}: {benchmark(name).title}" for name in NAMES)
    parser = ArgumentParser(prog="python -m tests.bench", description="Benchmarks on a real Kafka and PostgreSQL.")
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[[], *NAMES], help=f"which (all): {listed}")
    parser.add_argument("--orders", type=int, default=usual.orders, help="that go through the chain (%(default)s)")
    parser.add_argument(
        "--lines", type=int, default=usual.lines, choices=range(LINES, MOST_LINES + 1), help="of each order"
    )
    parser.add_argument("--slow", type=int, default=usual.slow, help="messages done in the slow way (%(default)s)")
    parser.add_argument("--tries", type=int, default=usual.tries, help="of each stage and way (%(default)s)")
    parser.add_argument(
        "--entries", type=int, default=usual.entries, help="of the timesheet, or rows of the ledger (%(default)s)"
    )
    parser.add_argument("--billed", type=int, default=usual.billed, help="entries on one invoice (%(default)s)")
    parser.add_argument("--invoices", type=int, default=usual.invoices, help="issued in one go (%(default)s)")
    parser.add_argument("--json", type=Path, default=Path("bench-result.json"), help="where to (%(default)s)")
    return parser.parse_args()


def _show_verdicts(screen: Screen, expectations: list[Expectation]) -> None:
    for each in expectations:
        sign, word = ("[green]✓", "at least") if each.met else ("[yellow]✗", "expected at least")
        screen.say(f"{sign} {each.what}: {each.measured:,.1f}[/] ({word} {each.at_least:,g})")


def _as_json(expectation: Expectation) -> dict[str, object]:
    return {
        "what": expectation.what,
        "measured": expectation.measured,
        "at_least": expectation.at_least,
        "met": expectation.met,
    }


def _terminated(number: int, _: object) -> None:
    """Asked to end: what was started is stopped, and its data goes."""
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(main())
