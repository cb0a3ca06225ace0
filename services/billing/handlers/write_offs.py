"""Writing off a small difference: what is not worth asking for any more (a preference says how much that is)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.payment_state import outstanding
from services.billing.handlers import refusals
from services.billing.handlers.dates import today
from services.billing.handlers.payments import state_with, tell
from services.billing.queries import drafts, invoicing, payments, preferences
from services.billing.queries.payments import WriteOff
from shared.http.problems import conflict, not_found
from shared.ids import new_id
from shared.money import as_money
from shared.words import InvoiceState, InvoiceType


async def write_off(
    session: AsyncSession,
    organisation: str,
    invoice_id: UUID,
    amount: Decimal | None,
    *,
    reason: str,
    by: str,
    now: datetime,
) -> WriteOff:
    """Write off ``amount`` of what is open of an issued invoice, or all of it (None).

    Raises ``not-found``, ``not-issued``, ``exceeds-remaining`` (nothing so much is open), ``write-off-limit``.
    """
    row = await drafts.lock_invoice(session, organisation, invoice_id)
    if row is None:
        raise not_found("invoice", invoice_id)
    if row["state"] == InvoiceState.DRAFT or row["type"] == InvoiceType.CREDIT_NOTE:
        raise conflict("not-issued", "Only of an issued invoice something can be written off.")
    currency, left = row["currency"], outstanding(row["to_pay"], row["credited"], row["paid"], row["written_off"])
    if amount is not None and as_money(amount, currency) != amount:
        raise refusals.too_many_decimals("/amount", amount, currency)
    asked = as_money(left if amount is None else amount, currency)
    if asked <= 0 or asked > left:
        raise refusals.exceeds_remaining(f"Of invoice {row['number']}, {as_money(left, currency)} is open.")
    total = row["written_off"] + asked
    limit = (await preferences.effective(session, organisation, row["customer"], row["project"])).write_off_limit
    if total > limit:
        raise conflict(
            "write-off-limit",
            f"No more than {as_money(limit, currency)} of an invoice is written off; a credit note takes off more.",
            limit=str(as_money(limit, currency)),
        )
    time_zone = await invoicing.time_zone_of(session, organisation)
    done = WriteOff(
        new_id(), organisation, invoice_id, asked, currency, reason, today(now, time_zone or "UTC"), now, by
    )
    state = state_with(row, written_off=total)
    await payments.write_off(session, done, total, state)
    if state is not InvoiceState.ISSUED:
        reference = f"write-off {done.id}"
        await tell(session, row, reference, asked, paid=row["paid"], state=state, now=now, how="write-off")
    return done
