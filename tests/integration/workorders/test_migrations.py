"""The migrated schema is the one that the models declare."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from services.workorders.models import Base
from shared.database.database import Database
from shared.database.migrations import migrate


async def test_the_migrated_schema_equals_the_models(database: Database) -> None:
    def differences(connection: Connection) -> object:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(context, Base.metadata)

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await migrate(database, "services.workorders.migrations")

    async with database.engine.connect() as connection:
        revisions = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars().all()
        assert revisions == ["0001"]


async def test_constraints_are_named_as_the_models_name_them(database: Database) -> None:
    """Alembic does not compare check constraints and names of keys."""
    declared = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        if table.name.startswith(("work_order", "organisations"))
        for constraint in table.constraints
    }

    async with database.engine.connect() as connection:
        found = await connection.execute(
            text(
                """
                SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
                WHERE (t.relname LIKE 'work_order%' OR t.relname = 'organisations') AND contype <> 'n'
                """
            )
        )
        assert set(found.scalars()) == declared
