"""Advance invoices: money billed ahead. They leave the unbilled list as it is, and are settled later."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.content import Content, advance_content
from services.billing.domain.vat import UnknownStandardRateError
from services.billing.handlers import refusals
from services.billing.handlers.drafts import LockedInvoice
from services.billing.queries import drafts
from services.billing.queries.invoicing import BilledAccount
from shared.ids import new_id
from shared.money import as_money
from shared.words import InvoiceOrigin, InvoiceType

_DESCRIPTION: Final = "Advance"


@dataclass(frozen=True, slots=True)
class AdvanceAsked:
    """``amount`` excluding VAT; ``vat_rate`` None: the standard rate of the organisation's country."""

    amount: Decimal
    vat_rate: Decimal | None = None
    description: str | None = None
    origin: InvoiceOrigin = InvoiceOrigin.PROJECT

    def document(self) -> dict[str, Any]:
        """As it is kept with the draft, for a refresh."""
        rate = None if self.vat_rate is None else str(self.vat_rate)
        return {"amount": str(self.amount), "vat_rate": rate, "description": self.description}


async def draft_advance(session: AsyncSession, account: BilledAccount, asked: AdvanceAsked, by: str) -> UUID:
    """A draft of an advance on a locked account; its id."""
    draft = drafts.Draft(
        id=new_id(),
        organisation=account.organisation,
        type=InvoiceType.ADVANCE,
        origin=asked.origin,
        customer=account.customer,
        project=account.project,
        currency=account.currency,
        selection=asked.document(),
        basis=account.basis,
        created_by=by,
    )
    await drafts.insert_draft(session, draft, [account.id], _content(account, asked))
    return draft.id


async def refresh_advance(session: AsyncSession, invoice: LockedInvoice) -> None:
    """Make the line anew: the customer's VAT treatment may have changed."""
    kept = invoice.row["selection"]
    rate = None if kept["vat_rate"] is None else Decimal(kept["vat_rate"])
    asked = AdvanceAsked(Decimal(kept["amount"]), rate, kept["description"])
    await drafts.remove_content(session, invoice.id)
    account = invoice.account
    await drafts.replace_content(session, account.organisation, invoice.id, account.basis, _content(account, asked))


def _content(account: BilledAccount, asked: AdvanceAsked) -> Content:
    amount = as_money(asked.amount, account.currency)
    if amount != asked.amount:
        raise refusals.too_many_decimals("/amount", asked.amount, account.currency)
    try:
        return advance_content(
            amount, asked.description or _DESCRIPTION, asked.vat_rate, account.basis, account.currency
        )
    except UnknownStandardRateError:
        raise refusals.unknown_vat_rate(account.basis.country) from None
