"""Where each consumer is: kept in the database, moved in the transaction of the batch.

What Kafka holds is for lag and for operators. A database that was restored goes on from where it really is, and two
consumers that both think a partition theirs cannot both do its records: moving is a comparison.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch

Positions = dict[int, int]

_READ = """
SELECT partition, next_offset FROM consumer_positions
WHERE consumer = $1 AND topic = $2 AND partition = ANY($3::int[])
ORDER BY partition
"""
_MOVE = """
UPDATE consumer_positions AS position SET next_offset = moved.next_offset, moved_at = now()
FROM unnest($3::int[], $4::bigint[]) AS moved (partition, next_offset)
WHERE position.consumer = $1 AND position.topic = $2 AND position.partition = moved.partition
"""
_ADD = """
INSERT INTO consumer_positions (consumer, topic, partition, next_offset)
SELECT $1, $2, added.partition, added.next_offset
FROM unnest($3::int[], $4::bigint[]) AS added (partition, next_offset)
ORDER BY added.partition
ON CONFLICT (consumer, topic, partition)
"""


async def read_positions(session: AsyncSession, consumer: str, topic: str, partitions: Collection[int]) -> Positions:
    """The next offset of each partition that is known."""
    rows = await fetch(session, _READ, consumer, topic, sorted(partitions))
    return {row["partition"]: row["next_offset"] for row in rows}


async def lock_positions(session: AsyncSession, consumer: str, topic: str, partitions: Collection[int]) -> Positions:
    """The same, locked until the transaction ends, in the order of the partitions."""
    rows = await fetch(session, f"{_READ} FOR UPDATE", consumer, topic, sorted(partitions))
    return {row["partition"]: row["next_offset"] for row in rows}


async def move_positions(session: AsyncSession, consumer: str, topic: str, positions: Mapping[int, int]) -> None:
    """Move positions that this transaction has locked and compared."""
    await execute(session, _MOVE, consumer, topic, list(positions), list(positions.values()))


async def add_positions(session: AsyncSession, consumer: str, topic: str, positions: Mapping[int, int]) -> None:
    """Start partitions that are not known yet; one that another consumer has started meanwhile stays as it is."""
    await execute(session, f"{_ADD} DO NOTHING", consumer, topic, list(positions), list(positions.values()))


async def reset_positions(
    session: AsyncSession, group: str, topic: str, positions: Mapping[int, int] | None = None
) -> None:
    """For an operator: let a consumer go on elsewhere, such as after a topic was made anew.

    ``positions`` gives the next offset of partitions; None forgets all of this topic, and the consumer starts at what
    Kafka holds for its group, or at the oldest record. A running consumer notices with its next batch, a stopped one
    must be resumed. Records that are read again do nothing twice as long as the inbox remembers them.
    """
    if positions is None:
        await execute(session, "DELETE FROM consumer_positions WHERE consumer = $1 AND topic = $2", group, topic)
        return
    update = f"{_ADD} DO UPDATE SET next_offset = excluded.next_offset, moved_at = now()"
    await execute(session, update, group, topic, list(positions), list(positions.values()))
