"""A stack that is running: what all its kinds have in common."""

from __future__ import annotations

from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from deploy.local.addresses import Addresses
from deploy.local.databases import create_fresh_database, drop_database
from deploy.local.probes import run_sync


class Stack:
    """A broker and a database server.  Context manager: starts on entry, stops at the end."""

    def __init__(self) -> None:
        self._addresses: Addresses | None = None
        self._fresh: set[str] = set()

    @property
    def summary(self) -> str:
        """For the user: which broker and database this is, and where the data lies."""
        raise NotImplementedError

    @property
    def addresses(self) -> Addresses:
        """Where it is found.  Only a started stack has addresses."""
        assert self._addresses is not None, "start the stack first"
        return self._addresses

    def start(self) -> Addresses:
        """Start what is not running and wait until it answers.  Raises StackError."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop what this object started; the data stays."""

    def discard_data(self) -> None:
        """Remove the data of a stopped stack; logs may stay."""

    def fresh_database(self, service: str) -> str:
        """The URL of a new, empty database, owned by the service's role."""
        service_url = self.addresses.database_urls[service]
        url = run_sync(create_fresh_database(self.addresses.admin_url or service_url, service_url))
        self._fresh.add(url)
        return url

    def drop_database(self, url: str) -> None:
        """Drop a database that ``fresh_database`` made."""
        self._fresh.discard(url)
        run_sync(drop_database(self.addresses.admin_url or self._service_url(url), url))

    def drop_fresh_databases(self) -> None:
        for url in list(self._fresh):
            self.drop_database(url)

    def _service_url(self, url: str) -> str:
        role = urlsplit(url).username
        return next(known for known in self.addresses.database_urls.values() if urlsplit(known).username == role)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
