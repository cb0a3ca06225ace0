"""A file lock that lives exactly as long as the process that holds it, SIGKILL included."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from deploy.local.errors import StackError


class FileLock:
    """An exclusive ``flock``; the kernel frees it when the holder ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self, *, wait: bool = False) -> bool:
        """Take the lock; without ``wait`` the answer is False when someone else has it."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def note(self, text: str) -> None:
        """Leave a word in the file for who finds it locked."""
        assert self._descriptor is not None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text.encode(), 0)

    def free(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> FileLock:
        self.take(wait=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.free()


def lock_data_folder(folder: Path) -> FileLock:
    """The lock against two stacks on one data folder; refuses at once, saying who has it."""
    lock = FileLock(folder / "stack.lock")
    if not lock.take():
        holder = lock.path.read_text().strip() or "another process"
        raise StackError(
            f"{folder} is in use by a running stack ({holder}). "
            "Stop that one first, or choose another folder with UURWERK_DATA."
        )
    lock.note(f"pid {os.getpid()}")
    return lock
