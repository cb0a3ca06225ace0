"""Consumer of ``workorders.hours-completed.v1``: the hours of a batch of orders become entries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.checks import Known, Organisation
from services.timesheets.domain.entry import TimeEntry
from services.timesheets.domain.errors import Refused
from services.timesheets.handlers.incoming import IncomingOrder, read_order
from services.timesheets.handlers.revising import Revising, work_order_of
from services.timesheets.handlers.settling import settle
from services.timesheets.queries.corrections import corrections_of
from services.timesheets.queries.known import known_records, organisations_by_code
from services.timesheets.queries.load import lock_entries_of_orders
from services.timesheets.queries.orders import claim_revisions
from shared.contracts.workorders import HoursCompleted
from shared.database.locks import lock_organisations_shared
from shared.messaging.batch import Batch
from shared.messaging.message import Message

Orders = dict[UUID, list[Message[HoursCompleted]]]


async def hours_completed(session: AsyncSession, batch: Batch) -> None:
    """Apply the newest revision of each order in the batch, where it is newer than what was applied before.

    Locks: organisations (shared), employees (shared), orders, entries. The organisations' records cannot change
    until the batch is done, so nothing is parked that the writer of its record has just let go on.
    """
    messages: Sequence[Message[HoursCompleted]] = batch.messages
    organisations = {message.data.organisation for message in messages}
    await lock_organisations_shared(session, organisations)
    newest = _newest(batch, await organisations_by_code(session, organisations))
    known = await _records(session, newest.values(), batch.now)
    claimed = await claim_revisions(session, (order.data for order in newest.values()), batch.now)
    held = await lock_entries_of_orders(session, [order_id for order_id, new in claimed.items() if not new])
    opened, dismissed = await corrections_of(session, [entry.id for entry in held if entry.approved is not None])
    revising = Revising(known, opened, dismissed, batch.now)
    by_order = _by_order(held)
    for order_id, order in newest.items():
        if order_id in claimed:
            revising.apply(order, by_order.get(order_id, {}))
    await settle(session, revising, [entry.id for entry in held])


def _newest(batch: Batch, organisations: Mapping[str, Organisation]) -> dict[UUID, IncomingOrder]:
    """Of several revisions of an order the highest that can be read; one that cannot is a dead letter."""
    orders: Orders = {}
    for message in batch.messages:
        orders.setdefault(message.data.work_order_id, []).append(message)
    newest: dict[UUID, IncomingOrder] = {}
    for order_id, messages in orders.items():
        for message in sorted(messages, key=lambda one: one.data.revision, reverse=True):
            try:
                newest[order_id] = read_order(message, organisations[message.data.organisation])
                break
            except Refused as refused:
                batch.reject(message, refused.slug, refused.detail)
    return newest


async def _records(session: AsyncSession, orders: Collection[IncomingOrder], now: datetime) -> dict[str, Known]:
    lines = [(order.data.organisation, line.work) for order in orders for line in order.lines]
    return await known_records(
        session,
        {order.data.organisation for order in orders},
        ((organisation, work.employee) for organisation, work in lines if work.employee is not None),
        ((organisation, work.hour_type) for organisation, work in lines if work.hour_type is not None),
        now,
    )


def _by_order(held: Iterable[TimeEntry]) -> dict[UUID, dict[UUID, TimeEntry]]:
    by_order: dict[UUID, dict[UUID, TimeEntry]] = {}
    for entry in held:
        by_order.setdefault(work_order_of(entry), {})[entry.id] = entry
    return by_order
