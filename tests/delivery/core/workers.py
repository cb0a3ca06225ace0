"""Worker processes: started, killed, and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.delivery.core.worker import Job

ROOT = Path(__file__).parents[3]


class Workers:
    """Some processes of one job. Context manager: none is left at the end."""

    def __init__(self, job: Job, number: int, logs: Path) -> None:
        self._job = job
        self._logs = logs
        self._number = number
        self.running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        for number in range(self._number):
            self.running.append(self._start(number))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.running:
            process.kill()
            process.wait()

    def kill(self, number: int) -> None:
        """SIGKILL one, and start another in its place."""
        self.running[number].kill()
        self.running[number].wait()
        self.running[number] = self._start(number)

    def end(self) -> list[int]:
        """SIGTERM all; their exit codes."""
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        return [process.wait(60) for process in self.running]

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        with (self._logs / f"worker-{number}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.delivery.core.worker", json.dumps(asdict(self._job))],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
