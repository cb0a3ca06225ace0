"""A service that is told to stop does so, whatever its clients do."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from deploy.local import Stack
from deploy.local.service_process import LAST_REQUESTS, ServiceProcess
from shared.http.auth import Role
from tests.support.api import AUDIENCE, ISSUER, test_key


def test_a_client_that_hangs_holds_up_no_stop(stack: Stack, tmp_path: Path) -> None:
    url = stack.fresh_database("timesheets")
    environment = {
        **os.environ,
        **stack.addresses.environment(),
        "TIMESHEETS_DATABASE_URL": url,
        "ROLES": "api",
        "AUTH_JWKS_FILE": str(test_key().jwks_file),
        "AUTH_ISSUER": ISSUER,
        "AUTH_AUDIENCE": AUDIENCE,
    }
    environment.pop("AUTH_JWKS_URL", None)
    log = tmp_path / "timesheets.log"
    service = ServiceProcess("timesheets", environment=environment, log=log)
    service.start()
    try:
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(
                b"POST /v1/entries HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
                + f"Authorization: Bearer {test_key().token(Role.ADMIN)}\r\n\r\n{{".encode()
            )
            started = time.monotonic()
            service.stop(grace=LAST_REQUESTS + 40)
            took = time.monotonic() - started
        assert not service.running
        assert took < LAST_REQUESTS + 30, f"it took {took:.0f} s"
        assert "Cancel" in log.read_text(), "the request was under way, and was cut off"
    finally:
        service.stop()
        stack.drop_database(url)
