"""How commands find the system that is up."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

from deploy.cli.running import Running, find_running, forget


def running(pid: int) -> Running:
    return Running(pid, {"billing": "http://127.0.0.1:8003"}, {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, "demo")


def test_it_is_found_while_it_runs(tmp_path: Path) -> None:
    running(os.getpid()).write(tmp_path)
    assert find_running(tmp_path) == running(os.getpid())
    assert stat.S_IMODE((tmp_path / "running.json").stat().st_mode) == 0o600
    forget(tmp_path)
    assert find_running(tmp_path) is None


def test_what_a_killed_one_left_does_not_count(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    running(ended.pid).write(tmp_path)
    assert find_running(tmp_path) is None


def test_a_broken_file_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "running.json").write_text('{"pid": 1}')
    assert find_running(tmp_path) is None
