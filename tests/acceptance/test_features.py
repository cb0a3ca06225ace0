"""All scenarios of the project's own features, or of the folder that FEATURES names."""

from __future__ import annotations

import os
from pathlib import Path

from pytest_bdd import scenarios

FEATURES = Path(os.environ.get("FEATURES") or Path(__file__).parent / "features").resolve()

if not list(FEATURES.rglob("*.feature")):
    raise FileNotFoundError(f"there is no .feature file in {FEATURES}")

scenarios(str(FEATURES))
