"""Commands run as a user runs them, against a small HTTP server that stands for the services."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from deploy.cli import console
from deploy.cli.main import app

Run = Callable[..., Result]


@dataclass
class Service:
    """Answers by (method, path); what was asked of it is kept."""

    answers: dict[tuple[str, str], tuple[int, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = _chunked(self) if "chunked" in self.headers.get("Transfer-Encoding", "") else self._body()
            path = self.path.split("?")[0]
            service.asked.append((self.command, self.path, dict(self.headers), body))
            nothing = (404, {"title": "Not found", "detail": f"no {path}"})
            status, answer = service.answers.get((self.command, path), nothing)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def _body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        do_GET = do_POST = do_PUT = answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Not on the screen."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield service
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``uurwerk`` with these arguments, on a machine where nothing is up and nothing is set."""
    for name in ("WORKORDERS", "TIMESHEETS", "BILLING"):
        monkeypatch.delenv(f"{name}_URL", raising=False)
        monkeypatch.delenv(f"{name}_DATABASE_URL", raising=False)
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "UURWERK_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UURWERK_DATA", str(tmp_path))
    monkeypatch.setattr(console.out, "_width", 200)  # whatever the terminal was when it was imported

    def run(*arguments: str, **environment: str) -> Result:
        return CliRunner().invoke(app, list(arguments), env=environment)

    return run


def _chunked(request: BaseHTTPRequestHandler) -> bytes:
    body = b""
    while size := int(request.rfile.readline(), 16):
        body += request.rfile.read(size)
        request.rfile.readline()
    request.rfile.readline()
    return body
