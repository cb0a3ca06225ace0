"""Invoices of lines by hand: plain ones, and advances of several articles. They touch no ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.articles import Article
from services.billing.domain.content import Content, article_content, standing_content
from services.billing.domain.lines import LineKind
from services.billing.domain.vat import VatBasis
from services.billing.domain.vat_rates import is_allowed
from services.billing.handlers import refusals
from services.billing.handlers.drafts import LockedInvoice
from services.billing.queries import draft_content, drafts
from services.billing.queries.draft_lines import load_lines, whole_discount_of
from services.billing.queries.invoicing import BilledAccount
from shared.ids import new_id
from shared.money import as_money
from shared.words import InvoiceOrigin, InvoiceType

_KINDS = {InvoiceType.ADVANCE: LineKind.ADVANCE, InvoiceType.REGULAR: LineKind.ARTICLE}


async def draft_articles(
    session: AsyncSession,
    account: BilledAccount,
    articles: Sequence[Article],
    type_: InvoiceType,
    origin: InvoiceOrigin,
    *,
    by: str,
    choices: Mapping[str, Any] | None = None,
) -> UUID:
    """A draft of ``articles`` on a locked account; its id. ``type_``: advance, or regular (a plain invoice).

    ``choices``: texts and discount (queries.drafts.CHOICES). Raises ``invalid-input`` and ``vat-rate-unknown``.
    """
    choices = choices or {}
    check_articles(account, articles)
    draft = drafts.Draft(
        id=new_id(),
        organisation=account.organisation,
        type=type_,
        origin=origin,
        customer=account.customer,
        project=account.project,
        currency=account.currency,
        selection={},
        basis=account.basis,
        created_by=by,
    )
    content = _content(account, articles, _KINDS[type_], choices)
    await drafts.insert_draft(session, draft, [account.id], content)
    await drafts.write_choices(session, draft.id, choices)
    return draft.id


def _content(
    account: BilledAccount, articles: Sequence[Article], kind: LineKind, choices: Mapping[str, Any]
) -> Content:
    whole = whole_discount_of({"discount_percentage": None, "discount_amount": None, **choices})
    with refusals.content_refused(account.basis.country):
        return article_content(articles, kind, account.basis, account.currency, whole)


def check_articles(account: BilledAccount, articles: Sequence[Article], field: str = "/lines/{}") -> None:
    """Rates that the seller's country has, and amounts that the currency can say. Raises ``invalid-input``."""
    for place, article in enumerate(articles):
        check_article(account, article, field.format(place))


def check_article(account: BilledAccount, article: Article, field: str) -> None:
    """The same for one, at the JSON pointer ``field``."""
    check_rate(account.basis, article, f"{field}/vat_rate")
    amount = article.discount_amount
    if amount is not None and amount != as_money(amount, account.currency):
        raise refusals.too_many_decimals(f"{field}/discount/amount", amount, account.currency)


def check_rate(basis: VatBasis, article: Article, field: str) -> None:
    """Rates as they are now. What the customer's treatment leaves untaxed is not looked at."""
    if article.vat_rate is None or basis.allows(basis.of(article.vat_rate), None):
        return
    if not is_allowed(basis.country, article.vat_rate, None):
        raise refusals.rate_not_allowed(basis.country, article.vat_rate, None, field)


async def refresh_articles(session: AsyncSession, invoice: LockedInvoice) -> None:
    """Make the content of an advance or a plain draft anew: the customer's VAT treatment may have changed."""
    account = invoice.account
    lines = await load_lines(session, invoice.id)
    with refusals.content_refused(account.basis.country):
        anew = [replace(line, vat=account.basis.of(line.asked_vat_rate)) for line in lines]
        content = standing_content(anew, account.currency, whole_discount_of(invoice.row))
    await draft_content.remove_content(session, invoice.id)
    await draft_content.replace_content(session, account.organisation, invoice.id, account.basis, content)
