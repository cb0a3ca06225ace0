"""A data folder for a stack that a test starts, kills and starts again."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import LocalStack


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Not pytest's own: its folders are closed to the user that PostgreSQL runs as when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="uurwerk-own-stack-"))
    yield folder
    LocalStack(folder).discard_data()
    shutil.rmtree(folder)
