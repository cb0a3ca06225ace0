"""Python's garbage collector, set for a process that handles many objects at once.

A batch makes tens of thousands of objects that reference counting frees again, and none of them in a cycle. With its
defaults the collector looks through all of them, and through everything that was imported, again and again: measured
40 % of the processor time of a consumer (docs/benchmark.md).
"""

from __future__ import annotations

import gc
from typing import Final

#: Objects that are there more than were before, between two looks at the young ones (700 unless set); every tenth
#: look takes in the middle-aged, every hundredth all. So cycles still go, after some two million objects.
_THRESHOLDS: Final = (20_000, 10, 10)


def settle_garbage_collector() -> None:
    """Once, when the process has imported what it needs: that stays, and is not looked through any more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
