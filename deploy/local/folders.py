"""Where things lie: the project, the data of its stack, and what is downloaded once per user."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def default_data_folder() -> Path:
    """The folder of the stack that stays: ``UURWERK_DATA``, or ``.uurwerk`` in the project."""
    given = os.environ.get("UURWERK_DATA")
    return Path(given).expanduser().resolve() if given else PROJECT / ".uurwerk"


def cache_folder() -> Path:
    """What is fetched once for all checkouts: ``UURWERK_CACHE``, or the user's cache folder."""
    import platformdirs

    given = os.environ.get("UURWERK_CACHE")
    folder = Path(given).expanduser().resolve() if given else platformdirs.user_cache_path("uurwerk", False)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def others_can_enter(folder: Path) -> bool:
    """Whether any user of the machine can traverse every folder on the way to this one."""
    return all(step.stat().st_mode & 0o001 for step in folder.resolve().parents)
