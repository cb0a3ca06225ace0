"""The database below messaging: one transaction for SQLAlchemy and asyncpg, locks, migrations."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import affected, copy_rows, execute, fetch
from shared.database.core_tables import core_tables
from shared.database.database import Database, asyncpg_dsn
from shared.database.locks import lock_organisation, lock_organisations_shared
from shared.database.migrations import migrate
from shared.messaging.outbox import Outbox, publish, use_outbox
from shared.messaging.pruning import prune_inbox
from tests.support.messaging import Counted, until


async def _names(database: Database) -> list[str]:
    async with database.transaction() as session:
        return [row["name"] for row in await fetch(session, "SELECT name FROM once ORDER BY name")]


async def _write_and_fail(database: Database) -> None:
    """asyncpg alone: SQLAlchemy has begun no transaction yet."""
    async with database.transaction() as session:
        await copy_rows(session, "once", ["name"], [("a",)])
        raise ZeroDivisionError


async def test_what_asyncpg_writes_is_rolled_back_with_the_transaction(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await _write_and_fail(database)
    assert await _names(database) == []


async def test_both_see_what_the_other_wrote_and_commit_together(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("INSERT INTO once VALUES ('a')"))
        assert len(await fetch(session, "SELECT FROM once")) == 1
        assert affected(await execute(session, "INSERT INTO once VALUES ('b'), ('c')")) == 2
        assert (await session.execute(text("SELECT count(*) FROM once"))).scalar_one() == 3
    assert await _names(database) == ["a", "b", "c"]


async def test_a_savepoint_takes_back_what_asyncpg_wrote_in_it(database: Database) -> None:
    async with database.transaction() as session:
        await copy_rows(session, "once", ["name"], [("a",)])
        with pytest.raises(Exception, match="duplicate key"):
            await _write_twice(session)
        await copy_rows(session, "once", ["name"], [("c",)])
    assert await _names(database) == ["a", "c"]


async def _write_twice(session: AsyncSession) -> None:
    async with session.begin_nested():
        await copy_rows(session, "once", ["name"], [("b",), ("a",)])


async def test_a_read_only_transaction_stays_possible(database: Database) -> None:
    async with database.transaction() as session:
        await session.connection(execution_options={"postgresql_readonly": True})
        with pytest.raises(Exception, match="read-only transaction"):
            await execute(session, "INSERT INTO once VALUES ('a')")


async def test_batches_share_an_organisation_and_a_writer_waits_for_them(database: Database) -> None:
    writing = asyncio.Event()

    async def write() -> None:
        async with database.transaction() as session:
            await lock_organisation(session, "demo")
            writing.set()

    async with database.transaction() as first, database.transaction() as second:
        await lock_organisations_shared(first, ["demo", "acme", "demo"])
        await lock_organisations_shared(second, ["acme", "demo"])
        task = asyncio.create_task(write())
        await until(lambda: fetch(first, "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"))
        assert not writing.is_set()
    await task
    assert writing.is_set()


async def test_the_relay_is_woken_by_a_commit_only(database: Database) -> None:
    woken: list[int] = []
    use_outbox(database, Outbox(wake=lambda: woken.append(1)))
    event = Counted(key="k", number=1)
    async with database.transaction() as session:
        async with session.begin_nested():
            await publish(session, [event], source="/uurwerk/test")
        await publish(session, [event], source="/uurwerk/test")
        assert woken == []
    assert woken == [1]
    async with database.transaction() as session:
        await publish(session, [], source="/uurwerk/test")
    assert woken == [1]


async def test_the_inbox_forgets_what_kafka_has_forgotten(database: Database) -> None:
    now = datetime(2026, 3, 31, tzinfo=UTC)
    async with database.transaction() as session:
        rows = [("test", bytes([n]), now - timedelta(days=n)) for n in range(20)]
        await copy_rows(session, "inbox", ["consumer", "message_key", "received_at"], rows)
    assert await prune_inbox(database, lambda: now) == 9
    assert await prune_inbox(database, lambda: now) == 0
    async with database.transaction() as session:
        (row,) = await fetch(session, "SELECT min(received_at) AS oldest FROM inbox")
    assert now - row["oldest"] == timedelta(days=10)


def test_an_address_for_asyncpg() -> None:
    assert asyncpg_dsn("postgresql+asyncpg://u:p@h:1/d?ssl=require") == "postgresql://u:p@h:1/d?sslmode=require"


_ENV = """
from sqlalchemy import MetaData
from shared.database.migrations import run_environment
run_environment(MetaData())
"""
_FIRST = """
from shared.database.core_tables import create_core_tables
revision, down_revision = "1", None
def upgrade():
    create_core_tables()
"""


@pytest.fixture
def package(tmp_path: Path) -> Iterator[str]:
    """A package of migrations that makes the core tables."""
    folder = tmp_path / "migrations_of_a_test"
    (folder / "versions").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "env.py").write_text(_ENV)
    (folder / "versions" / "first.py").write_text(_FIRST)
    sys.path.insert(0, str(tmp_path))
    yield folder.name
    sys.path.remove(str(tmp_path))
    sys.modules.pop(folder.name, None)


async def test_processes_that_start_together_migrate_once(fresh_database: Callable[[str], str], package: str) -> None:
    database = Database(fresh_database("workorders"), application_name="test")
    await asyncio.gather(*(migrate(database, package) for _ in range(3)))
    await migrate(database, package)
    metadata = MetaData()
    core_tables(metadata)
    async with database.transaction() as session:
        rows = await fetch(session, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert {row["tablename"] for row in rows} == {*metadata.tables, "alembic_version"}
    await database.close()
