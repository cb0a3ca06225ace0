"""Databases to start from: copies of what the services had when nothing had come in yet."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from deploy.local import Addresses
from deploy.local.databases import drop_database
from deploy.local.probes import run_sync


class Databases:
    """``urls`` of the kept databases by service. Nobody may be connected to what is copied."""

    def __init__(self, admin_url: str, urls: Mapping[str, str]) -> None:
        self._admin_url = admin_url
        self.urls = urls

    @classmethod
    def keep(cls, addresses: Addresses) -> Databases:
        """Copy the services' main databases; the services are stopped."""
        admin_url = addresses.admin_url
        assert admin_url is not None, "only a stack of our own can be copied"
        return cls(admin_url, {name: _copy(admin_url, url) for name, url in addresses.database_urls.items()})

    @contextmanager
    def fresh(self, service: str) -> Iterator[str]:
        """The URL of a copy of ``service``'s kept database, dropped at the end."""
        url = _copy(self._admin_url, self.urls[service])
        try:
            yield url
        finally:
            run_sync(drop_database(self._admin_url, url))


def _copy(admin_url: str, url: str) -> str:
    parts = urlsplit(url)
    name = f"{parts.username}_{uuid.uuid4().hex[:8]}"
    run_sync(_create(admin_url, name, template=parts.path[1:], owner=parts.username or ""))
    return urlunsplit(parts._replace(path=f"/{name}"))


async def _create(admin_url: str, name: str, *, template: str, owner: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER "{owner}"')
        await connection.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
    finally:
        await connection.close()
