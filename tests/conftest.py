"""What all tests share: the stack, and the line that says which broker and database it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

from deploy.local import Addresses, Stack
from tests.support.stack import SharedStack, shared_stack

# How long an example takes says how busy the machine is, nothing about the rule.
settings.register_profile("uurwerk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("uurwerk")

SHARED = pytest.StashKey[SharedStack]()
FAILED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # xdist's workers ask the controller
        config.stash[SHARED] = SharedStack()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    addresses = config.stash[SHARED].addresses
    if addresses is None:
        terminalreporter.write_line("uurwerk: no test of this run needed Apache Kafka or PostgreSQL")
        return
    terminalreporter.write_line(f"uurwerk: ran on {addresses.describe()}")
    if exitstatus != 0:
        terminalreporter.write_line(f"uurwerk: logs are in {addresses.data_dir / 'logs'}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[FAILED] = exitstatus != 0


def pytest_unconfigure(config: pytest.Config) -> None:
    if SHARED in config.stash:
        config.stash[SHARED].close(keep_logs=config.stash.get(FAILED, False))


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The stack of this run, shared by all tests: nobody stops or kills its servers."""
    shared = shared_stack()
    yield shared
    shared.drop_fresh_databases()


@pytest.fixture(scope="session")
def addresses(stack: Stack) -> Addresses:
    """Where the shared stack is found."""
    return stack.addresses


@pytest.fixture
def fresh_database(stack: Stack) -> Iterator[Callable[[str], str]]:
    """Makes an empty database for a service and returns its URL; dropped after the test."""
    made: list[str] = []

    def make(service: str) -> str:
        made.append(stack.fresh_database(service))
        return made[-1]

    yield make
    for url in made:
        stack.drop_database(url)
