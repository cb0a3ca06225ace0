"""Advance invoices: money billed ahead. They leave the unbilled list as it is, and are settled later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain import words
from services.billing.domain.articles import Article
from services.billing.domain.asked import AskedLine
from services.billing.handlers import refusals
from services.billing.handlers.articles import check_rate, draft_articles
from services.billing.queries import preferences
from services.billing.queries.invoicing import BilledAccount
from shared.money import as_money
from shared.words import InvoiceOrigin, InvoiceType


@dataclass(frozen=True, slots=True)
class AdvanceAsked:
    """``amount`` excluding VAT; ``vat_rate`` None: the standard rate of the organisation's country.

    ``choices``: texts of the draft (queries.drafts.CHOICES).
    """

    amount: Decimal
    vat_rate: Decimal | None = None
    description: str | None = None
    origin: InvoiceOrigin = InvoiceOrigin.PROJECT
    choices: Mapping[str, Any] = field(default_factory=dict)


async def draft_advance(session: AsyncSession, account: BilledAccount, asked: AdvanceAsked, by: str) -> UUID:
    """A draft of an advance on a locked account; its id. Raises ``invalid-input`` and ``vat-rate-unknown``."""
    amount = as_money(asked.amount, account.currency)
    if amount != asked.amount:
        raise refusals.too_many_decimals("/amount", asked.amount, account.currency)
    wanted = await preferences.effective(session, account.organisation, account.customer, account.project)
    article = Article(
        description=asked.description or words.ADVANCE[wanted.language],
        quantity=Decimal(1),
        price=amount,
        vat_rate=asked.vat_rate,
    )
    check_rate(account.basis, article, "/vat_rate")
    return await draft_articles(
        session, account, [article], InvoiceType.ADVANCE, asked.origin, by=by, choices=asked.choices
    )


async def draft_lines(
    session: AsyncSession, account: BilledAccount, lines: Sequence[AskedLine], origin: InvoiceOrigin, by: str
) -> UUID:
    """A draft of ``lines`` on a locked account; its id: an advance of a project, without a project a plain invoice."""
    articles = [Article(line.description, line.quantity, line.price, vat_rate=line.vat_rate) for line in lines]
    type_ = InvoiceType.ADVANCE if account.project is not None else InvoiceType.REGULAR
    return await draft_articles(session, account, articles, type_, origin, by=by)


def check_vat_rate(account: BilledAccount, rate: Decimal | None, field: str = "/vat_rate") -> None:
    """Raises ``invalid-input`` for a rate that the seller's country does not have."""
    check_rate(account.basis, Article("", Decimal(1), Decimal(0), vat_rate=rate), field)
