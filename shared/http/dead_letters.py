"""Dead letters over HTTP: what consumers could not use, to be looked at, handled again, or discarded.

An operator sees those of its own organisation. The installation sees all, also those of which nobody can tell whose
they are.
"""

from __future__ import annotations

import base64
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from shared.contracts.base import Text
from shared.http.auth import Principal, Role, require
from shared.http.fields import Body
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import Problem, conflict, not_found, register_problems
from shared.http.runtime import CurrentClock, runtime_of
from shared.http.session import ReadSession, Session
from shared.messaging.dead_letters import (
    DeadLetter,
    NotOpen,
    discard_dead_letter,
    get_dead_letter,
    list_dead_letters,
)
from shared.messaging.replay import replay_dead_letter

register_problems({"dead-letter-resolved": "The dead letter is not open any more"})

router = APIRouter(prefix="/v1/dead-letters", tags=["operations"])
Operator = Annotated[Principal, require(Role.OPERATOR, Role.INSTALLATION)]


class DeadLetterState(StrEnum):
    OPEN = "open"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


class DeadLetterItem(BaseModel):
    """A dead letter in a list."""

    id: UUID
    state: DeadLetterState
    consumer: str
    topic: str
    partition: int
    offset: int
    organisation: str | None
    source: str | None
    type: str | None = Field(description="CloudEvents type, where it could be read.")
    slug: str
    detail: str
    failed_at: datetime
    attempts: int


class DeadLetterOut(DeadLetterItem):
    """A dead letter whole. ``value`` is the text as it came; what is no UTF-8 stands in ``value_base64``."""

    key: str | None
    value: str | None
    value_base64: str | None
    headers: list[tuple[str, str]]
    published_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    note: str | None


class Discard(Body):
    reason: Annotated[Text, Field(min_length=1, description="Why nobody will need it; kept with it.")]


@router.get("", summary="List dead letters, the latest first")
async def list_(
    principal: Operator,
    session: ReadSession,
    paging: Paging,
    state: DeadLetterState | None = None,
    topic: Annotated[str | None, Query(max_length=249)] = None,
) -> Page[DeadLetterItem]:
    rows = await list_dead_letters(
        session,
        organisation=principal.organisation,
        state=state,
        topic=topic,
        after=paging.key(datetime, UUID),
        limit=paging.limit + 1,
    )
    return page(rows, paging, lambda row: (row.failed_at, row.id), _item)


@router.get("/{dead_letter_id}", summary="Look at a dead letter")
async def get(dead_letter_id: UUID, principal: Operator, session: ReadSession) -> DeadLetterOut:
    return _shown(
        _found(await get_dead_letter(session, dead_letter_id, organisation=principal.organisation), dead_letter_id)
    )


@router.post(
    "/{dead_letter_id}/replay",
    summary="Handle it again, now",
    responses=problems({409: ["dead-letter-resolved"]}),
)
async def replay(dead_letter_id: UUID, principal: Operator, clock: CurrentClock, request: Request) -> DeadLetterOut:
    """The service handles the stored message as if it had just arrived. If it fails again it stays open, with the
    new reason."""
    runtime = runtime_of(request.app)
    async with runtime.ready_database().transaction() as session:  # apart: the replay has its own
        _found(await get_dead_letter(session, dead_letter_id, organisation=principal.organisation), dead_letter_id)
    try:
        letter = await replay_dead_letter(
            runtime.database, runtime.service.subscriptions, dead_letter_id, by=principal.subject, now=clock()
        )
    except NotOpen as error:
        raise _resolved(error) from None
    return _shown(letter)


@router.post(
    "/{dead_letter_id}/discard",
    summary="Put it aside for good",
    responses=problems({409: ["dead-letter-resolved"]}),
)
async def discard(
    dead_letter_id: UUID, body: Discard, principal: Operator, session: Session, clock: CurrentClock
) -> DeadLetterOut:
    """It is kept, with who discarded it and why, and is not open any more."""
    _found(await get_dead_letter(session, dead_letter_id, organisation=principal.organisation), dead_letter_id)
    try:
        letter = await discard_dead_letter(
            session, dead_letter_id, by=principal.subject, reason=body.reason, now=clock()
        )
    except NotOpen as error:
        raise _resolved(error) from None
    return _shown(letter)


def _found(letter: DeadLetter | None, dead_letter_id: UUID) -> DeadLetter:
    if letter is None:
        raise not_found("dead letter", dead_letter_id)
    return letter


def _resolved(error: Exception) -> Problem:
    return conflict("dead-letter-resolved", str(error))


def _item(letter: DeadLetter) -> DeadLetterItem:
    return DeadLetterItem(**_common(letter))


def _shown(letter: DeadLetter) -> DeadLetterOut:
    value, value_base64 = _text(letter.record.value)
    key, _ = _text(letter.record.key)
    return DeadLetterOut(
        **_common(letter),
        key=key,
        value=value,
        value_base64=value_base64,
        headers=[(name, data.decode("utf-8", "replace")) for name, data in letter.record.headers],
        published_at=letter.record.timestamp,
        resolved_at=letter.resolved_at,
        resolved_by=letter.resolved_by,
        note=letter.note,
    )


def _common(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "state": letter.state,
        "consumer": letter.consumer,
        "topic": letter.record.place.topic,
        "partition": letter.record.place.partition,
        "offset": letter.record.place.offset,
        "organisation": letter.organisation,
        "source": letter.source,
        "type": letter.message_type,
        "slug": letter.slug,
        "detail": letter.detail,
        "failed_at": letter.failed_at,
        "attempts": letter.attempts,
    }


def _text(value: bytes | None) -> tuple[str | None, str | None]:
    """As text, or in base64 where it is none."""
    if value is None:
        return None, None
    try:
        return value.decode(), None
    except UnicodeDecodeError:
        return None, base64.b64encode(value).decode()
