"""A service as a process: how it starts, what it writes, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from deploy.local.folders import PROJECT
from deploy.local.ports import Ports
from tests.support.api import ISSUER, test_key

APP = "tests.integration.http.demo.app:app"


def environment(**settings: str) -> dict[str, str]:
    ours = ("ROLES", "LOG_FORMAT", "KAFKA_", "AUTH_", "OTEL_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**inherited, "AUTH_JWKS_FILE": str(test_key().jwks_file), "AUTH_ISSUER": ISSUER, **settings}


@contextmanager
def process(log: Path, port: int, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "uvicorn", APP, "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as out:
        running = subprocess.Popen(command, cwd=PROJECT, env=env, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield running
    finally:
        if running.poll() is None:
            running.kill()
        running.wait()


def answers(port: int, running: subprocess.Popen[bytes], path: str, status: int = 200) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and running.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}{path}").status_code == status:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{path} never answered {status}; ended: {running.poll()}")


def test_without_its_settings_it_says_so_and_ends(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with process(log, Ports().pick(), environment()) as running:
        assert running.wait(60) == 2
    said = log.read_text()
    assert "DEMO_DATABASE_URL: is not set" in said
    assert "Traceback" not in said


def test_it_logs_json_and_ends_when_asked(fresh_database: Callable[[str], str], tmp_path: Path) -> None:
    ports, log = Ports(), tmp_path / "log"
    port, kafka = ports.pick(), ports.pick()
    settings = {
        "DEMO_DATABASE_URL": fresh_database("billing"),
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{kafka}",
        "SHUTDOWN_SECONDS": "5",
    }
    with process(log, port, environment(**settings)) as running:
        answers(port, running, "/readyz")  # Kafka is away
        assert httpx.get(f"http://127.0.0.1:{port}/v1/things").status_code == 401
        started = time.monotonic()
        running.send_signal(signal.SIGTERM)
        running.wait(20)
        assert time.monotonic() - started < 15
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    events = [line["event"] for line in lines]
    assert "starting" in events
    assert "stopping" in events
    assert all(line["service"] == "demo" for line in lines)
    assert not any("Traceback" in line for line in log.read_text().splitlines())


def test_it_answers_and_ends_without_its_database(tmp_path: Path) -> None:
    ports, log = Ports(), tmp_path / "log"
    port, nobody = ports.pick(), ports.pick()
    settings = {"DEMO_DATABASE_URL": f"postgresql://nobody@127.0.0.1:{nobody}/none", "ROLES": "api"}
    with process(log, port, environment(**settings)) as running:
        answers(port, running, "/livez")
        answers(port, running, "/readyz", 503)
        running.send_signal(signal.SIGTERM)
        running.wait(20)
    assert "Traceback" not in log.read_text()
