"""How far this service has come: for operators, and for whoever must know that what it sent has gone through."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from shared.database.bulk import fetch
from shared.http.auth import Principal, Role, require
from shared.http.session import Session

router = APIRouter(tags=["operations"])


class OutboxProgress(BaseModel):
    last_id: int = Field(description="Highest id that was ever given out, written or not.")
    oldest_pending_id: int | None = Field(description="Oldest event that is not on its topic yet.")


class Position(BaseModel):
    partition: int
    next_offset: int = Field(description="All records before this offset have been handled.")


class ConsumerProgress(BaseModel):
    consumer: str = Field(description="Consumer group.")
    topic: str
    positions: list[Position]


class Progress(BaseModel):
    outbox: OutboxProgress
    consumers: list[ConsumerProgress]


@router.get("/v1/progress", summary="What has been published, and what has been read")
async def progress(_: Annotated[Principal, require(Role.OPERATOR, Role.INSTALLATION)], session: Session) -> Progress:
    """What was in the outbox when `last_id` was read is on its topic once `oldest_pending_id` is past it.

    The outbox is read last: what came of the records before these positions is in it, or has been published.
    """
    rows = await fetch(
        session,
        "SELECT consumer, topic, partition, next_offset FROM consumer_positions ORDER BY consumer, topic, partition",
    )
    # The sequence, not max(id): a transaction that is under way has its ids already.
    (last,) = await fetch(session, "SELECT last_value, is_called FROM outbox_id_seq")
    (oldest,) = await fetch(session, "SELECT min(id) AS id FROM outbox")
    consumers: dict[tuple[str, str], list[Position]] = {}
    for row in rows:
        place = Position(partition=row["partition"], next_offset=row["next_offset"])
        consumers.setdefault((row["consumer"], row["topic"]), []).append(place)
    return Progress(
        outbox=OutboxProgress(last_id=last["last_value"] if last["is_called"] else 0, oldest_pending_id=oldest["id"]),
        consumers=[ConsumerProgress(consumer=c, topic=t, positions=p) for (c, t), p in consumers.items()],
    )
