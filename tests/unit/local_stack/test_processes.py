"""Ports, locks and the record of what was started."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from deploy.local import StackError
from deploy.local.leftovers import ProcessRecords
from deploy.local.locks import lock_data_folder
from deploy.local.ports import Ports


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UURWERK_CACHE", str(tmp_path / "cache"))


def test_two_stacks_never_get_the_same_port() -> None:
    first, second = Ports(), Ports()
    port = first.pick()
    assert second.pick(preferred=port) != port
    first.free()
    assert second.pick(preferred=port) == port


def test_a_port_in_use_is_not_picked() -> None:
    port = Ports().pick()
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen()
        assert Ports().pick(preferred=port) != port


def test_a_data_folder_has_one_holder(tmp_path: Path) -> None:
    lock = lock_data_folder(tmp_path)
    with pytest.raises(StackError, match="in use by a running stack"):
        lock_data_folder(tmp_path)
    lock.free()
    lock_data_folder(tmp_path).free()


@pytest.fixture
def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])


def test_a_leftover_is_ended(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    records = ProcessRecords(tmp_path / "processes.json")
    records.add("kafka", sleeper.pid, sys.executable)
    assert records.end_leftovers() == ["kafka"]
    assert sleeper.poll() is not None
    assert records.read() == []


@pytest.mark.parametrize("change", [{"started": 1.0}, {"program": "/other/java"}])
def test_a_pid_that_is_someone_elses_by_now_is_left_alone(
    change: dict[str, object], tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    records = ProcessRecords(tmp_path / "processes.json")
    records.add("kafka", sleeper.pid, sys.executable)
    (record,) = json.loads(records.path.read_text())
    records.path.write_text(json.dumps([record | change]))
    try:
        assert records.end_leftovers() == []
        assert psutil.Process(sleeper.pid).is_running()
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_broken_record_stops_no_start(tmp_path: Path) -> None:
    records = ProcessRecords(tmp_path / "processes.json")
    records.path.write_text("{half")
    assert records.end_leftovers() == []
