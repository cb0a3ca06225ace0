"""What a user chose about a draft, checked against what there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.numbers import FOR_CREDIT_NOTES, FOR_INVOICES
from services.billing.handlers import refusals
from services.billing.handlers.numbering import check_series
from services.billing.queries.invoicing import BilledAccount
from services.billing.schemas.drafting import DraftTexts
from shared.http.problems import invalid_input
from shared.money import as_money


async def checked_choices(
    session: AsyncSession,
    account: BilledAccount,
    texts: DraftTexts,
    *,
    credit_note: bool = False,
    row: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The columns of the draft to set (queries.drafts.CHOICES); ``row``: as they stand. Raises ``invalid-input``."""
    choices = texts.choices()
    if series := choices.get("wanted_series"):
        kind = FOR_CREDIT_NOTES if credit_note else FOR_INVOICES
        await check_series(session, account.organisation, series, kind, "/series")
    amount = choices.get("discount_amount")
    if amount is not None and amount != as_money(amount, account.currency):
        raise refusals.too_many_decimals("/discount/amount", amount, account.currency)
    first, last = ({**(row or {}), **choices}.get(name) for name in ("period_from", "period_until"))
    if first is not None and last is not None and first > last:
        raise invalid_input("A period ends on the day on which it begins, or later.", "/period_until")
    return choices
