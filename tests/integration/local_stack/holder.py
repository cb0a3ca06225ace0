"""Holds a stack until it is killed.  Run as a program by the tests of what a killed stack leaves.

``python holder.py FOLDER [orphans]``; with ``orphans`` its servers survive it, as they do where there is no
death signal.  Prints the servers' pids when the stack is up.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from deploy.local import LocalStack, children

if __name__ == "__main__":
    if sys.argv[2:] == ["orphans"]:
        children._dies_with_parent = lambda _: None
    stack = LocalStack(Path(sys.argv[1]))
    stack.start()
    print(stack.kafka.pid, stack.postgres.pid, flush=True)
    signal.pause()
