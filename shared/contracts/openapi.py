"""The OpenAPI documents of the services, each made in a process of its own.

A service reads its settings when it is imported. Here it gets some that lead nowhere, in a process that only
describes it: nothing is connected to, and the process that asks keeps its own environment and modules.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

_NOWHERE = {
    "KAFKA_BOOTSTRAP_SERVERS": "localhost:9092",
    "AUTH_JWKS_URL": "http://localhost/jwks.json",
    "AUTH_JWKS_FILE": "",
    "AUTH_ISSUER": "nobody",
}


def openapi_of(services: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The OpenAPI document of each service by its name; ``RuntimeError`` with what it said when one cannot start."""
    started = {service: _start(service) for service in services}
    return {service: _document(service, process) for service, process in started.items()}


def _start(service: str) -> subprocess.Popen[str]:
    # A process each: what one service registers must not show in the document of another.
    return subprocess.Popen(  # noqa: S603 - this very module
        [sys.executable, "-m", __name__, service],
        env={**os.environ, **_NOWHERE, f"{service.upper()}_DATABASE_URL": "postgresql://nobody@localhost/none"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def _document(service: str, process: subprocess.Popen[str]) -> dict[str, Any]:
    answer, said = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"{service} could not be described:\n{said}")
    document: dict[str, Any] = json.loads(answer)
    return document


def _describe(service: str) -> str:
    # By name: `shared` knows no service.
    return json.dumps(importlib.import_module(f"services.{service}.app").app.openapi())


if __name__ == "__main__":
    sys.stdout.write(_describe(sys.argv[1]))
