"""One database and one role per service, and fresh empty databases for tests."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit, urlunsplit

import asyncpg

SERVICES = ("workorders", "timesheets", "billing")


async def create_service_databases(admin_url: str, passwords: dict[str, str]) -> dict[str, str]:
    """Make what is missing; the URL of each service's database.  No role may enter another's."""
    connection = await asyncpg.connect(admin_url)
    try:
        for service in SERVICES:
            await _create_role(connection, service, passwords[service])
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", service):
                await _create_database(connection, service, owner=service)
        await connection.execute("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
    finally:
        await connection.close()
    return {service: _url_for(admin_url, service, passwords[service], service) for service in SERVICES}


async def create_fresh_database(admin_url: str, service_url: str) -> str:
    """An empty database of its own, owned by the service's role; its URL."""
    parts = urlsplit(service_url)
    name = f"{parts.username}_{uuid.uuid4().hex[:12]}"
    connection = await asyncpg.connect(admin_url)
    try:
        await _create_database(connection, name, owner=parts.username or "")
    finally:
        await connection.close()
    return urlunsplit(parts._replace(path=f"/{name}"))


async def drop_database(admin_url: str, url: str) -> None:
    """Drop a database whoever is still connected to it."""
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{urlsplit(url).path[1:]}" WITH (FORCE)')
    finally:
        await connection.close()


async def _create_role(connection: asyncpg.Connection, role: str, password: str) -> None:
    known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
    # ours are url-safe random words, so quoting is all they need
    await connection.execute(f"""{"ALTER" if known else "CREATE"} ROLE "{role}" LOGIN PASSWORD '{password}'""")


async def _create_database(connection: asyncpg.Connection, name: str, owner: str) -> None:
    await connection.execute(f'CREATE DATABASE "{name}" OWNER "{owner}"')
    await connection.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')


def _url_for(admin_url: str, role: str, password: str, database: str) -> str:
    parts = urlsplit(admin_url)
    return urlunsplit(parts._replace(netloc=f"{role}:{password}@{parts.hostname}:{parts.port}", path=f"/{database}"))
