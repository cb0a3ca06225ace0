"""Errors of the database as problems: what the input caused is the client's (422), what may pass is tried again (503).

SQLSTATE codes: PostgreSQL documentation, appendix A.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Final

from asyncpg.exceptions import DataError, InterfaceError, PostgresError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.http.problems import Problem, invalid_input, unavailable

#: Values that no column can hold: too big, too long, NUL, no such date, no UTF-8.
_INPUT: Final = frozenset(
    {"22001", "22003", "22007", "22008", "22009", "22015", "22021", "22023", "22026", "22P02", "22P03", "22P05"}
)
#: A rival was quicker: unique, exclusion, and foreign keys of what was deleted meanwhile.
_RIVAL: Final = frozenset({"23503", "23505", "23P01"})
#: Serialization, deadlock, lock not available, query cancelled by a time limit.
_BUSY: Final = frozenset({"40001", "40P01", "55P03", "57014"})
#: Connections refused or lost, server starting or stopping.
_AWAY: Final = frozenset({"53300", "57P01", "57P02", "57P03", "57P05"})


def database_problem(error: BaseException) -> Problem | None:
    """The problem that an error of the database is; None for what is a mistake of ours, or no such error."""
    for cause in _causes(error):
        if problem := _problem(cause):
            return problem
    return None


def _problem(error: BaseException) -> Problem | None:
    if isinstance(error, PoolTimeoutError):
        return unavailable("busy", "All connections to the database are in use.")
    if isinstance(error, DataError) and "invalid input for query argument" in str(error):
        # asyncpg could not send it: out of range for its type, a lone surrogate. Another type is our own mistake.
        return None if "(expected " in str(error) else _unstorable()
    if isinstance(error, PostgresError):
        return _by_state(error.sqlstate or "")
    # What asyncpg says of connections that are gone, and the operating system of hosts that are not there.
    if isinstance(error, InterfaceError | ConnectionError | socket.gaierror | TimeoutError):
        return unavailable("database-unavailable", "The database cannot be reached.", retry_after=2)
    return None


def _by_state(state: str) -> Problem | None:
    if state in _INPUT:
        return _unstorable()
    if state in _RIVAL:
        return Problem(
            409, "conflict", "Another request changed the same record at the same time: look, and try again."
        )
    if state in _BUSY:
        return unavailable("busy", "Other changes of the same records are under way.")
    if state in _AWAY or state.startswith("08"):
        return unavailable("database-unavailable", "The database cannot be reached.", retry_after=2)
    return None


def _unstorable() -> Problem:
    return invalid_input("A value is out of range or holds characters that cannot be stored.")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it was raised from (SQLAlchemy wraps asyncpg's errors twice)."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or getattr(current, "orig", None)
