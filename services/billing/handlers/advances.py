"""Advance invoices: money billed ahead. They leave the unbilled list as it is, and are settled later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.asked import AskedLine
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


async def draft_advance(session: AsyncSession, account: BilledAccount, asked: AdvanceAsked, by: str) -> UUID:
    """A draft of an advance on a locked account; its id."""
    amount = as_money(asked.amount, account.currency)
    if amount != asked.amount:
        raise refusals.too_many_decimals("/amount", asked.amount, account.currency)
    line = AskedLine(asked.description or _DESCRIPTION, Decimal(1), amount, asked.vat_rate)
    return await draft_lines(session, account, [line], asked.origin, by)


async def draft_lines(
    session: AsyncSession, account: BilledAccount, lines: Sequence[AskedLine], origin: InvoiceOrigin, by: str
) -> UUID:
    """A draft of an advance that consists of ``lines``, on a locked account; its id."""
    draft = drafts.Draft(
        id=new_id(),
        organisation=account.organisation,
        type=InvoiceType.ADVANCE,
        origin=origin,
        customer=account.customer,
        project=account.project,
        currency=account.currency,
        selection={"lines": [line.document() for line in lines]},
        basis=account.basis,
        created_by=by,
    )
    await drafts.insert_draft(session, draft, [account.id], _content(account, lines))
    return draft.id


async def refresh_advance(session: AsyncSession, invoice: LockedInvoice) -> None:
    """Make the lines anew: the customer's VAT treatment may have changed."""
    lines = _kept(invoice.row["selection"])
    await drafts.remove_content(session, invoice.id)
    account = invoice.account
    await drafts.replace_content(session, account.organisation, invoice.id, account.basis, _content(account, lines))


def _kept(selection: dict[str, Any]) -> list[AskedLine]:
    """What a draft was asked to hold; those of before migration 0006 kept one line's fields."""
    if "lines" in selection:
        return [AskedLine.of(line) for line in selection["lines"]]
    line = {**selection, "quantity": "1", "price": selection["amount"]}
    return [AskedLine.of({**line, "description": selection["description"] or _DESCRIPTION})]


def _content(account: BilledAccount, lines: Sequence[AskedLine]) -> Content:
    try:
        return advance_content(lines, account.basis, account.currency)
    except UnknownStandardRateError:
        raise refusals.unknown_vat_rate(account.basis.country) from None
