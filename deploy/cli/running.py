"""What ``uurwerk up`` writes down so that the other commands find it without options."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.local.folders import default_data_folder
from deploy.local.keys import write_secret


@dataclass(frozen=True)
class Running:
    """A system that ``uurwerk up`` holds: its process, its URLs, and the environment of its services."""

    pid: int
    urls: dict[str, str]
    environment: dict[str, str]
    organisation: str

    def write(self, data_dir: Path) -> None:
        """Only the owner may read it: it holds the databases' passwords."""
        write_secret(_path(data_dir), json.dumps(asdict(self), indent=1))


def forget(data_dir: Path) -> None:
    """The system has stopped."""
    _path(data_dir).unlink(missing_ok=True)


def find_running(data_dir: Path | None = None) -> Running | None:
    """The system that is up on the data folder, if one is (a file that a killed one left does not count)."""
    try:
        running = Running(**json.loads(_path(data_dir or default_data_folder()).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return running if _alive(running.pid) else None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is there, as someone else's
        return True
    return True


def configuration() -> dict[str, str]:
    """Addresses of broker and databases: the environment's, else those of the system that is up."""
    running = find_running()
    return {**(running.environment if running else {}), **os.environ}


def _path(data_dir: Path) -> Path:
    return data_dir / "running.json"
