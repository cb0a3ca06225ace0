"""Forgetting what need not be remembered any longer, in bounded portions."""

from __future__ import annotations

from shared.clock import Clock
from shared.database.bulk import affected, execute
from shared.database.database import Database
from shared.messaging.settings import MessagingSettings

_PORTION = 10_000
_PRUNE = """
DELETE FROM inbox WHERE ctid = ANY (ARRAY(SELECT ctid FROM inbox WHERE received_at < $1 LIMIT $2))
"""


async def prune_inbox(database: Database, clock: Clock) -> int:
    """Forget claims that are older than any record that Kafka still holds; returns how many. A ``Sweep.run``."""
    before = clock() - MessagingSettings().inbox_retention
    async with database.transaction() as session:
        return affected(await execute(session, _PRUNE, before, _PORTION))
