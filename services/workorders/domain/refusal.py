"""A refusal: why an order is not taken, as a value that HTTP, dead letters and import reports all can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

INVALID_INPUT: Final = "invalid-input"
UNKNOWN_ORGANISATION: Final = "unknown-organisation"
END_BEFORE_START: Final = "end-before-start"
LINE_TOO_LONG: Final = "line-too-long"
REVISION_CONFLICT: Final = "revision-conflict"
FORBIDDEN: Final = "forbidden"
TOO_LARGE: Final = "too-large"


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field. ``field`` is a JSON pointer into the order (RFC 6901)."""

    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """``slug`` is stable, ``detail`` says what is wrong and where, ``errors`` point at the fields."""

    slug: str
    detail: str
    errors: tuple[FieldError, ...] = ()


def unknown_organisation(organisation: str) -> Refusal:
    """No organisation of that code has been announced to this service."""
    return Refusal(UNKNOWN_ORGANISATION, f"there is no organisation {organisation!r}")


def too_large(size: int, limit: int) -> Refusal:
    """The order could not be published as one message."""
    return Refusal(TOO_LARGE, f"the order has {size} bytes, more than the {limit} that a message may have")
