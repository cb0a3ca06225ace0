"""``uurwerk up``"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from deploy.cli.console import err, fail, out, say, table

if TYPE_CHECKING:
    from types import FrameType

    from deploy.local.addresses import Addresses
    from deploy.local.supervisor import Supervised
    from deploy.local.system import System

ORGANISATION = "demo"
LOOK_EVERY = 0.5  # seconds between two looks at the services


def up() -> None:
    """Start everything and keep it running; Ctrl-C stops it, the data stays (in UURWERK_DATA, by default .uurwerk)."""
    from deploy.local.choose import choose_stack
    from deploy.local.errors import StackError
    from deploy.local.folders import default_data_folder
    from deploy.local.system import PREFERRED_PORTS, System

    try:
        stack = choose_stack(default_data_folder())
        say(stack.summary)
        with stopped_by_signals(), stack, System(stack, ports=PREFERRED_PORTS, say=say) as system:
            say(stack.addresses.describe())
            _hold(system)
    except StackError as error:
        fail(str(error))
    except KeyboardInterrupt:
        say("stopped")


def _hold(system: System) -> None:
    from deploy.cli.running import Running, forget
    from deploy.local.supervisor import Supervisor

    addresses = system.stack.addresses
    ensure_organisation(system.urls["billing"], addresses)
    Running(os.getpid(), system.urls, addresses.environment(), ORGANISATION).write(addresses.data_dir)
    supervisor = Supervisor(_watched(system), clock=time.monotonic, say=say)
    _introduce(system)
    try:
        while True:
            supervisor.look()
            time.sleep(LOOK_EVERY)
    finally:
        forget(addresses.data_dir)
        say("stopping …")


def _watched(system: System) -> dict[Supervised, Callable[[], None]]:
    """What is started again when it ends: the services, and the servers where they are processes of ours."""
    from deploy.local.packages import LocalStack

    watched: dict[Supervised, Callable[[], None]] = {
        service: partial(system.launch, service) for service in system.services.values()
    }
    if isinstance(stack := system.stack, LocalStack):
        for server in (stack.kafka, stack.postgres):
            watched[server] = partial(stack.launch, server)
    return watched


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """SIGTERM ends it as Ctrl-C does; once it is ending, further signals do not disturb it."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, stop) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ensure_organisation(billing_url: str, addresses: Addresses) -> None:
    """Make the organisation that people try things in, unless it is there (their changes to it stay)."""
    from deploy.cli.access import Api, Refused
    from deploy.demo.firm import SELLER
    from deploy.local.tokens import mint_token

    token = mint_token(addresses.data_dir, organisation=None, roles=["installation"], subject="uurwerk-up")
    billing = Api("billing", billing_url, token)
    try:
        billing.request("GET", f"/organisations/{ORGANISATION}")
    except Refused as refused:
        if refused.status != 404:
            fail(f"billing does not show the organisation {ORGANISATION}: {refused}")
        billing.request("PUT", f"/organisations/{ORGANISATION}", json=SELLER)
        say(f"made the organisation {ORGANISATION}")


def _introduce(system: System) -> None:
    from deploy.local.tokens import ROLES, mint_token

    addresses = system.stack.addresses
    rows = [(name, url, f"{url}/docs") for name, url in system.urls.items()]
    out.print(table("service", "URL", "API docs", rows=rows))
    out.print(f"Kafka       {addresses.kafka_bootstrap}\nPostgreSQL  {_host(addresses)}\n", soft_wrap=True)
    out.print(f"Tokens for the organisation {ORGANISATION} (24 hours; `uurwerk token` makes others):")
    for role in ROLES:
        organisation = None if role == "installation" else ORGANISATION
        employee = "jan" if role == "employee" else None
        token = mint_token(
            addresses.data_dir, organisation=organisation, roles=[role], subject=employee or role, employee=employee
        )
        print(f"  {role:<13} {token}")  # not through rich: a token is copied in one line
    sys.stdout.flush()
    err.print(f"Data and logs are in {addresses.data_dir}. Ctrl-C stops everything; the data stays.", soft_wrap=True)


def _host(addresses: Addresses) -> str:
    from urllib.parse import urlsplit

    places = {service: urlsplit(url) for service, url in addresses.database_urls.items()}
    return ", ".join(f"{place.hostname}:{place.port}{place.path}" for place in places.values())
