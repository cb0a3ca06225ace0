"""Which stack is used: given addresses, else containers when asked for, else packages.  Never a stand-in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from deploy.local.databases import SERVICES
from deploy.local.errors import StackError
from deploy.local.stack import Stack

KAFKA = "KAFKA_BOOTSTRAP_SERVERS"
DATABASES = {service: f"{service.upper()}_DATABASE_URL" for service in SERVICES}


def choose_stack(data_dir: Path, environment: Mapping[str, str] = os.environ) -> Stack:
    """The stack that the environment asks for, not yet started; its ``summary`` is for the user.

    ``data_dir`` holds the data of the packages and the local signing key of every kind.
    """
    wanted = [KAFKA, *DATABASES.values()]
    given = [name for name in wanted if environment.get(name)]
    if given:
        if missing := [name for name in wanted if name not in given]:
            raise StackError(f"{', '.join(given)} set, but not {', '.join(missing)}: give all of them or none")
        from deploy.local.given import EnvironmentStack

        return EnvironmentStack(data_dir, environment)
    match environment.get("STACK", "packages"):
        case "packages":
            from deploy.local.packages import LocalStack

            return LocalStack(data_dir)
        case "containers":
            from deploy.local.containers import ContainerStack

            return ContainerStack(data_dir, environment)
        case other:
            raise StackError(f"STACK={other} is not known; there are 'packages' (the default) and 'containers'")
