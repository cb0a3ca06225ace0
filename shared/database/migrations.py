"""Alembic for several services: each has its own package of migrations, all run the same way.

A service's ``migrations/env.py`` is two lines: ``from shared.database.migrations import run_environment`` and
``run_environment(Base.metadata)``.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.database import Database
from shared.database.locks import lock_key

if TYPE_CHECKING:
    from alembic.config import Config


async def migrate(database: Database, package: str) -> None:
    """Bring the schema to the newest revision of ``package`` (such as ``services.billing.migrations``).

    Several processes may start at once: one migrates, the others wait and find nothing to do. All in one transaction.
    A schema that is the newest already needs no Alembic, which takes a third of a second to import.
    """
    async with database.engine.begin() as connection:
        if await _revision(connection) == newest_revision(package):
            return
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key(f"migrate:{package}")})
        await connection.run_sync(_upgrade, package)


async def _revision(connection: AsyncConnection) -> str | None:
    """The schema's revision; None where there is none yet."""
    if await connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return None
    revision: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def newest_revision(package: str) -> str:
    """What the last file of ``package`` is called before its first underscore: that is its revision."""
    names = (file.name for file in files(package).joinpath("versions").iterdir() if file.name.endswith(".py"))
    return max(name.removesuffix(".py") for name in names if not name.startswith("_")).partition("_")[0]


def _upgrade(connection: Connection, package: str) -> None:
    from alembic import command  # noqa: PLC0415 - only where there is something to do

    with as_file(files(package)) as folder:
        command.upgrade(alembic_config(str(folder), connection), "head")


def alembic_config(folder: str, connection: Connection | None = None) -> Config:
    """Configuration without a file: the folder of the migrations, and the connection they run on."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def run_environment(metadata: MetaData) -> None:
    """What a service's ``env.py`` does: run the migrations on the connection that :func:`migrate` gives."""
    from alembic import context  # noqa: PLC0415

    connection = context.config.attributes["connection"]
    assert connection is not None, "migrations run through shared.database.migrations.migrate"
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
