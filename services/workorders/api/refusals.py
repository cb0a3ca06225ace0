"""Refusals as problems (RFC 9457), and the slugs that this service adds to the registry."""

from __future__ import annotations

from typing import Final

from services.workorders.domain.refusal import (
    END_BEFORE_START,
    FORBIDDEN,
    LINE_TOO_LONG,
    REVISION_CONFLICT,
    TOO_LARGE,
    UNKNOWN_ORGANISATION,
    Refusal,
)
from services.workorders.imports.parsed import UnreadableFile
from services.workorders.schemas.outgoing import RefusalOut
from shared.http.problems import Problem, register_problems

#: What can be wrong with a file as a whole.
FILE_PROBLEMS: Final = {
    "empty-file": "The file is empty",
    "missing-header": "The file has no header",
    "unknown-columns": "The file has columns that are not known",
    "missing-columns": "The file lacks columns that are needed",
    "duplicate-columns": "The file has columns twice",
    "wrong-encoding": "The file's encoding cannot be read",
    "file-line-too-long": "The file has a line that is too long",
    "unbalanced-quotes": "The file has a quote that is not closed",
}

register_problems(
    {
        UNKNOWN_ORGANISATION: "The organisation is not known yet",
        REVISION_CONFLICT: "The revision was seen with other content",
        END_BEFORE_START: "The end does not come after the start",
        LINE_TOO_LONG: "The line is too long",
        **FILE_PROBLEMS,
    }
)

_STATUS: Final = {UNKNOWN_ORGANISATION: 409, REVISION_CONFLICT: 409, FORBIDDEN: 403, TOO_LARGE: 413}


def problem_of(refusal: Refusal) -> Problem:
    """The refusal of a request's only order, or of the whole request."""
    errors = [{"field": error.field, "in": "body", "detail": error.detail} for error in refusal.errors]
    status = _STATUS.get(refusal.slug, 422)
    return Problem(status, refusal.slug, refusal.detail, errors=errors or None)


def refusal_out(refusal: Refusal | None) -> RefusalOut | None:
    """The refusal of one order among many."""
    return None if refusal is None else RefusalOut.model_validate(refusal)


def file_problem(error: Exception) -> Problem:
    """What is wrong with a file; ``line`` says where, if it is in one place."""
    assert isinstance(error, UnreadableFile)
    if error.line is None:
        return Problem(422, error.slug, error.detail)
    return Problem(422, error.slug, error.detail, line=error.line)
