"""Documents are made after issue, by any process with the role ``documents``, as many side by side as there are.

Issuing queues them in its own transaction (migration 0008). A batch is one transaction: take invoices off the queue,
make what waits, keep it. A process that is killed in the middle gives all of them back; what is made stays for good.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from prometheus_client import Counter, Gauge
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.documents.content import DocumentKind, InvoiceContent
from services.billing.documents.outcomes import DocumentState, Made, NotMade, Order, Reason, Result, all_failed
from services.billing.documents.press import Press
from services.billing.handlers import emails
from services.billing.handlers.document_contents import contents
from services.billing.queries import documents
from shared.clock import Clock
from shared.database.database import Database
from shared.service import Sweep
from shared.settings import ProcessRole

#: Invoices of one transaction, for each process of the press: about a second's work.
BATCH: Final = 40
#: What a row that is not as it has to be raises; never what the database says.
_UNREADABLE: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)

OUTCOMES: Final = Counter("uurwerk_documents", "What became of documents that were to be made.", ("kind", "state"))
UNMADE: Final = Gauge("uurwerk_documents_unmade", "Documents that wait or failed, by state.", ("kind", "state"))


def documents_sweep(processes: int) -> Sweep:
    """Make what waits, in every process with the role ``documents``."""
    press = Press(processes)

    async def run(database: Database, clock: Clock) -> int:
        made = await make_waiting(database, clock, press, BATCH * processes)
        made += await make_waiting(database, clock, press, 1, big=True)
        if not made:
            press.rest()
            await _count(database)
        return made

    async def end() -> None:
        press.close()

    return Sweep("documents", timedelta(seconds=1), run, alone=False, role=ProcessRole.DOCUMENTS, end=end)


async def make_waiting(database: Database, clock: Clock, press: Press, limit: int, *, big: bool = False) -> int:
    """Make the documents of up to ``limit`` invoices, of the big ones or of the others; how many that were."""
    async with database.transaction() as session:
        ids = await documents.claim(session, limit, big=big)
        if not ids:
            return 0
        orders, results = await _orders(session, ids)
        if orders:
            results += await press.make(orders)
        now = clock()
        await _keep(session, results, now)
        await emails.after_documents(session, ids, now)
    return len(ids)


async def _orders(session: AsyncSession, ids: Sequence[UUID]) -> tuple[list[Order], list[Result]]:
    """What is to be made; and results of invoices of which not even that can be said."""
    wanted: defaultdict[UUID, set[DocumentKind]] = defaultdict(set)
    made: dict[UUID, bytes] = {}
    for row in await documents.of_invoices(session, ids):
        if row["state"] == DocumentState.WAITING:
            wanted[row["invoice_id"]].add(DocumentKind(row["kind"]))
        elif row["e_invoice"] is not None:
            made[row["invoice_id"]] = row["e_invoice"]
    some = [key for key in ids if key in wanted]
    said, results = await _said(session, some, wanted)
    return [Order(key, said[key], frozenset(wanted[key]), made.get(key)) for key in some if key in said], results


async def _said(
    session: AsyncSession, ids: Sequence[UUID], wanted: Mapping[UUID, Iterable[DocumentKind]]
) -> tuple[dict[UUID, InvoiceContent], list[Result]]:
    """What the invoices say. One of which that cannot be read (a copy without a name) fails alone."""
    try:
        return dict(zip(ids, await contents(session, ids), strict=True)), []
    except _UNREADABLE as error:
        if len(ids) == 1:
            told = f"{type(error).__name__}: {error}"
            return {}, [all_failed(ids[0], wanted[ids[0]], Reason.ERROR, told)]
    one_by_one = [await _said(session, [key], wanted) for key in ids]
    said = {key: content for found, _ in one_by_one for key, content in found.items()}
    return said, [result for _, results in one_by_one for result in results]


async def _keep(session: AsyncSession, results: Sequence[Result], now: datetime) -> None:
    """Each document's outcome, in the order of their keys."""
    outcomes = sorted(
        ((result.invoice_id, kind, outcome) for result in results for kind, outcome in result.outcomes.items()),
        key=lambda row: (row[0], row[1]),
    )
    made = [(key, kind.value, o.content) for key, kind, o in outcomes if isinstance(o, Made)]
    rest = [
        (key, kind.value, o.state.value, o.reason.value, o.detail)
        for key, kind, o in outcomes
        if isinstance(o, NotMade)
    ]
    await documents.keep(session, made, now)
    await documents.note(session, rest, now)
    for _, kind, outcome in outcomes:
        state = DocumentState.MADE if isinstance(outcome, Made) else outcome.state
        OUTCOMES.labels(kind.value, state.value).inc()


async def _count(database: Database) -> None:
    """What is not made, for ``/metrics``."""
    async with database.transaction() as session:
        found = {(row["kind"], row["state"]): row["number"] for row in await documents.counts(session)}
    for kind in DocumentKind:
        for state in (DocumentState.WAITING, DocumentState.FAILED):
            UNMADE.labels(kind.value, state.value).set(found.get((kind.value, state.value), 0))
