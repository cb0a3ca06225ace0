"""The whole system for tests that need it: the shared stack, its topics and the three services as processes.

Held, like the stack, by the process that the user started; all xdist workers use the same one.
"""

from __future__ import annotations

import os
from multiprocessing.connection import Client

from deploy.local import StackError
from tests.support.stack import SOCKET

SERVICES = ("workorders", "timesheets", "billing")


def shared_system() -> dict[str, str]:
    """Where the services of this test run answer, by name; started now if this is the first to ask."""
    with Client(os.environ[SOCKET], "AF_UNIX") as connection:
        connection.send("services")
        answer = connection.recv()
    if not isinstance(answer, dict):
        raise StackError(f"the services did not start: {answer}")
    return answer
