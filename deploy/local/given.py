"""A stack that someone else runs: its addresses are given, nothing is started or stopped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from deploy.local.addresses import Addresses
from deploy.local.choose import DATABASES, KAFKA
from deploy.local.kafka_version import ask_kafka_version
from deploy.local.keys import ensure_signing_key
from deploy.local.probes import broker_answers, database_answers, run_sync, wait_until
from deploy.local.stack import Stack

PATIENCE = 30.0  # seconds


class GivenStack(Stack):
    """Servers that another process of ours runs and that we share."""

    def __init__(self, addresses: Addresses) -> None:
        super().__init__()
        self._addresses = addresses

    @property
    def summary(self) -> str:
        return self.addresses.describe()

    def start(self) -> Addresses:
        return self.addresses


class EnvironmentStack(Stack):
    """Servers whose addresses stand in the environment.

    ``ADMIN_DATABASE_URL`` may name a role that makes databases, for tests; otherwise the services' roles do.
    """

    def __init__(self, data_dir: Path, environment: Mapping[str, str]) -> None:
        super().__init__()
        self._data_dir = data_dir.resolve()
        self._environment = environment

    @property
    def summary(self) -> str:
        return f"Apache Kafka at {self._environment[KAFKA]} and PostgreSQL as the environment gives them"

    def start(self) -> Addresses:
        """Wait until they answer and ask their versions."""
        self._data_dir.mkdir(parents=True, exist_ok=True)
        bootstrap = self._environment[KAFKA]
        urls = {service: self._environment[name] for service, name in DATABASES.items()}
        wait_until(lambda: broker_answers(bootstrap), what=f"Apache Kafka at {bootstrap}", seconds=PATIENCE)
        versions = {
            wait_until(partial(database_answers, url), what=f"PostgreSQL of {service}", seconds=PATIENCE)
            for service, url in urls.items()
        }
        self._addresses = Addresses(
            kind="given",
            kafka_bootstrap=bootstrap,
            database_urls=urls,
            jwks_file=ensure_signing_key(self._data_dir),
            data_dir=self._data_dir,
            kafka_version=run_sync(ask_kafka_version(bootstrap)),
            postgres_version=", ".join(sorted(versions)),
            admin_url=self._environment.get("ADMIN_DATABASE_URL"),
        )
        return self._addresses
