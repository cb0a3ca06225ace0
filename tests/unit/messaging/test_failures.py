"""What to do about an error: wait, blame the message, or neither."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.messaging.batch import Reject
from shared.messaging.failures import Failure, classify, refusal
from shared.messaging.outbox import MessageTooLarge


def _wrapped(error: Exception) -> Exception:
    """As SQLAlchemy raises it."""
    return DBAPIError("SELECT 1", {}, error)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.DeadlockDetectedError("deadlock detected"),
        asyncpg.SerializationError("could not serialize access"),
        asyncpg.LockNotAvailableError("canceling statement due to lock timeout"),
        asyncpg.AdminShutdownError("terminating connection due to administrator command"),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.TooManyConnectionsError("sorry, too many clients already"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.QueryCanceledError("canceling statement due to statement timeout"),
        asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction"),
        asyncpg.DiskFullError("could not extend file"),
        asyncpg.InterfaceError("connection is closed"),
    ],
)
def test_what_passes_is_waited_for(error: Exception) -> None:
    assert classify(error) is Failure.PASSING
    assert classify(_wrapped(error)) is Failure.PASSING


@pytest.mark.parametrize(
    "error",
    [ConnectionRefusedError(), TimeoutError(), PoolTimeout("QueuePool limit"), OSError()],
)
def test_a_connection_that_is_not_there_passes(error: Exception) -> None:
    assert classify(error) is Failure.PASSING


@pytest.mark.parametrize(
    ("error", "slug"),
    [
        (asyncpg.UniqueViolationError("duplicate key value violates unique constraint"), "integrity-error"),
        (asyncpg.CheckViolationError("violates check constraint"), "integrity-error"),
        (asyncpg.ExclusionViolationError("conflicting key value"), "integrity-error"),
        (asyncpg.NumericValueOutOfRangeError("integer out of range"), "data-error"),
        (asyncpg.CharacterNotInRepertoireError("invalid byte sequence: 0x00"), "data-error"),
        (asyncpg.exceptions._base.DataError("invalid input for query argument $1"), "data-error"),
        (OverflowError("value out of int32 range"), "data-error"),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), "data-error"),
    ],
)
def test_what_the_database_refuses_is_the_messages_fault(error: Exception, slug: str) -> None:
    for each in (error, _wrapped(error)):
        assert classify(each) is Failure.REFUSAL
        assert refusal(each).slug == slug


def test_handlers_and_the_outbox_refuse_in_their_own_words() -> None:
    assert classify(Reject("too-late", "the period is closed")) is Failure.REFUSAL
    assert refusal(Reject("too-late", "the period is closed")).slug == "too-late"
    assert refusal(MessageTooLarge("an event", 10, 5)).slug == "message-too-large"


@pytest.mark.parametrize(
    "error", [KeyError("x"), ZeroDivisionError(), asyncpg.UndefinedColumnError("no such column"), AssertionError()]
)
def test_the_rest_is_a_mistake_of_ours(error: Exception) -> None:
    assert classify(error) is Failure.UNEXPECTED
    assert refusal(error).slug == "handler-failed"


def test_an_error_that_was_raised_from_another_is_known_by_it() -> None:
    error = InterfaceError("COPY", {}, Exception())
    error.__cause__ = asyncpg.exceptions._base.DataError("invalid input for query argument $1")
    assert classify(error) is Failure.REFUSAL
    assert classify(IntegrityError("INSERT", {}, asyncpg.UniqueViolationError("twice"))) is Failure.REFUSAL


def test_a_dead_letter_can_hold_any_words() -> None:
    assert refusal(ValueError("\x00 \ud800 " + "x" * 5000)).detail.startswith("ValueError: \ufffd ? xxx")
    assert len(refusal(ValueError("x" * 5000)).detail) == 1000
