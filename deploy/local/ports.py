"""Free TCP ports that two stacks never share and no client connection takes in between.

Ports below the kernel's ephemeral range, because a restarted server wants its port back: in that range an
outgoing connection may have taken it meanwhile, or even have connected to itself.
A lock file per port keeps two starting stacks apart between choosing a port and listening on it.
"""

from __future__ import annotations

import errno
import random
import socket
from pathlib import Path

from deploy.local.errors import StackError
from deploy.local.folders import cache_folder
from deploy.local.locks import FileLock

RANGE = range(20_000, 32_000)


class Ports:
    """The ports of one stack: kept until ``free()``."""

    def __init__(self) -> None:
        self._locks: dict[int, FileLock] = {}

    def pick(self, preferred: int | None = None) -> int:
        """A free port, the preferred one if that is still free."""
        candidates = random.sample(RANGE, 200)
        for port in candidates if preferred is None else [preferred, *candidates]:
            if self._reserve(port):
                return port
        raise StackError(f"no free TCP port on 127.0.0.1 between {RANGE.start} and {RANGE.stop}")

    def free(self) -> None:
        for lock in self._locks.values():
            lock.free()
        self._locks.clear()

    def _reserve(self, port: int) -> bool:
        lock = FileLock(_folder() / str(port))
        if not lock.take():
            return False
        if not is_free(port):
            lock.free()
            return False
        self._locks[port] = lock
        return True


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def _folder() -> Path:
    folder = cache_folder() / "ports"
    folder.mkdir(exist_ok=True)
    return folder
