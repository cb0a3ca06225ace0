"""Problems: how every refusal and failure is told over HTTP (RFC 9457, ``application/problem+json``).

``type`` is ``https://uurwerk.dev/problems/<slug>``. A slug is stable: clients act on it. Its title stands in the
registry below, to which each service adds its own with :func:`register_problems`; docs list them from there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

TYPE_PREFIX: Final = "https://uurwerk.dev/problems/"
MEDIA_TYPE: Final = "application/problem+json"

_TITLES: dict[str, str] = {}


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it so
    """A refusal that the client can act on. Raised anywhere in a request, it rolls the transaction back.

    ``extra`` becomes members of the problem (JSON values), such as ``entry_id=…``; ``errors`` names the fields.
    """

    def __init__(
        self,
        status: int,
        slug: str,
        detail: str,
        title: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        errors: list[dict[str, str]] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(f"{slug}: {detail}")
        self.status = status
        self.slug = slug
        self.detail = detail
        self.title = title or title_of(slug)
        self.headers = dict(headers or {})
        self.extra = extra if errors is None else {**extra, "errors": errors}

    def document(self, request_id: str | None = None) -> dict[str, Any]:
        """The problem's JSON object."""
        document = {
            "type": TYPE_PREFIX + self.slug,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }
        if request_id is not None:
            document["request_id"] = request_id
        return document


def register_problems(titles: Mapping[str, str]) -> None:
    """Add slugs with their titles. Raises ValueError for a slug that means something else already."""
    for slug, title in titles.items():
        if _TITLES.setdefault(slug, title) != title:
            raise ValueError(f"the problem {slug!r} has the title {_TITLES[slug]!r} already")


def registered_problems() -> dict[str, str]:
    """All slugs with their titles, in alphabetical order."""
    return dict(sorted(_TITLES.items()))


def title_of(slug: str) -> str:
    return _TITLES.get(slug) or slug.replace("-", " ").capitalize()


def problem_response(problem: Problem, request_id: str | None = None) -> Response:
    """The answer. A lone surrogate that the client sent (no UTF-8 can carry it) is shown as ``?``."""
    text = json.dumps(problem.document(request_id), ensure_ascii=False, default=str)
    return Response(
        text.encode("utf-8", "replace"), status_code=problem.status, headers=problem.headers, media_type=MEDIA_TYPE
    )


def invalid_input(detail: str, field: str | None = None, *, place: str = "body") -> Problem:
    """422: what was sent is not what is asked for. ``field`` is a JSON pointer into ``place``."""
    errors = None if field is None else [{"field": field, "in": place, "detail": detail}]
    return Problem(422, "invalid-input", detail, errors=errors)


def not_found(what: str, key: object) -> Problem:
    """404, also for what exists in another organisation: ``not_found("invoice", invoice_id)``."""
    return Problem(404, "not-found", f"There is no {what} {str(key)!r}.")


def conflict(slug: str, detail: str, **extra: Any) -> Problem:
    """409: the state of the record does not allow it."""
    return Problem(409, slug, detail, **extra)


def forbidden(detail: str) -> Problem:
    return Problem(403, "forbidden", detail)


def unauthenticated(detail: str) -> Problem:
    error = 'Bearer realm="uurwerk", error="invalid_token"'
    return Problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": error})


def unavailable(slug: str, detail: str, retry_after: int = 1) -> Problem:
    """503: it may work in ``retry_after`` seconds."""
    return Problem(503, slug, detail, headers={"Retry-After": str(retry_after)})


register_problems(
    {
        "bad-request": "The request cannot be understood",
        "busy": "Too many changes at the same time",
        "conflict": "The record was changed at the same time",
        "database-unavailable": "The database cannot be reached",
        "forbidden": "Not allowed",
        "idempotency-key-reused": "The idempotency key was used for another request",
        "internal-error": "Something went wrong in the service",
        "invalid-input": "The input is not valid",
        "method-not-allowed": "The method is not allowed here",
        "not-found": "Not found",
        "not-ready": "The service is not ready yet",
        "too-large": "The body is too large",
        "unauthenticated": "No valid access token",
        "unsupported-media-type": "The content type is not supported",
    }
)
