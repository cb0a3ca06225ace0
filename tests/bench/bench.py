"""What all benchmarks of one run share: a stack of their own, an organisation, databases to start from."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from deploy.client.api import Apis
from deploy.client.chain import Chain
from deploy.client.ends import log_ends
from deploy.local import Addresses, LocalStack, System, mint_token
from tests.bench.databases import Databases
from tests.bench.screen import Screen
from tests.support.flow import make_organisation, set_up

if TYPE_CHECKING:
    from tests.bench.chain_run import ChainRun

SERVICES = ("workorders", "timesheets", "billing")
ORGANISATION = "bench"
_OFFICE = ("source", "approver", "billing", "admin")


@dataclass(frozen=True, slots=True)
class Options:
    """``orders`` of ``lines`` each go through the chain; the documentation's way gets ``slow`` messages of them.

    Each consume stage and each report is done ``tries`` times in each way. ``entries`` are in the timesheet, or rows
    in the ledger. ``billed`` entries of one project go on an invoice; ``invoices`` are issued in one go.
    """

    orders: int = 10_000
    lines: int = 2
    slow: int = 1_500
    tries: int = 3
    entries: int = 1_000_000
    billed: int = 13_000
    invoices: int = 1_000


class Running:
    """The three services, and who speaks to them."""

    def __init__(self, system: System, addresses: Addresses) -> None:
        self._addresses = addresses
        self.services = system.services
        self.installation = Apis(system.urls, self._token(None, "installation"))
        self.office = Apis(system.urls, self._token(ORGANISATION, *_OFFICE))
        self.chain = Chain(partial(log_ends, addresses.kafka_bootstrap), self.installation)

    def _token(self, organisation: str | None, *roles: str) -> str:
        return mint_token(self._addresses.data_dir, organisation=organisation, roles=roles, subject="bench")


class Bench:
    """Context manager: starts the stack on entry; nothing of it is left at the end."""

    def __init__(self, options: Options, screen: Screen) -> None:
        self.options = options
        self.screen = screen
        self._stop = ExitStack()

    def __enter__(self) -> Self:
        self._folder = Path(self._stop.enter_context(tempfile.TemporaryDirectory(prefix="uurwerk-bench-")))
        try:
            with self.screen.step("Start Apache Kafka and PostgreSQL"):
                self.stack = LocalStack(self._folder)
                self._stop.callback(self.stack.discard_data)
                self._stop.enter_context(self.stack)
        except BaseException:
            self._stop.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.close()

    @property
    def addresses(self) -> Addresses:
        return self.stack.addresses

    @contextmanager
    def running(self) -> Iterator[Running]:
        """The services on their main databases, ready; stopped at the end."""
        with ExitStack() as stop:
            with self.screen.step("Start workorders, timesheets and billing"):
                system = stop.enter_context(System(self.stack))
            running = Running(system, self.addresses)
            stop.callback(running.installation.close)
            stop.callback(running.office.close)
            yield running

    @cached_property
    def databases(self) -> Databases:
        """Each service's database as it is when the organisation is set up and nothing has come in yet."""
        with self.running() as running, self.screen.step("Set up an organisation: 20 employees, 40 projects, a rate"):
            make_organisation(running.installation, ORGANISATION)
            running.chain.catch_up()
            set_up(running.installation, running.office, ORGANISATION)
            running.chain.catch_up()
        with self.screen.step("Keep the databases as they are now, to start from again"):
            return Databases.keep(self.addresses)

    @cached_property
    def chain_run(self) -> ChainRun:
        """The orders went through the chain, once: what ``chain`` tells of, and what fills the topics for others."""
        from tests.bench.chain_run import run_chain

        return run_chain(self)
