"""Subscriptions for tests: made in an office, and what was billed of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from services.billing.handlers.subscriptions import Saved, save_subscription
from tests.support.invoicing import Office


async def subscribe(office: Office, code: str, **given: Any) -> Saved:
    """A monthly subscription of 100.00 on P1 from the first of January, but for what is given."""
    fields = {"project": "P1", "start_day": date(2026, 1, 1), "amount": Decimal("100.00"), **given}
    async with office.firm.database.transaction() as session:
        return await save_subscription(session, office.firm.code, code, fields, office.by)


async def billed(office: Office) -> list[tuple[str, str]]:
    """(subscription, period) of all that was billed, in order."""
    rows = await office.firm.query(
        "SELECT subscription, day FROM subscription_periods WHERE organisation = $1 ORDER BY subscription, day"
    )
    return [(row["subscription"], str(row["day"])) for row in rows]


async def check_billed_once(office: Office) -> None:
    """Every period has one invoice, and every invoice of a subscription is one period's."""
    rows = await office.firm.query(
        """
        SELECT i.id FROM invoices i FULL JOIN subscription_periods p ON p.invoice_id = i.id
        WHERE coalesce(i.organisation, p.organisation) = $1 AND coalesce(i.origin, 'subscription') = 'subscription'
          AND (i.id IS NULL OR p.day IS NULL)
        """
    )
    assert rows == []
