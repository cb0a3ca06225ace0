"""The stack from packages: Apache Kafka and PostgreSQL as child processes on a data folder."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from deploy.local.addresses import Addresses
from deploy.local.databases import SERVICES, create_service_databases
from deploy.local.kafka import KafkaServer, prepare_kafka
from deploy.local.keys import ensure_passwords, ensure_signing_key
from deploy.local.leftovers import ProcessRecords
from deploy.local.locks import FileLock, lock_data_folder
from deploy.local.ports import Ports
from deploy.local.postgres import SUPERUSER, PostgresServer, reachable_folder
from deploy.local.probes import run_sync
from deploy.local.stack import Stack


class LocalStack(Stack):
    """Kafka and PostgreSQL on ``data_dir``: its data survives a restart, its ports too where they are free."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__()
        self.data_dir = data_dir.resolve()
        self.leftovers_ended: list[str] = []
        self._ports = Ports()
        self._lock: FileLock | None = None
        self._kafka: KafkaServer | None = None
        self._postgres: PostgresServer | None = None

    @property
    def kafka(self) -> KafkaServer:
        assert self._kafka is not None, "start the stack first"
        return self._kafka

    @property
    def postgres(self) -> PostgresServer:
        assert self._postgres is not None, "start the stack first"
        return self._postgres

    @property
    def summary(self) -> str:
        return f"Apache Kafka and PostgreSQL from packages, data and logs in {self.data_dir}"

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    @property
    def records(self) -> ProcessRecords:
        return ProcessRecords(self.data_dir / "processes.json")

    def start(self) -> Addresses:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.data_dir.chmod(self.data_dir.stat().st_mode | 0o011)  # PostgreSQL's user passes through
        self._lock = lock_data_folder(self.data_dir)
        try:
            self.leftovers_ended = self.records.end_leftovers()
            prepare_kafka()
            self._make_servers()
            self.launch(self.kafka)  # Kafka boots while PostgreSQL's cluster is made
            self.launch(self.postgres)
            self.postgres.wait_ready()
            passwords = ensure_passwords(self.data_dir, [SUPERUSER, *SERVICES])
            urls = run_sync(create_service_databases(self.postgres.admin_url, passwords))
            self.kafka.wait_ready()
        except BaseException:
            self.stop()
            raise
        self._addresses = Addresses(
            kind="packages",
            kafka_bootstrap=self.kafka.bootstrap,
            database_urls=urls,
            jwks_file=ensure_signing_key(self.data_dir),
            data_dir=self.data_dir,
            kafka_version=self.kafka.version,
            postgres_version=self.postgres.version,
            admin_url=self.postgres.admin_url,
        )
        return self._addresses

    def stop(self) -> None:
        for server in (self._kafka, self._postgres):
            if server is not None:
                server.stop()
                self.records.remove(server.name)
        self._ports.free()
        if self._lock is not None:
            self._lock.free()
            self._lock = None

    def discard_data(self) -> None:
        for folder in (self._cluster, self.data_dir / "kafka"):
            shutil.rmtree(folder, ignore_errors=True)

    def kill_kafka(self) -> None:
        """SIGKILL the broker and leave it dead until ``restart_kafka``."""
        self.kafka.kill()

    def restart_kafka(self) -> None:
        """Stop the broker if it runs, start it on the same ports and data, wait until it answers."""
        self.kafka.stop()
        self.launch(self.kafka)
        self.kafka.wait_ready()

    def restart_postgres(self) -> None:
        """Stop the database server (connections are cut), start it on the same port and data."""
        self.postgres.stop()
        self.launch(self.postgres)
        self.postgres.wait_ready()

    @property
    def _cluster(self) -> Path:
        key = hashlib.sha256(str(self.data_dir).encode()).hexdigest()[:12]
        return reachable_folder(self.data_dir / "postgres", key)

    def _make_servers(self) -> None:
        ports = self._pick_ports()
        passwords = ensure_passwords(self.data_dir, [SUPERUSER, *SERVICES])
        self._kafka = KafkaServer(
            self.data_dir / "kafka", self.logs / "kafka.log", ports["kafka"], ports["controller"]
        )
        self._postgres = PostgresServer(
            self._cluster, self.logs / "postgres.log", ports["postgres"], passwords[SUPERUSER]
        )

    def _pick_ports(self) -> dict[str, int]:
        remembered = self.data_dir / "ports.json"
        last: dict[str, int] = json.loads(remembered.read_text()) if remembered.exists() else {}
        ports = {name: self._ports.pick(last.get(name)) for name in ("kafka", "controller", "postgres")}
        remembered.write_text(json.dumps(ports))
        return ports

    def launch(self, server: KafkaServer | PostgresServer) -> None:
        """Start one server without waiting, keeping in mind that it is ours."""
        server.launch()
        self.records.add(server.name, server.pid, server.program)
