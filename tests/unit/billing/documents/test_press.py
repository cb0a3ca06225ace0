"""The press: processes of their own, of which one that dies takes nothing with it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from services.billing.documents.content import DocumentKind
from services.billing.documents.outcomes import DocumentState, Made, NotMade, Order, Reason, Result
from services.billing.documents.press import Press
from shared.ids import new_id
from tests.support.documents import DUTCH, invoice, line, rules

BOTH = frozenset(DocumentKind)


def order(**given: object) -> Order:
    return Order(new_id(), invoice(**given), BOTH)  # type: ignore[arg-type]


def children() -> set[int]:
    return {child.pid for child in multiprocessing.active_children() if child.pid is not None}


async def made(press: Press, *orders: Order) -> dict[object, Result]:
    return {result.invoice_id: result for result in await press.make(orders)}


async def test_documents_are_made_in_processes_of_their_own() -> None:
    press = Press(processes=2, idle=0)
    try:
        good, person = order(), order(buyer=replace(DUTCH, kind="person"))
        abroad = order(buyer=replace(DUTCH, country="US"))
        unreachable = order(buyer=replace(DUTCH, vat_id=None, registration_number=None))
        wrong = order(seller=replace(invoice().seller, vat_id=None))
        results = await made(press, good, person, abroad, unreachable, wrong)
        e_invoices = {key: result.outcomes[DocumentKind.E_INVOICE] for key, result in results.items()}
        assert isinstance(e_invoices[good.invoice_id], Made)
        assert rules().broken(e_invoices[good.invoice_id].content) == []
        reasons = [
            (outcome.state, outcome.reason)
            for outcome in (e_invoices[o.invoice_id] for o in (person, abroad, unreachable, wrong))
            if isinstance(outcome, NotMade)
        ]
        assert reasons == [
            (DocumentState.NONE, Reason.PERSON),
            (DocumentState.NONE, Reason.UNREACHABLE),
            (DocumentState.FAILED, Reason.NO_E_ADDRESS),
            (DocumentState.FAILED, Reason.INVALID),
        ]
        assert all(isinstance(result.outcomes[DocumentKind.PDF], Made) for result in results.values())
        press.rest()
        assert not press.running
    finally:
        press.close()


async def test_a_maker_that_is_killed_is_replaced() -> None:
    press = Press()
    before = children()
    try:
        await press.make([order()])
        (maker,) = children() - before
        os.kill(maker, signal.SIGKILL)
        several = [order() for _ in range(3)]
        results = await made(press, *several)
        assert set(results) == {o.invoice_id for o in several}
        assert all(isinstance(r.outcomes[DocumentKind.PDF], Made) for r in results.values())
    finally:
        press.close()


async def test_a_document_that_kills_its_maker_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that the maker cannot even take in stands for it: unpickling it ends the process."""
    press = Press()
    try:
        deadly = Order(new_id(), replace(invoice(), intro=Deadly()), BOTH)  # type: ignore[arg-type]
        good = [order(), order()]
        results = await asyncio.wait_for(made(press, good[0], deadly, good[1]), 60)
        outcomes = results[deadly.invoice_id].outcomes
        assert [o.reason for o in outcomes.values() if isinstance(o, NotMade)] == [Reason.DIED, Reason.DIED]
        assert all(isinstance(results[o.invoice_id].outcomes[DocumentKind.PDF], Made) for o in good)
    finally:
        press.close()


class Deadly(str):
    __slots__ = ()

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (9,)


async def test_it_does_not_block_the_event_loop() -> None:
    press = Press()
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    ticking = asyncio.create_task(tick())
    try:
        await press.make([Order(new_id(), invoice(*(line(n) for n in range(1, 400))), BOTH)])
        assert ticks > 10
    finally:
        ticking.cancel()
        press.close()


_PARENT = """
import asyncio, multiprocessing
from services.billing.documents.press import Press
from tests.unit.billing.documents.test_press import order

async def main():
    await press.make([order()])
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    await asyncio.sleep(60)

if __name__ == "__main__":
    press = Press()
    asyncio.run(main())
"""


async def test_no_maker_outlives_who_started_it(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    parent = await asyncio.create_subprocess_exec(
        sys.executable, str(script), stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert parent.stdout is not None
    maker = int(await asyncio.wait_for(parent.stdout.readline(), 60))
    os.kill(maker, 0)
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(20):
        while _lives(maker):  # noqa: ASYNC110 - a process of which this one is not the parent
            await asyncio.sleep(0.05)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


async def test_what_cannot_be_handed_over_fails_alone() -> None:
    press = Press()
    try:
        bad, good = Order(new_id(), replace(invoice(), intro=lambda: "x"), BOTH), order()  # type: ignore[arg-type]
        results = await made(press, bad, good)
        assert {o.reason for o in results[bad.invoice_id].outcomes.values() if isinstance(o, NotMade)} == {
            Reason.ERROR
        }
        assert all(isinstance(o, Made) for o in results[good.invoice_id].outcomes.values())
    finally:
        press.close()
