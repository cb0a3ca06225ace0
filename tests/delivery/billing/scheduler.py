"""One process that runs the scheduler, to be killed: ``python -m tests.delivery.billing.scheduler '<json>'``."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from datetime import datetime, timedelta

from services.billing.handlers.subscription_runs import SWEEP
from shared.database.database import Database
from shared.http.sweeps import SweepRunner


async def run(url: str, now: datetime) -> None:
    """The scheduler of a service, but that it looks every 50 ms and that it is always ``now``."""
    database = Database(url, application_name="scheduler", pool_size=4)
    sweep = replace(SWEEP, every=timedelta(milliseconds=50))
    await SweepRunner(sweep, database, lambda: now).run()


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    asyncio.run(run(told["database"], datetime.fromisoformat(told["now"])))
