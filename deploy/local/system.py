"""The whole system on one machine: a stack, its topics, and the three services as processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from deploy.local.databases import SERVICES
from deploy.local.leftovers import ProcessRecords
from deploy.local.probes import run_sync
from deploy.local.service_process import ServiceProcess
from deploy.local.stack import Stack
from deploy.local.topics import ensure_topics

# Where people look for them; another port is taken when one of these is in use.
PREFERRED_PORTS = {"workorders": 8001, "timesheets": 8002, "billing": 8003}


def silent(_: str) -> None:
    """For who does not want to hear what is being done."""


class System:
    """Starts the topics and services on a started stack; context manager.

    ``say`` gets a line for each step.  ``environment`` is added to what the services get.
    """

    def __init__(
        self,
        stack: Stack,
        *,
        environment: Mapping[str, str] | None = None,
        ports: Mapping[str, int] | None = None,
        say: Callable[[str], None] = silent,
    ) -> None:
        self.stack = stack
        self._say = say
        self._ports = dict(ports or {})
        self._environment = dict(environment or {})
        self.services: dict[str, ServiceProcess] = {}

    @property
    def urls(self) -> dict[str, str]:
        """Where each service answers."""
        return {name: service.url for name, service in self.services.items()}

    def start(self) -> None:
        """Topics, then the services at the same time; returns when all are ready."""
        addresses = self.stack.addresses
        self._records.end_leftovers()
        reports = run_sync(ensure_topics(addresses.kafka_bootstrap))
        created = sum(report.state == "created" for report in reports)
        self._say(f"{len(reports)} topics, {created} of them new")
        inherited = {name: value for name, value in os.environ.items() if name != "AUTH_JWKS_URL"}
        environment = {**inherited, **addresses.environment(), **self._environment}
        for name in SERVICES:
            log = addresses.data_dir / "logs" / f"{name}.log"
            # A static member gets its partitions back at once when it is started again after a crash; Kafka would
            # else wait for the one that died.
            own = {**environment, "KAFKA_INSTANCE_ID": f"{name}-1"}
            service = ServiceProcess(name, environment=own, log=log, port=self._ports.get(name))
            self.services[name] = service
            self.launch(service)
        for service in self.services.values():
            service.wait_ready()
            self._say(f"{service.name} is ready at {service.url}")

    def launch(self, service: ServiceProcess) -> None:
        """Start one service without waiting, keeping in mind that it is ours."""
        service.launch()
        self._records.add(service.name, service.pid, service.program)

    def stop(self) -> None:
        """Stop the services, all at once; the stack goes on."""
        for service in self.services.values():
            service.terminate()
        for service in self.services.values():
            service.stop()
            self._records.remove(service.name)

    @property
    def _records(self) -> ProcessRecords:
        return ProcessRecords(self.stack.addresses.data_dir / "services.json")

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
