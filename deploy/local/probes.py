"""Asking the real servers: are you there, and which version are you?"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.errors import StackError, last_lines

Result = TypeVar("Result")
PAUSE = 0.1  # seconds between two tries


def run_sync(work: Coroutine[object, object, Result]) -> Result:
    """Run a coroutine to its end from anywhere, also from code that an event loop is running."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


async def broker_answers(bootstrap: str) -> bool:
    """Whether a metadata request finds a broker and a controller."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=3000)
    with quiet_kafka():
        try:
            await admin.start()
            cluster = await admin.describe_cluster()
            return bool(cluster["brokers"]) and cluster["controller_id"] >= 0
        finally:
            await admin.close()


@contextmanager
def quiet_kafka() -> Iterator[None]:
    """Keep aiokafka's log off the screen where its errors are caught and said in our words."""
    logger = logging.getLogger("aiokafka")
    children = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.startswith("aiokafka")]
    before = [(child, child.level) for child in [logger, *children]]
    for child, _ in before:
        child.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for child, level in before:
            child.setLevel(level)


async def database_answers(url: str) -> str:
    """The version of the server behind a URL, asked in a query."""
    connection = await asyncpg.connect(url, timeout=5)
    try:
        version: str = await connection.fetchval("SELECT current_setting('server_version')")
        return version.split(maxsplit=1)[0]
    finally:
        await connection.close()


def wait_until(
    answers: Callable[[], Awaitable[Result]],
    *,
    what: str,
    seconds: float,
    log: Path | None = None,
    ended: Callable[[], bool] = lambda: False,
) -> Result:
    """The first true answer.  Raises StackError after ``seconds`` or as soon as the server has ended."""

    async def ask() -> Result:
        deadline = time.monotonic() + seconds
        reason = "no answer"
        while time.monotonic() < deadline and not ended():
            try:
                if answer := await asyncio.wait_for(answers(), deadline - time.monotonic()):
                    return answer
            except Exception as error:  # every driver has its own way to say "not yet"
                reason = f"{type(error).__name__}: {error}"
            await asyncio.sleep(PAUSE)
        state = "ended" if ended() else f"did not answer within {seconds:.0f} s ({reason})"
        where = f"\nThe end of its log {log}:\n{last_lines(log)}" if log else ""
        raise StackError(f"{what} {state}.{where}")

    return run_sync(ask())
