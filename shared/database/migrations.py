"""Alembic for several services: each has its own package of migrations, all run the same way.

A service's ``migrations/env.py`` is two lines: ``from shared.database.migrations import run_environment`` and
``run_environment(Base.metadata)``.
"""

from __future__ import annotations

from importlib.resources import as_file, files

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text

from shared.database.database import Database
from shared.database.locks import lock_key


async def migrate(database: Database, package: str) -> None:
    """Bring the schema to the newest revision of ``package`` (such as ``services.billing.migrations``).

    Several processes may start at once: one migrates, the others wait and find nothing to do. All in one transaction.
    """
    async with database.engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key(f"migrate:{package}")})
        await connection.run_sync(_upgrade, package)


def _upgrade(connection: Connection, package: str) -> None:
    with as_file(files(package)) as folder:
        command.upgrade(alembic_config(str(folder), connection), "head")


def alembic_config(folder: str, connection: Connection | None = None) -> Config:
    """Configuration without a file: the folder of the migrations, and the connection they run on."""
    config = Config()
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def run_environment(metadata: MetaData) -> None:
    """What a service's ``env.py`` does: run the migrations on the connection that :func:`migrate` gives."""
    connection = context.config.attributes["connection"]
    assert connection is not None, "migrations run through shared.database.migrations.migrate"
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
