"""The press: processes of their own that make documents, so that HTTP and messages never wait for a page.

They are started with the first order and ended when there is nothing to do for a while: the compiled rules take
240 MB. One that has grown too big (an annex of thousands of rows) is replaced. A document that kills its maker, or
takes for ever, fails alone: the others of its batch are made again, one by one.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Final

from prometheus_client import Gauge

from services.billing.documents.making import make_all
from services.billing.documents.outcomes import Order, Reason, Result, all_failed

MEMORY: Final = Gauge(
    "uurwerk_documents_maker_bytes", "Most memory that a process which makes documents has used; 0 while none runs."
)
#: A bigger one gives its memory back.
LARGEST: Final = 900 * 1024 * 1024
#: Seconds that one invoice may take. The biggest that was tried, of 13,000 lines, takes a minute or two and 2.3 GB.
LONGEST: Final = 900


class Press:
    """``processes`` at most; they end after ``idle`` seconds without work. For one event loop."""

    def __init__(self, processes: int = 1, idle: float = 300) -> None:
        self._processes = processes
        self._idle = idle
        self._pool: ProcessPoolExecutor | None = None
        self._used = 0.0

    @property
    def running(self) -> bool:
        return self._pool is not None

    async def make(self, orders: Sequence[Order]) -> list[Result]:
        """A result for each order, in any order."""
        share = -(-len(orders) // self._processes)
        chunks = [orders[start : start + share] for start in range(0, len(orders), share)]
        made = await asyncio.gather(*(self._make(chunk) for chunk in chunks))
        return [result for results in made for result in results]

    async def _make(self, orders: Sequence[Order]) -> list[Result]:
        """All together; one by one when that fails, so that what cannot be made fails alone."""
        if len(orders) > 1:
            try:
                return await self._print(orders)
            except Exception as error:
                self._close_if_broken(error)
        return [await self._alone(order) for order in orders]

    async def _alone(self, order: Order) -> Result:
        try:
            (result,) = await self._print([order])
        except Exception as error:  # whatever it is, it is about this one
            self._close_if_broken(error)
            if isinstance(error, BrokenProcessPool):
                ended = "The process that makes documents ended in the middle of this one."
                return all_failed(order.invoice_id, order.wanted, Reason.DIED, ended)
            told = f"{type(error).__name__}: {error}"
            return all_failed(order.invoice_id, order.wanted, Reason.ERROR, told)
        return result

    def _close_if_broken(self, error: Exception) -> None:
        if isinstance(error, BrokenProcessPool):
            self.close()

    async def _print(self, orders: Sequence[Order]) -> list[Result]:
        if self._pool is None:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._processes, mp_context=spawn, initializer=_begin)
        pool = self._pool
        results, memory = await asyncio.get_running_loop().run_in_executor(pool, _work, list(orders))
        self._used = time.monotonic()
        MEMORY.set(memory)
        if memory > LARGEST and pool is self._pool:
            self.close()
        return results

    def rest(self) -> None:
        """Called when there is nothing to make: ends the processes that were idle for long."""
        if self._pool is not None and time.monotonic() - self._used > self._idle:
            self.close()

    def close(self) -> None:
        """End the processes; the next order starts new ones."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)
            MEMORY.set(0)


def _begin() -> None:
    """In a new process: Ctrl-C is its parent's business, requests go before documents, and no parent, no child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(5)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _work(orders: list[Order]) -> tuple[list[Result], int]:
    faulthandler.dump_traceback_later(LONGEST * len(orders), exit=True)
    try:
        return make_all(orders)
    finally:
        faulthandler.cancel_dump_traceback_later()
