"""The OpenAPI documents of the services, made in a process of their own.

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
    "AUTH_ISSUER": "nobody",
}


def openapi_of(services: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The OpenAPI document of each service by its name; ``RuntimeError`` with what it said when one cannot start."""
    names = list(services)
    databases = {f"{name.upper()}_DATABASE_URL": "postgresql://nobody@localhost/none" for name in names}
    described = subprocess.run(  # noqa: S603 - this very module
        [sys.executable, "-m", __name__, *names],
        env={**os.environ, **_NOWHERE, **databases, "AUTH_JWKS_FILE": ""},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if described.returncode != 0:
        raise RuntimeError(f"a service could not be described:\n{described.stderr}")
    documents: dict[str, dict[str, Any]] = json.loads(described.stdout)
    return documents


def _describe(services: Iterable[str]) -> str:
    # By name: `shared` knows no service.
    return json.dumps({name: importlib.import_module(f"services.{name}.app").app.openapi() for name in services})


if __name__ == "__main__":
    sys.stdout.write(_describe(sys.argv[1:]))
