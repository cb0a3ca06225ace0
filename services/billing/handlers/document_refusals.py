"""Why a document is not given: slugs that clients act on."""

from __future__ import annotations

import asyncpg

from services.billing.documents.content import DocumentKind
from services.billing.documents.outcomes import DocumentState
from shared.http.problems import Problem, conflict, not_found, register_problems, unavailable

register_problems(
    {
        "bad-logo": "The file cannot be a logo",
        "document-failed": "The document could not be made",
        "document-not-failed": "The document did not fail",
        "document-waiting": "The document is not made yet",
        "no-e-invoice": "The invoice has no e-invoice",
        "preview-failed": "The preview could not be made",
    }
)


def not_there(row: asyncpg.Record | None, kind: DocumentKind) -> Problem:
    """Why there is no content of this document (``row`` without one)."""
    if row is None:
        return not_found("document", kind.value)
    match row["state"]:
        case DocumentState.WAITING:
            detail = "It is being made; ask again, or with ?wait=10."
            return Problem(409, "document-waiting", detail, headers={"Retry-After": "1"}, state="waiting")
        case DocumentState.NONE:
            return Problem(404, "no-e-invoice", row["detail"], reason=row["reason"])
        case _:
            return conflict("document-failed", row["detail"] or row["reason"], reason=row["reason"])


def not_failed(row: asyncpg.Record | None, kind: DocumentKind) -> Problem:
    if row is None:
        return not_found("document", kind.value)
    return conflict("document-not-failed", f"The {kind.value} is {row['state']}: there is nothing to try again.")


def bad_logo(detail: str) -> Problem:
    return Problem(422, "bad-logo", f"This cannot be a logo: {detail}.")


def preview_failed(detail: str) -> Problem:
    return unavailable("preview-failed", f"The page could not be typeset: {detail}", retry_after=5)
