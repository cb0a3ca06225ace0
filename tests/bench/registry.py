"""What a benchmark is, and which there are: a module each, found by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

if TYPE_CHECKING:
    from tests.bench.bench import Bench


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a figure should be at least."""

    what: str
    measured: float
    at_least: float

    @property
    def met(self) -> bool:
        return self.measured >= self.at_least


@dataclass(frozen=True, slots=True)
class Result:
    """``figures`` go into the JSON as they are, ``tables`` to the screen."""

    figures: dict[str, Any]
    tables: tuple[RenderableType, ...] = ()
    expectations: tuple[Expectation, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Benchmark:
    """``run`` measures and returns what it found; it raises when something does not work."""

    name: str
    title: str
    run: Callable[[Bench], Result]


#: In the order in which they run. Each module has its ``BENCHMARK``.
NAMES = ("chain", "stages", "approve", "classify", "insight", "invoice", "proposals", "invoices")


def benchmark(name: str) -> Benchmark:
    found = import_module(f"tests.bench.{name}").BENCHMARK
    assert isinstance(found, Benchmark)
    return found
