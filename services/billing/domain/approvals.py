"""An approval of an entry as billing sees it: what decides about its price, and what the ledger remembers of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.billing.domain.facts import Fact
from services.billing.domain.pricing import Work


@dataclass(frozen=True, slots=True)
class Details:
    """What an invoice says about an entry, and where it stands there. ``name`` is what people call it: ``W1/1``."""

    name: str
    minutes: int | None = None
    unit: str | None = None
    vat_rate: Decimal | None = None
    article: str | None = None
    description: str | None = None
    work_order_id: UUID | None = None
    source: str | None = None
    position: int | None = None
    start: datetime | None = None
    extra_to: UUID | None = None
    finish: datetime | None = None
    work_order: str | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A version of an entry that was approved.

    ``document`` gives the event as it came (JSON); ``since`` is when it began to wait, if it did. ``replaces`` is the
    version that it corrects: one that was approved before.
    """

    fact: Fact
    work: Work
    details: Details
    document: Callable[[], str]
    traceparent: str | None = None
    since: datetime | None = None
    replaces: Fact | None = None


@dataclass(frozen=True, slots=True)
class TakingBack:
    """An approval that is taken back, by the version ``by`` of its entry."""

    fact: Fact
    work: Work
    by: int
    traceparent: str | None = None
