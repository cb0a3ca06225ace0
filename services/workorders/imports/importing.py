"""Taking the orders of a file: in portions, each a transaction of its own, so that a big file blocks nobody.

A file that was cut off half-way can be sent again: what was taken is unchanged then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Final

from services.workorders.domain.refusal import Refusal
from services.workorders.domain.revisions import Outcome
from services.workorders.imports.csv_orders import csv_orders
from services.workorders.imports.json_lines import json_orders
from services.workorders.imports.lines import UTF_8, encoding_of
from services.workorders.imports.parsed import FileFormat, ParsedOrder
from services.workorders.intake import Arrival, How, take
from shared.clock import Clock
from shared.contracts.workorders import WorkOrder
from shared.database.database import Database
from shared.telemetry.tracing import current_traceparent

PORTION: Final = 500
MOST_PROBLEMS: Final = 10_000


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """An order that was not taken; ``line`` of the file, from 1."""

    line: int
    external_id: str | None
    slug: str
    detail: str


@dataclass
class ImportReport:
    """What became of the orders so far. ``problems`` holds the first 10,000; ``counts`` has all."""

    format: FileFormat
    encoding: str
    orders: int = 0
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    problems: list[ImportProblem] = field(default_factory=list)

    def add(self, parsed: ParsedOrder, outcome: Outcome, refusal: Refusal | None) -> None:
        self.orders += 1
        self.counts[outcome] += 1
        if refusal is not None and len(self.problems) < MOST_PROBLEMS:
            line = parsed.line if isinstance(parsed.content, Refusal) else parsed.place_of(refusal)
            self.problems.append(ImportProblem(line, parsed.external_id, refusal.slug, refusal.detail))


@dataclass(frozen=True, slots=True)
class Importer:
    """Who imports, and where to."""

    database: Database
    clock: Clock
    organisation: str
    subject: str

    async def take_file(self, file: IO[bytes], file_format: FileFormat) -> AsyncGenerator[ImportReport]:
        """Take the orders of ``file``; the report, growing, after each portion (and at least once).

        Raises :class:`UnreadableFile` before anything is taken.
        """
        encoding, orders = await asyncio.to_thread(self._open, file, file_format)
        report = ImportReport(file_format, encoding)
        # In a thread: reading blocks, and the event loop has other requests to answer.
        while portion := await asyncio.to_thread(lambda: list(islice(orders, PORTION))):
            await self._take(portion, report)
            yield report
        if not report.orders:
            yield report

    def _open(self, file: IO[bytes], file_format: FileFormat) -> tuple[str, Iterator[ParsedOrder]]:
        if file_format is FileFormat.JSON_LINES:
            return UTF_8, json_orders(file, self.organisation)
        encoding = encoding_of(file)
        return encoding, csv_orders(file, encoding, self.organisation)

    async def _take(self, portion: Sequence[ParsedOrder], report: ImportReport) -> None:
        trace = current_traceparent()
        readable = [(parsed, order) for parsed in portion if isinstance(order := parsed.content, WorkOrder)]
        arrivals = [Arrival(order, How.FILE, self.subject, trace) for _, order in readable]
        async with self.database.transaction() as session:
            receipts = await take(session, arrivals, self.clock())
        for parsed in portion:
            if isinstance(parsed.content, Refusal):
                report.add(parsed, Outcome.REFUSED, parsed.content)
        for (parsed, _), receipt in zip(readable, receipts, strict=True):
            report.add(parsed, receipt.outcome, receipt.refusal)
