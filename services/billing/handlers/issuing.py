"""Issuing: a draft becomes an invoice that nothing changes any more, with the next number of its series.

One transaction, under the locks of its accounts, of the advances that it settles and, last, of the series: two who
issue at once get two numbers, and nobody's number is lost (docs/architecture.md, "Locks").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.payment_state import state_after
from services.billing.domain.settlement import Deduction, still_hold
from services.billing.domain.vat import Vat, VatBasis, VatCategory, VatTreatment
from services.billing.handlers import announcements, given_back, refusals
from services.billing.handlers.dates import issue_date
from services.billing.handlers.drafts import LockedInvoice, locked_draft
from services.billing.handlers.editing import check_version
from services.billing.handlers.fixing import Fixed, fixed
from services.billing.handlers.numbering import series_for, take_number
from services.billing.handlers.payment_references import payment_reference
from services.billing.queries import advances, issuing, placing
from services.billing.queries.billed_nets import billed_nets
from shared.telemetry.tracing import add_links
from shared.words import InvoiceType


@dataclass(frozen=True, slots=True)
class Order:
    """Who issues, when, and with which date (None: today in the organisation's time zone).

    ``version``: the draft as they have seen it; None: whatever it is.
    """

    by: str
    now: datetime
    issue_date: date | None = None
    version: int | None = None


async def issue(session: AsyncSession, organisation: str, invoice_id: UUID, order: Order) -> None:
    """Issue a draft. Raises ``not-a-draft``, ``draft-outdated``, ``…-incomplete``, ``date-before-last``,
    ``vat-rate-not-allowed`` and others.

    The slow part, the ledger, comes before the number, so that a big invoice makes the others wait only briefly.
    """
    invoice = await locked_draft(session, organisation, invoice_id)
    check_version(invoice, order.version)
    deductions = await check_holds(session, invoice)
    fixed_now = await fixed(session, invoice)
    issued = issue_date(order.issue_date, order.now, invoice.account.time_zone)
    await check_rates(session, invoice, issued)
    entries = await _book(session, invoice, deductions, issued, order.now)
    announced = await _number(session, invoice, fixed_now, order, issued)
    add_links(await issuing.traces_of(session, invoice_id))
    await announcements.publish_issued(session, announced, entries, order.now)


async def check_holds(session: AsyncSession, invoice: LockedInvoice) -> list[Deduction]:
    """What the draft says is what holds now: its rows, its VAT, and what it deducts (returned).

    Raises ``draft-outdated``.
    """
    account_ids = [account.id for account in invoice.accounts]
    await advances.lock_advances(session, account_ids)
    row, account = invoice.row, invoice.account
    if row["outdated"] or not await issuing.claims_hold(session, invoice.id):
        raise refusals.draft_outdated("Entries of this draft were taken back or priced anew.")
    if VatBasis(row["vat_country"], VatTreatment(row["vat_treatment"])) != account.basis:
        raise refusals.draft_outdated("The VAT treatment of the customer has changed.")
    deductions = await issuing.deductions_of(session, invoice.id)
    if deductions and not still_hold(deductions, await advances.open_advances(session, account_ids)):
        raise refusals.draft_outdated("An advance that it deducts was settled or credited meanwhile.")
    return deductions


async def check_rates(session: AsyncSession, invoice: LockedInvoice, issued: date) -> None:
    """Each line is taxed at a rate of the seller's country, of the day of the work or of the invoice.

    Raises ``vat-rate-not-allowed``.
    """
    basis = invoice.account.basis
    wrong = [
        (line["position"], line["vat_rate"])
        for line in await issuing.taxed_lines(session, invoice.id)
        if not basis.allows(Vat(line["vat_rate"], VatCategory(line["vat_category"])), line["day"], issued)
    ]
    if wrong:
        raise refusals.rates_not_allowed(basis.country, wrong)


async def _book(
    session: AsyncSession, invoice: LockedInvoice, deductions: list[Deduction], issued: date, now: datetime
) -> list[announcements.Placed]:
    """Take what it bills off the ledger and what it deducts off the advances, or open the advance that it is."""
    account = invoice.account
    if invoice.row["type"] == InvoiceType.ADVANCE:
        for line in invoice.row["vat_lines"]:
            vat = Vat(Decimal(line["rate"]), VatCategory(line["category"]))
            net = Decimal(line["net"])
            await advances.open_advance(session, account, invoice.id, vat, net)
        return []
    await advances.settle_advances(session, deductions)
    await issuing.bill_claimed_rows(session, invoice.id, issued, now)
    await given_back.note(session, account.organisation, invoice.id)
    entries = await placing.entries_of_claims(session, invoice.id)
    placed = await placing.place(session, account.organisation, entries)
    nets = await billed_nets(session, account.organisation, entries, issuing=invoice.id)
    return [announcements.Placed.at(place, nets[place.entry_id]) for place in placed]


async def _number(
    session: AsyncSession, invoice: LockedInvoice, fixed: Fixed, order: Order, issued: date
) -> announcements.Announced:
    """Give the next number of the series and fix everything."""
    row, organisation = invoice.row, invoice.account.organisation
    series = series_for(InvoiceType(row["type"]), row["wanted_series"], fixed.preferred)
    number = await take_number(session, organisation, series, issued)
    given = issuing.Issue(
        state=state_after(row["to_pay"], row["credited"], row["paid"]),
        series=number.series,
        fiscal_year=number.fiscal_year,
        sequence=number.sequence,
        number=number.text,
        issue_date=issued,
        due_date=fixed.due(issued),
        payment_term=fixed.payment_term,
        seller=fixed.seller,
        buyer=fixed.buyer,
        issued_at=order.now,
        issued_by=order.by,
        language=fixed.language,
        intro=fixed.intro,
        footer=fixed.footer,
        buyer_reference=fixed.buyer_reference,
        order_reference=fixed.order_reference,
        period_from=fixed.period_from,
        period_until=fixed.period_until,
        payment_reference=payment_reference(fixed.seller["country"], number),
        vat_lines=fixed.vat_lines,
    )
    await issuing.write_issue(session, organisation, invoice.id, given)
    return announcements.Announced.of(row, given.number, given.issue_date, given.due_date)
