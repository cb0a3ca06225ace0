"""Two processes run the scheduler and are killed again and again: every period is billed, and none twice."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from shared.database.database import Database
from shared.database.migrations import migrate
from tests.support.invoicing import NOON, Office, make_office
from tests.support.messaging import until
from tests.support.subscriptions import billed, check_billed_once, subscribe

ROOT = Path(__file__).parents[3]
SUBSCRIPTIONS = 6
#: Monthly from January 2024 to June 2026.
PERIODS = 30
KILLS = 4


class Schedulers:
    """Processes that run the scheduler."""

    def __init__(self, database: Database, log: Path) -> None:
        self._told = json.dumps({"database": database.url, "now": NOON.isoformat()})
        self._log = log
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._running.append(
                subprocess.Popen(
                    [sys.executable, "-m", "tests.delivery.billing.scheduler", self._told],
                    cwd=ROOT,
                    env={**os.environ, "PYTHONPATH": str(ROOT)},
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )

    def kill_the_oldest(self) -> None:
        self.kill(self._running.pop(0))

    def kill_all(self) -> None:
        while self._running:
            self.kill_the_oldest()

    @staticmethod
    def kill(process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()


@pytest.fixture
async def office(fresh_database: Callable[[str], str]) -> AsyncIterator[Office]:
    database = Database(fresh_database("billing"), application_name="tests")
    await migrate(database, "services.billing.migrations")
    yield await make_office(database)
    await database.close()


@pytest.fixture
def schedulers(office: Office) -> Iterator[Schedulers]:
    with tempfile.TemporaryDirectory(prefix="uurwerk-scheduler-") as folder:
        schedulers = Schedulers(office.firm.database, Path(folder) / "log")
        yield schedulers
        schedulers.kill_all()
        print((Path(folder) / "log").read_text()[-5000:])  # pytest shows it when the test fails


@pytest.mark.timeout(300)
async def test_every_period_is_billed_once_whoever_is_killed(office: Office, schedulers: Schedulers) -> None:
    for number in range(SUBSCRIPTIONS):
        await subscribe(office, f"S{number:02}", start_day=date(2024, 1, 1))
    chance = random.Random(7)
    schedulers.start()
    schedulers.start()
    for _ in range(KILLS):
        goal = min(len(await billed(office)) + chance.randrange(5, 30), SUBSCRIPTIONS * PERIODS)
        await until(lambda goal=goal: _at_least(office, goal), seconds=60)
        schedulers.kill_the_oldest()
        schedulers.start()
    await until(lambda: _at_least(office, SUBSCRIPTIONS * PERIODS), seconds=120)
    await asyncio.to_thread(schedulers.kill_all)
    assert len(await billed(office)) == SUBSCRIPTIONS * PERIODS
    rows = await office.firm.query("SELECT count(*) AS invoices FROM invoices WHERE organisation = $1")
    assert rows[0]["invoices"] == SUBSCRIPTIONS * PERIODS
    assert await office.advance_open() == 100 * SUBSCRIPTIONS * PERIODS
    await check_billed_once(office)
    await office.check_invariants()


async def _at_least(office: Office, goal: int) -> bool:
    return len(await billed(office)) >= goal
