"""Python's garbage collector, set for a process that handles many objects at once.

A batch makes tens of thousands of objects that reference counting frees again, and none of them in a cycle. With its
defaults the collector looks through all of them, and through everything that was imported, again and again: measured
40 % of the processor time of a consumer (docs/benchmark.md).
"""

from __future__ import annotations

import gc
from typing import Final

#: More objects than at the last look before the young ones are looked through (700 unless set), which of these looks
#: takes in the middle-aged, and which of those takes in all. What a batch of a thousand messages needs at once stays
#: below it; cycles still go, after some fifty million objects.
_THRESHOLDS: Final = (250_000, 20, 10)


def settle_garbage_collector() -> None:
    """Once, when the process has imported what it needs: that stays, and is not looked through any more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
