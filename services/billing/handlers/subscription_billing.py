"""Billing a period of a subscription: one transaction each, so that each is whole or not at all.

Lock order: the account, then the subscription. The period's key in the database is the last word: whoever comes
second, scheduler or hand, here or in another process, bills nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.subscriptions import price_on
from services.billing.handlers.advances import draft_lines
from services.billing.handlers.drafts import locked_account
from services.billing.handlers.issuing import Order, issue
from services.billing.handlers.subscriptions import bill_on, rhythm_of
from services.billing.queries import subscriptions
from shared.http.problems import conflict, not_found
from shared.words import InvoiceOrigin


@dataclass(frozen=True, slots=True)
class Billed:
    """A period that was billed just now."""

    day: date
    invoice_id: UUID


async def bill_next(
    session: AsyncSession, organisation: str, code: str, until: date, *, by: str, now: datetime
) -> Billed | None:
    """Bill the first period that was not billed, if it is to be billed on ``until`` or before."""
    row = await _locked(session, organisation, code)
    if row["paused"] or row["bill_on"] is None or row["bill_on"] > until:
        return None
    return await _bill(session, row, row["next_day"], by=by, now=now)


async def bill_period(
    session: AsyncSession, organisation: str, code: str, day: date, *, by: str, now: datetime
) -> UUID:
    """Bill the period that begins on ``day``; one that is billed already gives the invoice that it is on.

    Raises ``not-found``, ``unknown-period``, ``period-billed`` (its draft was deleted).
    """
    row = await _locked(session, organisation, code)
    if (known := await subscriptions.find_period(session, organisation, code, day)) is not None:
        if known["invoice_id"] is None:
            raise conflict("period-billed", f"The draft of {day} was deleted: free the period to bill it again.")
        return UUID(str(known["invoice_id"]))
    if rhythm_of(row).number(day) is None:
        raise conflict("unknown-period", f"No period of {code!r} begins on {day}.")
    return (await _bill(session, row, day, by=by, now=now)).invoice_id


async def _locked(session: AsyncSession, organisation: str, code: str) -> dict[str, Any]:
    """The subscription, its account locked before it."""
    known = await subscriptions.find(session, organisation, code)
    if known is None:
        raise not_found("subscription", code)
    await locked_account(session, organisation, project=known["project"], customer=known["customer"])
    row = await subscriptions.find(session, organisation, code, lock=True)
    assert row is not None, "a subscription is never deleted"
    if (row["project"], row["customer"]) != (known["project"], known["customer"]):
        raise conflict("conflict", f"The subscription {code!r} was moved at the same time: look, and try again.")
    return row


async def _bill(session: AsyncSession, row: Mapping[str, Any], day: date, *, by: str, now: datetime) -> Billed:
    organisation, code = row["organisation"], row["code"]
    rhythm = rhythm_of(row)
    number = rhythm.number(day)
    assert number is not None, "it is a period of the subscription"
    price = price_on((await subscriptions.prices(session, organisation, [code]))[code], day)
    lines = price.invoice_lines(code, f"{day} – {rhythm.last_day(number)}")
    account = await locked_account(session, organisation, project=row["project"], customer=row["customer"])
    invoice_id = await draft_lines(session, account, lines, InvoiceOrigin.SUBSCRIPTION, by)
    await subscriptions.add_period(session, organisation, code, day, invoice_id=invoice_id, at=now, by=by)
    following = rhythm.first_unbilled(await subscriptions.billed_days(session, organisation, code))
    await subscriptions.move_on(session, organisation, code, following, bill_on(row, following))
    if row["issue"]:
        await issue(session, organisation, invoice_id, Order(by, now))
    return Billed(day, invoice_id)
