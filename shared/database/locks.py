"""Advisory locks of a transaction: released with it, never by hand.

Order, the same everywhere (docs/architecture.md): organisations first, always sorted, then rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch


def lock_key(name: str) -> int:
    """The key of an advisory lock: 64 bits of a digest of its name."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


def organisation_key(organisation: str) -> int:
    return lock_key(f"organisation:{organisation}")


async def lock_organisations_shared(session: AsyncSession, organisations: Iterable[str]) -> None:
    """What a batch takes: no master data of these organisations changes until it is done.

    So what must wait for an employee or a rate is not parked while that is being written (no lost wake-up).
    """
    keys = sorted({organisation_key(organisation) for organisation in organisations})
    if keys:
        await fetch(session, "SELECT pg_advisory_xact_lock_shared(key) FROM unnest($1::bigint[]) AS key", keys)


async def lock_organisation(session: AsyncSession, organisation: str) -> None:
    """What a writer of master data takes: it waits for the batches under way, the next ones wait for it."""
    await execute(session, "SELECT pg_advisory_xact_lock($1)", organisation_key(organisation))
