"""Processes that make documents are killed: every document is made once, and none is lost."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from deploy.local.folders import PROJECT
from deploy.local.ports import Ports
from shared.database.database import Database
from shared.database.migrations import migrate
from tests.support.api import ISSUER, test_key
from tests.support.documents import rules
from tests.support.invoicing import Office, make_office

INVOICES = 90
KILLS = 2


@asynccontextmanager
async def maker(url: str, log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Billing in the role documents only."""
    port = str(Ports().pick())
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("KAFKA_", "AUTH_", "OTEL_"))},
        "AUTH_JWKS_FILE": str(test_key().jwks_file),
        "AUTH_ISSUER": ISSUER,
        "BILLING_DATABASE_URL": url,
        "ROLES": "documents",
        "PYTHONPATH": str(PROJECT),
    }
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "uvicorn", "services.billing.app:app", "--host", "127.0.0.1", "--port", port),
            cwd=PROJECT,
            env=environment,
            stdout=out,
            stderr=out,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def made(office: Office) -> int:
    (row,) = await office.firm.query(
        "SELECT count(*) AS number FROM documents WHERE organisation = $1 AND state = 'made'"
    )
    return int(row["number"])


async def until(office: Office, number: int, log: Path) -> None:
    try:
        async with asyncio.timeout(90):
            while await made(office) < number:  # noqa: ASYNC110 - other processes make them
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"{await made(office)} of {number}: {_end_of(log)}") from None


def _end_of(log: Path) -> str:
    return log.read_text()[-3000:]


@pytest.mark.timeout(400)
async def test_kills_lose_nothing(fresh_database: Callable[[str], str], tmp_path: Path) -> None:
    url, log = fresh_database("billing"), tmp_path / "log"
    database = Database(url, application_name="tests")
    await migrate(database, "services.billing.migrations")
    office = await make_office(database)
    for _ in range(INVOICES):
        await office.advance("1.00")
    async with AsyncExitStack() as running:
        await running.enter_async_context(maker(url, log))
        for kill in range(KILLS):
            victim = await running.enter_async_context(maker(url, log))
            await until(office, (kill + 1) * 2 * INVOICES // (KILLS + 2), log)
            victim.kill()
        await until(office, 2 * INVOICES, log)
    rows = await office.firm.query("SELECT * FROM documents WHERE organisation = $1 AND kind = 'e-invoice'")
    assert len({row["sha256"] for row in rows}) == INVOICES
    assert rules().broken(rows[0]["content"]) == []
    assert await office.firm.query("SELECT 1 FROM document_queue WHERE organisation = $1") == []
    await database.close()
