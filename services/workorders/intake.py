"""Taking work orders in: the one way for Kafka, HTTP and files, so that all three check and do the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.workorders import documents
from services.workorders.domain.clock_times import check_spans
from services.workorders.domain.refusal import Refusal, too_large, unknown_organisation
from services.workorders.domain.revisions import Decision, Outcome, Submission, decide_all
from services.workorders.publishing import publish_hours
from services.workorders.queries.intake import (
    OrderRow,
    RevisionRow,
    insert_orders,
    insert_revisions,
    lock_orders,
    update_orders,
)
from services.workorders.queries.organisations import time_zones
from shared.clock import zone
from shared.contracts.workorders import WorkOrder
from shared.messaging.outbox import outbox_of


class How(StrEnum):
    """The way on which an order came in."""

    KAFKA = "kafka"
    HTTP = "http"
    FILE = "file"


@dataclass(frozen=True)
class Arrival:
    """A valid work order as it came in. ``received_from``: a user's subject, or the source of the message."""

    order: WorkOrder
    how: How
    received_from: str
    traceparent: str | None = None

    @cached_property
    def id(self) -> UUID:
        return documents.order_id(self.order)

    @cached_property
    def document(self) -> str:
        return documents.as_json(self.order)

    @cached_property
    def submission(self) -> Submission:
        return Submission(self.order.revision, self.order.status, documents.digest(self.order))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an arrival. ``revision`` is the one that stands now; None if the order was not looked up."""

    work_order_id: UUID
    outcome: Outcome
    revision: int | None
    refusal: Refusal | None = None


async def take(session: AsyncSession, arrivals: Sequence[Arrival], now: datetime) -> list[Receipt]:
    """Take each of ``arrivals`` whole, or refuse it; a receipt for each, in the same order.

    Several revisions of one order are decided in the order in which they arrive. Writes orders, revisions, lines and
    the outbox; the caller owns the transaction.
    """
    refusals = await _refusals(session, arrivals)
    by_order: dict[UUID, list[int]] = {}
    for index, arrival in enumerate(arrivals):
        if index not in refusals:
            by_order.setdefault(arrival.id, []).append(index)
    groups = {id_: [arrivals[index] for index in indexes] for id_, indexes in by_order.items()}
    taken = await _decide_and_write(session, groups, now)
    decisions = {index: d for id_, indexes in by_order.items() for index, d in zip(indexes, taken[id_], strict=True)}
    decided = [(arrivals[index], decisions[index]) for index in sorted(decisions)]
    await insert_revisions(session, [_revision_row(a, d) for a, d in decided if d.seen], now)
    await publish_hours(session, [(a.order, a.id, a.traceparent) for a, d in decided if d.publish], now)
    return [
        _refused(arrival, refusals[index]) if index in refusals else _receipt(arrival, decisions[index])
        for index, arrival in enumerate(arrivals)
    ]


async def _refusals(session: AsyncSession, arrivals: Sequence[Arrival]) -> dict[int, Refusal]:
    """What can be refused without looking at the order that stands, by index."""
    zones = await time_zones(session, {arrival.order.organisation for arrival in arrivals})
    limit = outbox_of(session).max_message_bytes
    checked = ((index, _check(arrival, zones, limit)) for index, arrival in enumerate(arrivals))
    return {index: refusal for index, refusal in checked if refusal is not None}


def _check(arrival: Arrival, zones: Mapping[str, str], limit: int) -> Refusal | None:
    order = arrival.order
    time_zone = zones.get(order.organisation)
    if time_zone is None:
        return unknown_organisation(order.organisation)
    # Measured only where it can matter: a message is at most some four times the document, for its empty fields.
    if len(arrival.document) * 6 > limit and (size := documents.message_size(order)) > limit:
        return too_large(size, limit)
    return check_spans(documents.spans(order), zone(time_zone))


async def _decide_and_write(
    session: AsyncSession, groups: Mapping[UUID, Sequence[Arrival]], now: datetime
) -> dict[UUID, list[Decision]]:
    """Decide as if all orders were new and insert them; those that were there are locked and decided again."""
    if not groups:
        return {}
    decisions = {id_: decide_all(None, [a.submission for a in group]) for id_, group in groups.items()}
    inserted = await insert_orders(session, [_order_row(groups[id_], decisions[id_]) for id_ in groups], now)
    there = groups.keys() - inserted
    standings = await lock_orders(session, [(id_, a.order.revision) for id_ in there for a in groups[id_]])
    for id_ in there:
        decisions[id_] = decide_all(standings[id_], [a.submission for a in groups[id_]])
    changed = [id_ for id_ in there if any(d.outcome is Outcome.ACCEPTED for d in decisions[id_])]
    await update_orders(session, [_order_row(groups[id_], decisions[id_]) for id_ in changed], now)
    return decisions


def _order_row(group: Sequence[Arrival], decisions: Sequence[Decision]) -> OrderRow:
    """The order after all of the group: the document of the last revision that was accepted."""
    last = [arrival for arrival, d in zip(group, decisions, strict=True) if d.outcome is Outcome.ACCEPTED][-1]
    order = last.order
    return OrderRow(
        id=last.id,
        organisation=order.organisation,
        source=order.source,
        external_id=order.external_id,
        revision=order.revision,
        status=order.status,
        customer=order.customer,
        project=order.project,
        phase=order.phase,
        document=last.document,
        published_revision=decisions[-1].standing.published_revision,
        traceparent=last.traceparent,
    )


def _revision_row(arrival: Arrival, decision: Decision) -> RevisionRow:
    return RevisionRow(
        work_order_id=arrival.id,
        revision=arrival.order.revision,
        organisation=arrival.order.organisation,
        digest=arrival.submission.digest,
        document=arrival.document,
        outcome=decision.outcome,
        how=arrival.how,
        received_from=arrival.received_from,
    )


def _receipt(arrival: Arrival, decision: Decision) -> Receipt:
    return Receipt(arrival.id, decision.outcome, decision.standing.revision, decision.refusal)


def _refused(arrival: Arrival, refusal: Refusal) -> Receipt:
    return Receipt(arrival.id, Outcome.REFUSED, None, refusal)
