"""What issuing copies and fixes, so that no later change of master data changes an issued invoice.

The preview of a draft shows the same (docs/architecture.md, "What an issued invoice stores").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain import completeness
from services.billing.domain.preferences import Preferences
from services.billing.domain.terms import parse_term
from services.billing.domain.vat import VatCategory
from services.billing.domain.vat_texts import VatTexts
from services.billing.handlers import refusals
from services.billing.handlers.drafts import LockedInvoice
from services.billing.queries import invoicing, issuing, preferences, vat_texts


@dataclass(frozen=True, slots=True)
class Fixed:
    """As they stand on the invoice: who sells, who pays, texts, period, VAT with its reasons."""

    seller: dict[str, Any]
    buyer: dict[str, Any]
    payment_term: str
    language: str
    intro: str | None
    footer: str | None
    buyer_reference: str | None
    order_reference: str | None
    period_from: date | None
    period_until: date | None
    vat_lines: list[dict[str, Any]]
    preferred: Preferences

    def due(self, issued: date) -> date:
        return parse_term(self.payment_term).due(issued)


async def fixed(session: AsyncSession, invoice: LockedInvoice) -> Fixed:
    """Copies of everything that the documents of this draft say, checked to be whole.

    Raises ``customer-incomplete`` and ``organisation-incomplete``, with all that is missing.
    """
    copies = await as_it_is_now(session, invoice.row)
    _check_whole(invoice, copies.seller, copies.buyer)
    return copies


async def as_it_is_now(session: AsyncSession, row: Mapping[str, Any] | asyncpg.Record) -> Fixed:
    """The same of any draft's ``row``, whole or not: for a preview."""
    organisation, customer = row["organisation"], row["customer"]
    wanted = await preferences.effective(session, organisation, customer, row["project"])
    seller = await invoicing.seller(session, organisation)
    buyer = await invoicing.buyer(session, organisation, customer)
    language = row["language"] or wanted.language
    footer, reference = _said(row["footer"], wanted.footer), _said(row["buyer_reference"], wanted.reference)
    first, last = await issuing.period_of(session, row["id"])
    texts = await vat_texts.of_customer(session, organisation, customer, language)
    return Fixed(
        seller={**seller, "footer": footer},
        buyer={**buyer, "language": language, "reference": reference},
        payment_term=wanted.payment_term,
        language=language,
        intro=_said(row["intro"], wanted.intro),
        footer=footer,
        buyer_reference=reference,
        order_reference=row["order_reference"] or None,
        period_from=row["period_from"] or first,
        period_until=row["period_until"] or last,
        vat_lines=with_reasons(row["vat_lines"], texts),
        preferred=wanted,
    )


def _said(own: str | None, preferred: str | None) -> str | None:
    """What the draft says, else what is preferred; an empty text says that nothing is to stand there."""
    return (preferred if own is None else own) or None


def with_reasons(vat_lines: Sequence[Mapping[str, Any]], texts: VatTexts) -> list[dict[str, Any]]:
    """The VAT per rate with why none is charged, as printed, and its code."""
    shown = []
    for line in vat_lines:
        reason = texts.reason(VatCategory(line["category"]))
        said = {"reason": reason.text, "vatex": reason.vatex} if reason else {"reason": None, "vatex": None}
        shown.append({**line, **said})
    return shown


def _check_whole(invoice: LockedInvoice, seller: dict[str, Any], buyer: dict[str, Any]) -> None:
    needs_vat_id = completeness.needs_vat_ids(invoice.account.basis.treatment)
    own, customers = completeness.missing_for_e_invoice(seller, buyer, to_be_paid=invoice.row["to_pay"] > 0)
    for party, record, more in (("organisation", seller, own), ("customer", buyer, customers)):
        lacking = [*completeness.missing(record, needs_vat_id=needs_vat_id), *more]
        if fields := list(dict.fromkeys(lacking)):
            raise refusals.incomplete(party, record["code"], fields)
