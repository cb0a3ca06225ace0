"""The stack in containers, started by testcontainers where a Docker engine answers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local.addresses import Addresses
from deploy.local.databases import SERVICES, create_service_databases
from deploy.local.errors import StackError
from deploy.local.kafka import SETTINGS as KAFKA_SETTINGS
from deploy.local.kafka_version import ask_kafka_version
from deploy.local.keys import ensure_passwords, ensure_signing_key
from deploy.local.locks import FileLock, lock_data_folder
from deploy.local.ports import Ports
from deploy.local.postgres import SERVER_SETTINGS, SUPERUSER
from deploy.local.probes import broker_answers, database_answers, run_sync, wait_until
from deploy.local.stack import Stack

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

KAFKA_IMAGE = "apache/kafka:4.3.1"
POSTGRES_IMAGE = "postgres:18"
PATIENCE = 120.0  # seconds
KAFKA_DATA, POSTGRES_DATA = "/var/lib/kafka/data", "/var/lib/postgresql"


class ContainerStack(Stack):
    """Kafka and PostgreSQL in containers, their data in named volumes; keys and passwords in ``data_dir``.

    The images are ``KAFKA_IMAGE`` and ``POSTGRES_IMAGE``; they take their settings as the official ones do.
    """

    def __init__(self, data_dir: Path, environment: Mapping[str, str]) -> None:
        super().__init__()
        self._data_dir = data_dir.resolve()
        self._kafka_image = environment.get("KAFKA_IMAGE", KAFKA_IMAGE)
        self._postgres_image = environment.get("POSTGRES_IMAGE", POSTGRES_IMAGE)
        key = hashlib.sha256(str(self._data_dir).encode()).hexdigest()[:12]
        self._volumes = {name: f"uurwerk-{name}-{key}" for name in ("kafka", "postgres")}
        self._ports = Ports()
        self._lock: FileLock | None = None
        self._running: list[DockerContainer] = []

    @property
    def summary(self) -> str:
        volumes = " and ".join(self._volumes.values())
        return f"containers of {self._kafka_image} and {self._postgres_image}, data in the volumes {volumes}"

    def start(self) -> Addresses:
        self._data_dir.mkdir(parents=True, exist_ok=True)
        self._lock = lock_data_folder(self._data_dir)
        passwords = ensure_passwords(self._data_dir, [SUPERUSER, *SERVICES])
        try:
            bootstrap, kafka = self._start_kafka()
            admin_url = self._start_postgres(passwords[SUPERUSER])
            version = wait_until(lambda: database_answers(admin_url), what="PostgreSQL", seconds=PATIENCE)
            urls = run_sync(create_service_databases(admin_url, passwords))
            wait_until(lambda: broker_answers(bootstrap), what="Apache Kafka", seconds=PATIENCE)
        except BaseException:
            self.stop()
            raise
        said = re.search(rb"Kafka version: (\S+)", kafka.get_wrapped_container().logs())
        self._addresses = Addresses(
            kind="containers",
            kafka_bootstrap=bootstrap,
            database_urls=urls,
            jwks_file=ensure_signing_key(self._data_dir),
            data_dir=self._data_dir,
            kafka_version=said.group(1).decode() if said else run_sync(ask_kafka_version(bootstrap)),
            postgres_version=version,
            admin_url=admin_url,
        )
        return self._addresses

    def stop(self) -> None:
        for container in reversed(self._running):
            container.get_wrapped_container().stop(timeout=20)
            container.stop()
        self._running.clear()
        self._ports.free()
        if self._lock is not None:
            self._lock.free()
            self._lock = None

    def discard_data(self) -> None:
        from testcontainers.core.docker_client import DockerClient

        for volume in DockerClient().client.volumes.list():
            if volume.name in self._volumes.values():
                volume.remove()

    def _start_kafka(self) -> tuple[str, DockerContainer]:
        port = self._ports.pick()
        container = self._container(self._kafka_image, 9092, port, "kafka", KAFKA_DATA)
        listeners = {
            "listeners": "CLIENTS://:9092,CONTROLLER://:9093",
            "advertised.listeners": f"CLIENTS://127.0.0.1:{port}",
            "controller.quorum.voters": "1@localhost:9093",
            "log.dirs": KAFKA_DATA,
        }
        for name, value in {**KAFKA_SETTINGS, **listeners}.items():
            container.with_env("KAFKA_" + name.upper().replace(".", "_"), value)
        return f"127.0.0.1:{port}", self._run(container)

    def _start_postgres(self, password: str) -> str:
        port = self._ports.pick()
        container = self._container(self._postgres_image, 5432, port, "postgres", POSTGRES_DATA)
        container.with_env("POSTGRES_PASSWORD", password)
        container.with_command(["postgres", *(f"--{name}={value}" for name, value in SERVER_SETTINGS.items())])
        self._run(container)
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres"

    def _container(self, image: str, inner: int, port: int, volume: str, folder: str) -> DockerContainer:
        from testcontainers.core.container import DockerContainer

        try:
            container = DockerContainer(image)
        except Exception as error:  # docker's client fails in many ways where no engine answers
            raise StackError(f"STACK=containers needs a Docker engine, and none answers: {error}") from error
        return container.with_bind_ports(inner, port).with_volume_mapping(self._volumes[volume], folder, "rw")

    def _run(self, container: DockerContainer) -> DockerContainer:
        try:
            container.start()
        except Exception as error:
            raise StackError(
                f"The container of {container.image} did not start: {error}\n"
                "What to do: name an image that this machine has or can pull with KAFKA_IMAGE and POSTGRES_IMAGE; "
                "TESTCONTAINERS_RYUK_DISABLED=true leaves out testcontainers' own helper image."
            ) from error
        self._running.append(container)
        return container
