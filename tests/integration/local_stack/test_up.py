"""``uurwerk up`` as a person uses it: start, look, use, stop; and nothing is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from deploy.client.api import Api

UURWERK = Path(sys.executable).with_name("uurwerk")


class Up:
    """A running ``uurwerk up`` and the other commands beside it."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        given = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
        given.pop("KAFKA_BOOTSTRAP_SERVERS", None)
        self.environment = {**given, "UURWERK_DATA": str(data_dir), "COLUMNS": "300"}
        self.log = data_dir.with_suffix(".up.log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen([UURWERK, "up"], env=self.environment, stdout=log, stderr=log)

    def wait(self, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not (self.data_dir / "running.json").exists():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(UURWERK), *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)

    @property
    def running(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = json.loads((self.data_dir / "running.json").read_text())
        return found

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture
def up(data_dir: Path) -> Iterator[Up]:
    up = Up(data_dir)
    yield up
    if up.process.poll() is None:
        up.process.terminate()
        up.process.wait(60)
    up.log.unlink()


def test_it_can_be_used_starts_what_dies_again_and_leaves_nothing_running(up: Up) -> None:
    up.wait()
    doctor = up.run("doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert up.run("topics", "--check").returncode == 0
    assert _issued(up.running["urls"]["billing"], up.run("token", "billing", "admin").stdout.strip())
    assert up.run("dead-letters", "list").stdout.strip() == "there are none"

    _kill_and_wait(up, "timesheets")
    children = up.children()
    assert len(children) >= 5
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(60) == 0, up.log.read_text()
    # A maker of documents, and what multiprocessing has beside it, end when they see that their service has.
    _, left = psutil.wait_procs(children, timeout=5)
    assert left == []
    assert not (up.data_dir / "running.json").exists()


def _kill_and_wait(up: Up, service: str) -> None:
    """The service dies, and answers again."""
    services = {record["name"]: record["pid"] for record in json.loads((up.data_dir / "services.json").read_text())}
    psutil.Process(services[service]).kill()
    url = f"{up.running['urls'][service]}/readyz"
    deadline = time.monotonic() + 60
    while not _answers(url) or services[service] in {child.pid for child in up.children()}:
        assert time.monotonic() < deadline, up.log.read_text()
        time.sleep(0.1)
    assert f"{service} ended; it is started again" in up.log.read_text()


def _issued(billing_url: str, token: str) -> str:
    """The number of the first invoice that somebody issues who tries it out."""
    billing = Api(billing_url, token)
    assert billing.get("/v1/organisation")["code"] == "demo"
    address = {"street": "Dorpsstraat 1", "postal_code": "1011 AB", "city": "Amsterdam", "country": "NL"}
    customer = {"name": "ACME", "country": "NL", "registration_number": "70000001", "address": address}
    billing.put("/v1/customers/ACME", customer)
    billing.put("/v1/projects/P1", {"name": "P1", "customer": "ACME"})
    advance = {"project": "P1", "amount": "100.00", "description": "Deposit", "issue": True}
    return str(billing.post("/v1/advances", advance, key="first")["number"])


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False
