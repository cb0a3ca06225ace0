"""The migrated schema is the one that the models declare."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from services.billing.models import Base
from shared.database.core_tables import core_tables
from shared.database.database import Database
from shared.database.migrations import migrate


async def test_the_migrated_schema_equals_the_models(database: Database) -> None:
    def differences(connection: Connection) -> object:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(context, Base.metadata)

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_constraints_are_named_as_the_models_name_them(database: Database) -> None:
    """Alembic compares neither check and exclusion constraints nor the names of keys."""
    core = Base.metadata.__class__()
    core_tables(core)
    declared = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        if table.name not in core.tables
        for constraint in table.constraints
    }

    async with database.engine.connect() as connection:
        found = await connection.execute(
            text(
                """
                SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
                WHERE t.relnamespace = 'public'::regnamespace AND contype NOT IN ('n', 't')
                  AND t.relname <> ALL (:core)
                """
            ),
            {"core": [*core.tables, "alembic_version"]},
        )
        assert set(found.scalars()) == declared


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await migrate(database, "services.billing.migrations")
