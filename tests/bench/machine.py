"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from deploy.local import Addresses


@dataclass(frozen=True, slots=True)
class Machine:
    """``load`` is the number of processes that wanted a core in the last minute, before anything was started."""

    cores: int
    memory_gb: float
    processor: str
    python: str
    kafka: str
    postgresql: str
    load: float

    def line(self) -> str:
        return (
            f"{self.cores} cores ({self.processor}), {self.memory_gb} GB, Python {self.python}, "
            f"Apache Kafka {self.kafka}, PostgreSQL {self.postgresql}, load before {self.load}"
        )

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def load_now() -> float:
    return round(os.getloadavg()[0], 2)


def this_machine(addresses: Addresses, load: float) -> Machine:
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        processor=_processor(),
        python=platform.python_version(),
        kafka=addresses.kafka_version,
        postgresql=addresses.postgres_version,
        load=load,
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()
