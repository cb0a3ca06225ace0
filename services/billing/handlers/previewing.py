"""A draft exactly as it would be issued: totals, VAT, due date, texts, its number, and what would refuse it."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.handlers.dates import issue_date
from services.billing.handlers.drafts import LockedInvoice, locked_draft
from services.billing.handlers.fixing import Fixed, as_it_is_now, fixed
from services.billing.handlers.issuing import Order, check_holds, check_rates
from services.billing.handlers.numbering import next_number, series_for, standing
from shared.http.problems import Problem
from shared.words import InvoiceType

T = TypeVar("T")

_COPIED = (
    "seller",
    "buyer",
    "payment_term",
    "language",
    "intro",
    "footer",
    "buyer_reference",
    "order_reference",
    "period_from",
    "period_until",
    "vat_lines",
)


@dataclass(frozen=True, slots=True)
class Preview:
    """``columns``: what issuing would fix; ``number``: the one it would take now, None where it is refused.

    ``refusals``: every reason why it could not be issued now.
    """

    columns: dict[str, Any]
    number: str | None
    refusals: list[Problem]


async def preview(session: AsyncSession, organisation: str, invoice_id: UUID, order: Order) -> Preview:
    """What :func:`issuing.issue` would make of a draft; nothing is written. Raises ``not-found``, ``not-a-draft``."""
    invoice = await locked_draft(session, organisation, invoice_id)
    copies = await as_it_is_now(session, invoice.row)
    refused: list[Problem] = []
    issued = await _tried(refused, _date(order, invoice))
    await _tried(refused, check_holds(session, invoice))
    await _tried(refused, fixed(session, invoice))
    number = None
    if issued is not None:
        await _tried(refused, check_rates(session, invoice, issued))
        number = await _tried(refused, _number(session, invoice, copies, issued))
    columns = {name: getattr(copies, name) for name in _COPIED}
    columns |= {"issue_date": issued, "due_date": None if issued is None else copies.due(issued)}
    return Preview(columns, None if refused else number, refused)


async def _date(order: Order, invoice: LockedInvoice) -> date:
    return issue_date(order.issue_date, order.now, invoice.account.time_zone)


async def _number(session: AsyncSession, invoice: LockedInvoice, copies: Fixed, issued: date) -> str:
    """The number that is next; another invoice may take it first."""
    series = series_for(InvoiceType(invoice.row["type"]), invoice.row["wanted_series"], copies.preferred)
    return next_number(await standing(session, invoice.account.organisation, series), issued).text


async def _tried(refused: list[Problem], check: Awaitable[T]) -> T | None:
    """What ``check`` gives; None, and its reason kept, where it refuses."""
    try:
        return await check
    except Problem as problem:
        refused.append(problem)
        return None
