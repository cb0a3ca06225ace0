"""What stateful tests of billing share: the loop and the database of all runs, and what may be refused in them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from deploy.local import Stack
from shared.database.database import Database
from shared.database.migrations import migrate
from shared.http.problems import Problem

T = TypeVar("T")


class BillingMachine(RuleBasedStateMachine):
    """Its rules call the inner code; ``refusals`` are the slugs that are no mistake in them."""

    runner: ClassVar[asyncio.Runner]
    database: ClassVar[Database]
    refusals: ClassVar[frozenset[str]]

    def run(self, call: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(call)

    def attempt(self, call: Coroutine[Any, Any, T]) -> T | None:
        """What came of it; None when it was refused for a reason that can be."""
        try:
            return self.run(call)
        except Problem as problem:
            if problem.slug not in self.refusals:
                raise
            return None

    def together(self, *calls: Coroutine[Any, Any, Any]) -> list[Any]:
        """What came of calls that are made at the same time, the refused ones left out."""

        async def gathered() -> list[Any]:
            return await asyncio.gather(*calls, return_exceptions=True)

        done = []
        for result in self.run(gathered()):
            if isinstance(result, Problem):
                assert result.slug in self.refusals, result
            elif isinstance(result, BaseException):
                raise result
            else:
                done.append(result)
        return done


def played(steps: int) -> settings:
    """A machine that takes so many steps; ``STATEFUL_EXAMPLES`` plays it more often than by default."""
    return settings(
        max_examples=int(os.environ.get("STATEFUL_EXAMPLES", "8")),
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def run_machine(machine: type[BillingMachine], stack: Stack) -> None:
    """On a database of its own."""
    url = stack.fresh_database("billing")
    with asyncio.Runner() as runner:
        machine.runner, machine.database = runner, Database(url, application_name="tests")
        runner.run(migrate(machine.database, "services.billing.migrations"))
        run_state_machine_as_test(machine, settings=played(25))
        runner.run(machine.database.close())
    stack.drop_database(url)
