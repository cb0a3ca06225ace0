"""The migrated schema is the one that the models declare."""

from __future__ import annotations

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from services.timesheets.models import Base
from shared.database.database import Database
from shared.database.migrations import migrate
from tests.support.timesheets import Timesheet, hours, labour


async def test_the_migrated_schema_equals_the_models(database: Database) -> None:
    def differences(connection: Connection) -> object:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(context, Base.metadata)

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_constraints_are_those_of_the_models(database: Database) -> None:
    """Alembic does not compare check constraints and names of keys."""
    tables = [mapper.local_table for mapper in Base._sa_registry.mappers]
    declared = {str(constraint.name) for table in tables for constraint in table.constraints}  # type: ignore[attr-defined]
    names = [table.name for table in tables]  # type: ignore[attr-defined]

    async with database.engine.connect() as connection:
        found = await connection.execute(
            text(
                """
                SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
                WHERE t.relname = ANY(:names) AND contype <> 'n'
                """
            ),
            {"names": names},
        )
        assert set(found.scalars()) == declared


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await migrate(database, "services.timesheets.migrations")

    async with database.engine.connect() as connection:
        revisions = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars().all()
        assert revisions == ["0008"]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE entry_versions SET actor = 'nobody'", "DELETE FROM entry_versions", "TRUNCATE entry_versions"],
)
async def test_the_history_cannot_be_changed(timesheet: Timesheet, statement: str) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour()))

    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await timesheet.fetch(statement)
    assert await timesheet.history(timesheet.entry_id()) == ["recorded"]
