"""One of our services as a child process, as uvicorn runs it anywhere."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from deploy.local.children import end, spawn
from deploy.local.errors import StackError, last_lines
from deploy.local.folders import PROJECT
from deploy.local.ports import Ports

PAUSE = 0.1  # seconds between two looks at /readyz
#: Seconds that requests under way get when it stops: a client that hangs must not hold up a stop.
LAST_REQUESTS = 5


class ServiceProcess:
    """``uvicorn services.<name>.app:app`` on a free port, the same one after a restart.

    ``environment`` is the whole environment of the process: os.environ, the stack's addresses, what a test adds.
    """

    def __init__(self, name: str, *, environment: Mapping[str, str], log: Path, port: int | None = None) -> None:
        self.name = name
        self.log = log
        self.environment = dict(environment)
        self._ports = Ports()
        self.port = self._ports.pick(port)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    @property
    def program(self) -> str:
        return sys.executable

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        """Start without waiting."""
        self._process = spawn(
            [
                *(sys.executable, "-m", "uvicorn", f"services.{self.name}.app:app"),
                *("--host", "127.0.0.1", "--port", str(self.port), "--no-access-log"),
                *("--timeout-graceful-shutdown", str(LAST_REQUESTS)),
            ],
            log=self.log,
            environment=self.environment,
            folder=PROJECT,
        )

    def start(self, seconds: float = 120) -> None:
        """Start and wait until it is ready to work.  Raises StackError with the end of its log."""
        self.launch()
        self.wait_ready(seconds)

    def wait_ready(self, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        answer = "no answer"
        with httpx.Client(base_url=self.url, timeout=5, trust_env=False) as client:
            while self.running and time.monotonic() < deadline:
                try:
                    response = client.get("/readyz")
                    if response.is_success:
                        return
                    answer = f"{response.status_code} {response.text}"
                except httpx.TransportError as error:
                    answer = f"{type(error).__name__}: {error}"
                time.sleep(PAUSE)
        state = f"not ready after {seconds:.0f} s ({answer})" if self.running else "ended"
        raise StackError(f"{self.name}: {state}\nThe end of its log {self.log}:\n{last_lines(self.log, 30)}")

    def kill(self) -> None:
        """SIGKILL: nothing of what it was doing is finished."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def terminate(self) -> None:
        """SIGTERM without waiting; ``stop`` waits."""
        if self.running:
            assert self._process is not None
            self._process.send_signal(signal.SIGTERM)

    def stop(self, grace: float = 20) -> None:
        """SIGTERM, and SIGKILL for one that does not end within ``grace`` seconds."""
        if self._process is not None:
            end(self._process, grace=grace)
            self._process = None

    def restart(self, seconds: float = 120) -> None:
        self.stop()
        self.start(seconds)
