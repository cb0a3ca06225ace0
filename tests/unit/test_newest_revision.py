"""The name of a service's last migration is what Alembic calls its head: a start with that schema asks no Alembic."""

from __future__ import annotations

from importlib.resources import as_file, files

import pytest
from alembic.script import ScriptDirectory

from shared.database.migrations import alembic_config, newest_revision


@pytest.mark.parametrize("service", ["workorders", "timesheets", "billing"])
def test_the_last_file_is_the_head(service: str) -> None:
    package = f"services.{service}.migrations"
    with as_file(files(package)) as folder:
        heads = ScriptDirectory.from_config(alembic_config(str(folder))).get_heads()
    assert heads == [newest_revision(package)]
