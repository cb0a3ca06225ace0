"""What processes use: seconds of processor time, and memory at its peak."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Self

import psutil

#: Seconds between two looks. Finding the children reads all of /proc: five times a second took 4 % of two cores.
_EVERY = 1.0


class Usage:
    """Watches processes by name while it is open; a process counts with its children (PostgreSQL has many)."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in pids.items()}
        self._before = self._cpu_now()
        self._peaks = dict.fromkeys(pids, 0)
        self._ended = Event()
        self._thread = Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def cpu(self) -> dict[str, float]:
        """Seconds since it was opened."""
        now = self._cpu_now()
        return {name: round(now[name] - before, 2) for name, before in self._before.items()}

    def peaks(self) -> dict[str, float]:
        """MB of resident memory at most; of PostgreSQL's processes what each has for itself, and the shared once."""
        return {name: round(peak / 2**20, 1) for name, peak in self._peaks.items()}

    def _cpu_now(self) -> dict[str, float]:
        return {name: cpu_seconds(process) for name, process in self._processes.items()}

    def _sample(self) -> None:
        while True:
            for name, process in self._processes.items():
                self._peaks[name] = max(self._peaks[name], _memory(process))
            if self._ended.wait(_EVERY):
                return


def cpu_seconds(process: psutil.Process) -> float:
    """Of the process, of its children that live, and of those that have ended."""
    seconds = 0.0
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            seconds += times.user + times.system + times.children_user + times.children_system
    return seconds


def _memory(process: psutil.Process) -> int:
    """Bytes. Pages that a child shares with its parent count once."""
    size = process.memory_info().rss
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            info = child.memory_info()
            size += info.rss - info.shared
    return size
