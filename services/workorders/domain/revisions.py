"""What becomes of a revision that arrives: taken, known already, older than what stands, or in conflict.

The identity of an order is (organisation, source, external id); sending twice never counts twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from services.workorders.domain.refusal import REVISION_CONFLICT, FieldError, Refusal
from shared.words import WorkOrderStatus


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    IGNORED = "ignored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Submission:
    """A revision as it arrives. ``digest`` stands for its content (see :func:`digest_of`)."""

    revision: int
    status: WorkOrderStatus
    digest: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The order as it is: its revision, the last one whose hours were published, and the digests of all seen."""

    revision: int
    published_revision: int | None = None
    digests: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """``seen`` says that the revision is new to us and goes on record, also when it is too old to count.

    ``publish``: its hours are published; a revision that is not completed takes back what was published before.
    """

    outcome: Outcome
    standing: Standing
    seen: bool = False
    publish: bool = False
    refusal: Refusal | None = None


def decide(standing: Standing | None, arriving: Submission) -> Decision:
    """What becomes of ``arriving``, and the order after it. ``standing`` is None for an order that is new."""
    known = standing.digests.get(arriving.revision) if standing else None
    if standing is not None and known is not None:
        return _seen_before(standing, arriving, same=known == arriving.digest)
    digests = {**(standing.digests if standing else {}), arriving.revision: arriving.digest}
    if standing is not None and arriving.revision < standing.revision:
        return Decision(Outcome.IGNORED, replace(standing, digests=digests), seen=True)
    before = standing.published_revision if standing else None
    publish = arriving.status is WorkOrderStatus.COMPLETED or before is not None
    after = Standing(arriving.revision, arriving.revision if publish else before, digests)
    return Decision(Outcome.ACCEPTED, after, seen=True, publish=publish)


def decide_all(standing: Standing | None, arriving: Sequence[Submission]) -> list[Decision]:
    """The same for several revisions of one order, in the order in which they arrived."""
    decisions: list[Decision] = []
    for submission in arriving:
        decisions.append(decide(standing, submission))
        standing = decisions[-1].standing
    return decisions


def _seen_before(standing: Standing, arriving: Submission, *, same: bool) -> Decision:
    if not same:
        detail = f"revision {arriving.revision} was seen with other content: raise the revision with every change"
        refusal = Refusal(REVISION_CONFLICT, detail, (FieldError("/revision", detail),))
        return Decision(Outcome.REFUSED, standing, refusal=refusal)
    older = arriving.revision < standing.revision
    return Decision(Outcome.IGNORED if older else Outcome.UNCHANGED, standing)


def digest_of(document: Mapping[str, object]) -> str:
    """SHA-256 of what an order says, however it was written.

    ``5`` and ``5.00`` are the same number, 08:00+01:00 and 07:00Z the same instant, and a field that is left out the
    same as one that is null: the three ways in, and two libraries of a sender, write such things differently. The
    order of the lines counts. ``document`` holds plain values, Decimals, dates and datetimes, without defaults.
    """
    text = json.dumps(document, default=_canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


#: Digits beyond these are refused by the contracts.
_PLAIN: Final = "f"


def _canonical(value: object) -> str:
    match value:
        case Decimal():
            return format(value.normalize() + 0, _PLAIN)
        case datetime() if value.tzinfo is not None:
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical form")
