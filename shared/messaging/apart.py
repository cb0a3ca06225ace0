"""Calling aiokafka where it may raise a CancelledError of its own making."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def apart(work: Coroutine[Any, Any, object], seconds: float) -> None:
    """Do ``work`` in a task of its own, for ``seconds`` at most.

    aiokafka's closing ends with a CancelledError when it cancels a fetch that waits for Kafka to come back. In the
    caller's task that would look as if the caller were cancelled, and it would silently end. Raises what the work
    raises, :class:`TimeoutError`, and :class:`ConnectionError` for such a cancellation.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        ended = task.done()
        task.cancel()
    if not ended:
        raise TimeoutError(f"not done in {seconds:.0f} s")
    if task.cancelled():
        raise ConnectionError("aiokafka gave up what it was waiting for")
    task.result()
