"""Text of unknown origin, made fit for a database column and a log line."""

from __future__ import annotations

from pydantic import ValidationError

DETAIL_LENGTH = 1000
_FAULTS_SHOWN = 5


def fit(value: str, length: int = DETAIL_LENGTH) -> str:
    """``value`` without what PostgreSQL cannot hold (NUL, lone surrogates), cut to ``length``."""
    clean = value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    return clean if len(clean) <= length else clean[: length - 1] + "…"


def faults(error: ValidationError) -> str:
    """What is wrong and where, such as ``lines/0/employee: Field required``. Never the value: it may be private."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    told = [f"{'/'.join(str(part) for part in fault['loc']) or 'message'}: {_words(fault['msg'])}" for fault in found]
    if len(told) > _FAULTS_SHOWN:
        told = [*told[:_FAULTS_SHOWN], f"and {len(told) - _FAULTS_SHOWN} more"]
    return fit("; ".join(told))


def _words(message: str) -> str:
    """Pydantic's message without the words that it puts before those of our own validators."""
    return message.removeprefix("Value error, ")
