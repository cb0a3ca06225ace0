"""Reading what others wrote without getting stuck on it.

aiokafka takes the name of a header to be UTF-8, although Kafka does not: one record with another name fails the poll,
loses the good records before it, and fails every poll after it, without an error that anybody sees. Found by writing
one. Here such a name is shown with escapes, and a poll that fails is seen.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher
from aiokafka.errors import ConsumerStoppedError, KafkaError
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords
from faststream.kafka import KafkaBroker

#: For how long FastStream rests after a poll that brought nothing.
PAUSE_MS = 1

_LENGTH = struct.Struct(">i")
_LENGTH_AT, _CONTENT_AT = 8, 12  # in a batch: its first offset, its length, its content


class UnreadablePollError(KafkaError):  # type: ignore[misc] # aiokafka has no types
    """A poll failed with an error that is no Kafka error: FastStream waits before the next, as after those."""


class CarefulConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """``poll_error``: why the last poll failed; None when it did not.

    A poll waits for ``poll_wait``, whatever it is asked to: FastStream sleeps as long again after one that brought
    nothing, so it is told :data:`PAUSE_MS`.
    """

    poll_error: str | None = None

    def __init__(self, *topics: str, poll_wait: timedelta, **options: Any) -> None:
        super().__init__(*topics, **options)
        self._poll_wait_ms = round(poll_wait.total_seconds() * 1000)

    async def getmany(self, *partitions: Any, **options: Any) -> Any:
        try:
            records = await super().getmany(*partitions, **{**options, "timeout_ms": self._poll_wait_ms})
        except ConsumerStoppedError:
            raise
        except KafkaError as error:
            self.poll_error = f"{type(error).__name__}: {error}"
            raise
        except Exception as error:
            self.poll_error = f"{type(error).__name__}: {error}"
            raise UnreadablePollError(self.poll_error) from error
        self.poll_error = None
        return records


def read_carefully(broker: KafkaBroker, poll_wait: timedelta) -> None:
    """Let the subscribers of a connected ``broker`` read with :class:`CarefulConsumer`."""
    fetcher.MemoryRecords = _Records
    config = broker.config.broker_config
    builder: Any = config.builder
    if builder.func is not CarefulConsumer:
        config.builder = partial(CarefulConsumer, poll_wait=poll_wait, **builder.keywords)


class _Lenient(bytearray):
    """Bytes whose parts can always be decoded."""

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return _Lenient(found) if isinstance(index, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002
        return super().decode(encoding, "backslashreplace")


class _Batch:
    """A batch of records as aiokafka reads it, quickly; and slowly from the record on that it cannot read."""

    def __init__(self, batch: Any, raw: bytes) -> None:
        self._batch = batch
        self._raw = raw
        self._read = 0
        self._next: Callable[[], Any] = batch.__next__

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> _Batch:
        self._next = iter(self._batch).__next__
        return self

    def __next__(self) -> Any:
        try:
            record = self._next()
        except UnicodeDecodeError:
            self._next = self._slowly()
            record = self._next()
        self._read += 1
        return record

    def _slowly(self) -> Callable[[], Any]:
        batch = iter(_DefaultRecordBatchPy(self._raw))
        batch._buffer = _Lenient(batch._buffer)  # after iter(), which decompresses
        for _ in range(self._read):
            next(batch)
        following: Callable[[], Any] = batch.__next__
        return following


class _Records:
    """aiokafka's ``MemoryRecords``: the batches of a fetched partition."""

    def __init__(self, data: bytes) -> None:
        self._records = MemoryRecords(data)
        self._data = data
        self._at = 0

    def size_in_bytes(self) -> int:
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        return bool(self._records.has_next())

    def next_batch(self) -> Any:
        batch = self._records.next_batch()
        (length,) = _LENGTH.unpack_from(self._data, self._at + _LENGTH_AT)
        start, self._at = self._at, self._at + _CONTENT_AT + length
        return _Batch(batch, self._data[start : self._at])
