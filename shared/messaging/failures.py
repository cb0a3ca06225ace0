"""What a failure of the database or of a handler means: wait, blame a message, or neither."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from enum import StrEnum

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.messaging.batch import Refusal, Reject
from shared.messaging.outbox import MessageTooLarge
from shared.messaging.text import fit

#: SQLSTATE classes (first two characters) that pass by themselves: connection, resources, operator, system.
_PASSING_CLASSES = frozenset({"08", "53", "57", "58"})
#: Serialization, deadlock, lock not available, idle transaction ended, a standby that was asked to write.
_PASSING_STATES = frozenset({"40001", "40P01", "40003", "55P03", "25P03", "25006"})
#: Constraint and data: the database refuses what a message says.
_REFUSING_CLASSES = frozenset({"22", "23", "44"})
#: Values that asyncpg cannot send: a number that its type cannot hold, a lone surrogate. Its DataError is no lost
#: connection, although it is an InterfaceError (the public name ``asyncpg.DataError`` is the server's); COPY raises
#: the bare ones.
_UNSENDABLE: tuple[type[BaseException], ...] = (
    asyncpg.exceptions._base.DataError,
    UnicodeEncodeError,
    OverflowError,
)


class Failure(StrEnum):
    #: It may pass by itself: the same again, later.
    PASSING = "passing"
    #: A message breaks a rule of the database or of the handler.
    REFUSAL = "refusal"
    #: A programming error, as far as one can know.
    UNEXPECTED = "unexpected"


def classify(error: BaseException) -> Failure:
    """What to do about ``error``."""
    if isinstance(error, (Reject, MessageTooLarge)):
        return Failure.REFUSAL
    chain = tuple(_chain(error))
    for link in chain:
        if isinstance(link, _UNSENDABLE):
            return Failure.REFUSAL
        state = getattr(link, "sqlstate", None)
        if isinstance(state, str):
            if state in _PASSING_STATES or state[:2] in _PASSING_CLASSES:
                return Failure.PASSING
            return Failure.REFUSAL if state[:2] in _REFUSING_CLASSES else Failure.UNEXPECTED
    if any(_lost_connection(link) for link in chain):
        return Failure.PASSING
    return Failure.UNEXPECTED


def refusal(error: BaseException) -> Refusal:
    """Why a message is a dead letter, from the error that it caused."""
    if isinstance(error, Reject):
        return Refusal(error.slug, fit(error.detail))
    if isinstance(error, MessageTooLarge):
        return Refusal("message-too-large", fit(str(error)))
    for link in _chain(error):
        state = getattr(link, "sqlstate", None)
        if isinstance(state, str):
            slug = "integrity-error" if state.startswith("23") else "data-error" if state.startswith("22") else ""
            return Refusal(slug or "handler-failed", fit(_database_words(link)))
        if isinstance(link, _UNSENDABLE):
            return Refusal("data-error", fit(str(link)))
    return Refusal("handler-failed", fit(f"{type(error).__name__}: {error}"))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and those that it wraps (SQLAlchemy's ``orig``, and explicit causes)."""
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        link = todo.pop(0)
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        todo += [getattr(link, "orig", None), link.__cause__]


def _lost_connection(error: BaseException) -> bool:
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, (InterfaceError, asyncpg.InterfaceError, asyncpg.InternalClientError, PoolTimeout)):
        return True
    if isinstance(error, InvalidRequestError):  # the session of a connection that was lost under it
        return "connection" in str(error).lower()
    return isinstance(error, (OSError, asyncio.TimeoutError))


def _database_words(error: BaseException) -> str:
    """PostgreSQL's message with the constraint's name. Not its DETAIL: that repeats the values."""
    constraint = getattr(error, "constraint_name", None)
    words = str(error.args[0] if error.args else error).splitlines()[0]
    return f"{words} ({constraint})" if constraint and constraint not in words else words
