"""What a killed stack left running is found again by pid, start time and program, and ended."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # psutil is there where local stacks run; other commands do without
    import psutil

TOLERANCE = 2.0  # seconds; the boot time that start times are counted from may be corrected


@dataclass(frozen=True)
class ProcessRecord:
    """Enough to know a process again: a pid alone may belong to someone else by now."""

    name: str
    pid: int
    started: float
    program: str

    def process(self) -> psutil.Process | None:
        """The process, if it is still the same one."""
        import psutil

        try:
            process = psutil.Process(self.pid)
            same_start = abs(process.create_time() - self.started) < TOLERANCE
            return process if same_start and self.program in process.cmdline()[:1] else None
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return None


class ProcessRecords:
    """The file that lists the processes of a data folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, name: str, pid: int, program: str) -> None:
        import psutil

        started = psutil.Process(pid).create_time()
        others = [record for record in self.read() if record.name != name]
        self._write([*others, ProcessRecord(name, pid, started, program)])

    def read(self) -> list[ProcessRecord]:
        try:
            return [ProcessRecord(**record) for record in json.loads(self.path.read_text())]
        except (FileNotFoundError, ValueError, TypeError):
            return []

    def remove(self, name: str) -> None:
        self._write([record for record in self.read() if record.name != name])

    def end_leftovers(self, grace: float = 5.0) -> list[str]:
        """End what still runs, with its children, and say the names; politely first."""
        ended = []
        for record in self.read():
            process = record.process()
            if process is not None:
                end_tree(process, grace)
                ended.append(record.name)
        self.path.unlink(missing_ok=True)
        return ended

    def _write(self, records: list[ProcessRecord]) -> None:
        temporary = self.path.with_suffix(".new")
        temporary.write_text(json.dumps([asdict(record) for record in records], indent=1))
        temporary.replace(self.path)


def end_tree(process: psutil.Process, grace: float) -> None:
    """End a process and wait for its children too: PostgreSQL's hold its shared memory to the last."""
    import psutil

    try:
        family = [process, *process.children(recursive=True)]
        process.terminate()
    except psutil.NoSuchProcess:
        return
    _, alive = psutil.wait_procs(family, grace)
    for member in alive:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, grace)
