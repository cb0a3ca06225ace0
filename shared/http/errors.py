"""Every exception of a request as a problem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shared.http.database_errors import database_problem
from shared.http.pointers import json_pointer, place_of
from shared.http.problems import Problem, problem_response
from shared.service import Service

log = structlog.get_logger(__name__)

#: Fields that are told of one request; a file of garbage would make an answer as big as itself.
MAX_ERRORS: Final = 100

_STATUS: Final = {
    400: ("invalid-input", "The body cannot be read: send valid JSON in UTF-8, or a valid form."),
    404: ("not-found", "There is nothing at this address."),
    405: ("method-not-allowed", "This address does not know the method {method}."),
    413: ("too-large", "The body is larger than this address takes."),
    415: ("unsupported-media-type", "Send JSON: Content-Type: application/json."),
}


class BodyTooLarge(HTTPException):
    """The body has more than ``limit`` bytes. Of this kind, because FastAPI lets nothing else out of its reading."""

    def __init__(self, limit: int) -> None:
        super().__init__(413)
        self.limit = limit


def add_error_handlers(app: FastAPI, service: Service) -> None:
    """Render what FastAPI and the service's rules raise; what is left, :func:`problem_of` takes."""
    app.add_exception_handler(Problem, _show_problem)
    app.add_exception_handler(HTTPException, _show_http_error)
    app.add_exception_handler(RequestValidationError, _show_invalid_input)
    for kind, convert in service.errors.items():
        app.add_exception_handler(kind, _converted(convert))


def problem_of(error: Exception) -> Problem:
    """The problem for an exception that nobody expected: of the database, or 500 without details."""
    if isinstance(error, Problem):
        return error
    problem = database_problem(error)
    if problem is not None:
        # The driver's own words: SQLAlchemy adds the statement with its values, which may be personal.
        said = str(getattr(error, "orig", None) or error).splitlines()
        log.warning("database error", slug=problem.slug, kind=type(error).__name__, error=said[0] if said else "")
        return problem
    log.error("unhandled error", exc_info=error)
    return Problem(500, "internal-error", "The service made a mistake. Its log has more under this request id.")


def too_large(limit: int) -> Problem:
    return Problem(413, "too-large", f"The body is larger than {limit} bytes, which is the limit here.")


def request_id_of(request: Request) -> str | None:
    request_id: str | None = request.scope.get("state", {}).get("request_id")
    return request_id


async def _show_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(error, request_id_of(request))


def _converted(convert: Any) -> Any:
    async def show(request: Request, error: Exception) -> Response:
        return problem_response(convert(error), request_id_of(request))

    return show


async def _show_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error, BodyTooLarge):
        return problem_response(too_large(error.limit), request_id_of(request))
    slug, detail = _STATUS.get(error.status_code, ("bad-request", str(error.detail)))
    status = 422 if slug == "invalid-input" else error.status_code
    problem = Problem(status, slug, detail.format(method=request.method), headers=error.headers)
    return problem_response(problem, request_id_of(request))


async def _show_invalid_input(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors: Sequence[Any] = error.errors()
    if isinstance(error.body, bytes) and any(tuple(e["loc"]) == ("body",) for e in errors):
        # FastAPI passes the raw bytes on when the content type is not JSON.
        slug, detail = _STATUS[415]
        return problem_response(Problem(415, slug, detail), request_id_of(request))
    fields = [_field(e, error.body) for e in errors[:MAX_ERRORS]]
    problem = Problem(422, "invalid-input", _summary(fields, len(errors)), errors=fields)
    return problem_response(problem, request_id_of(request))


def _field(error: Any, body: object) -> dict[str, str]:
    location = tuple(error["loc"])
    if error["type"] == "json_invalid":
        reason = error.get("ctx", {}).get("error", "invalid")
        return {"field": "", "in": "body", "detail": f"is not JSON: {reason} at character {location[-1]}"}
    return {"field": json_pointer(location, body), "in": place_of(location), "detail": _message(error)}


def _message(error: Any) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


def _summary(fields: list[dict[str, str]], count: int) -> str:
    first = fields[0]
    where = f"{first['in']} {first['field']}".strip()
    more = f" (and {count - 1} more)" if count > 1 else ""
    return f"{where}: {first['detail']}{more}"
