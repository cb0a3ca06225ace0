"""The inbox: a claim for each message that was handled, so that a second delivery does nothing."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch

_CLAIM = """
INSERT INTO inbox (consumer, message_key)
SELECT $1, message_key FROM unnest($2::bytea[]) AS message_key
ON CONFLICT DO NOTHING
RETURNING message_key
"""


async def claim(session: AsyncSession, consumer: str, identities: Collection[bytes]) -> set[bytes]:
    """Claim messages for this transaction; returns those that are new.

    Sorted, so that two consumers that claim the same messages wait for each other instead of deadlocking.
    """
    if not identities:
        return set()
    rows = await fetch(session, _CLAIM, consumer, sorted(identities))
    return {row["message_key"] for row in rows}


async def release(session: AsyncSession, consumer: str, identities: Collection[bytes]) -> None:
    """Take claims back: a message that became a dead letter must be handled when it is replayed."""
    if identities:
        await execute(
            session,
            "DELETE FROM inbox WHERE consumer = $1 AND message_key = ANY($2::bytea[])",
            consumer,
            list(identities),
        )
