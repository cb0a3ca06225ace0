"""One stack for a whole test run, started when the first test asks for it, shared by all xdist workers.

The process that the user started (xdist's controller, or pytest itself) holds the stack.  Tests, in whichever
process, ask it for the addresses over a Unix socket; pure unit tests never ask and nothing is started.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from multiprocessing.connection import Client, Listener
from pathlib import Path
from threading import Thread

from deploy.local import Addresses, GivenStack, Stack, StackError, choose_stack
from deploy.local.system import System

SOCKET = "UURWERK_TEST_STACK"
STACK, SERVICES, STOP = "stack", "services", "stop"


class SharedStack:
    """Holds the stack of a test run and hands out its addresses."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="uurwerk-tests-"))
        self.addresses: Addresses | None = None
        self._stack: Stack | None = None
        self._system: System | None = None
        self._listener = Listener(str(self.folder / "socket"), "AF_UNIX")
        self._thread = Thread(target=self._serve, name="shared-stack", daemon=True)
        self._thread.start()
        os.environ[SOCKET] = str(self.folder / "socket")

    def close(self, *, keep_logs: bool) -> None:
        """Stop the stack and remove its data; the logs stay where they help to understand a failure."""
        with Client(os.environ.pop(SOCKET), "AF_UNIX") as connection:
            connection.send(STOP)
        self._thread.join(60)
        self._listener.close()
        if self._system is not None:
            self._system.stop()
        if self._stack is not None:
            self._stack.stop()
            self._stack.discard_data()
        for child in self.folder.iterdir():
            if not (keep_logs and child.name == "logs"):
                shutil.rmtree(child) if child.is_dir() else child.unlink()
        with suppress(OSError):  # logs are in it
            self.folder.rmdir()

    def _serve(self) -> None:
        while True:
            with self._listener.accept() as connection:
                wanted = connection.recv()
                if wanted == STOP:
                    return
                try:
                    connection.send(self._started().to_json() if wanted == STACK else self._services())
                except Exception as error:  # whoever asked shall see it, and the next one too
                    connection.send(StackError(str(error)))

    def _started(self) -> Addresses:
        if self.addresses is None:
            self._stack = choose_stack(self.folder)
            self.addresses = self._stack.start()
        return self.addresses

    def _services(self) -> dict[str, str]:
        self._started()
        if self._system is None:
            assert self._stack is not None
            system = System(self._stack)
            system.__enter__()  # what has started ends again when it fails
            self._system = system
        return self._system.urls


def shared_stack() -> Stack:
    """The stack of this test run, started now if this is the first to ask."""
    with Client(os.environ[SOCKET], "AF_UNIX") as connection:
        connection.send(STACK)
        answer = connection.recv()
    if isinstance(answer, StackError):
        raise answer
    return GivenStack(Addresses.from_json(answer))
