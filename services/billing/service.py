"""What makes billing: its routes, the topics that it reads, and what it does every now and then."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from services.billing.api import (
    accounts,
    advances,
    bank,
    bookkeeping,
    credit_notes,
    customer_credit,
    customers,
    deals,
    deductions,
    documents,
    drafts,
    email_texts,
    emails,
    external_costs,
    fixed_price,
    invoice_runs,
    invoices,
    journal,
    logos,
    numbering,
    organisations,
    payment_qr,
    payments,
    phase_overview,
    plain_invoices,
    preferences,
    price_list,
    projects,
    proposals,
    rates,
    refunds,
    repricing,
    self_check,
    subscription_runs,
    subscriptions,
    suspense,
    vat_texts,
)
from services.billing.handlers import copies
from services.billing.handlers.documents import documents_sweep
from services.billing.handlers.entries import SUBSCRIPTION as ENTRIES
from services.billing.handlers.invoice_runs import SWEEP as INVOICE_RUNS
from services.billing.handlers.requests import SUBSCRIPTION as INVOICE_REQUESTS
from services.billing.handlers.self_check import self_check_sweep
from services.billing.handlers.sending import emails_sweep
from services.billing.handlers.subscription_runs import SWEEP as SUBSCRIPTION_SCHEDULER
from services.billing.handlers.suspense import SWEEP as SUSPENSE
from services.billing.settings import BillingSettings
from shared.messaging.subscription import Subscription
from shared.service import Service

DESCRIPTION: Final = """\
Prices approved hours into an append-only ledger, proposes what can be invoiced, and makes invoices: regular ones and
advances, settled oldest first, with numbers without gaps. Owns organisations, customers, projects, phases and rates.
"""

ROUTERS: Final = (
    organisations.router,
    customers.router,
    projects.router,
    rates.router,
    price_list.router,
    external_costs.router,
    fixed_price.router,
    preferences.router,
    accounts.router,
    repricing.router,
    suspense.router,
    proposals.router,
    phase_overview.router,
    invoice_runs.router,
    invoices.router,
    drafts.router,
    plain_invoices.router,
    advances.router,
    deals.router,
    deductions.router,
    subscriptions.router,
    subscription_runs.router,
    credit_notes.router,
    customer_credit.router,
    refunds.router,
    payments.router,
    payment_qr.router,
    numbering.router,
    vat_texts.router,
    bank.router,
    bookkeeping.router,
    journal.router,
    self_check.router,
    documents.router,
    emails.router,
    email_texts.router,
    logos.router,
)
SUBSCRIPTIONS: Final[tuple[Subscription, ...]] = (ENTRIES, INVOICE_REQUESTS, *copies.SUBSCRIPTIONS)


def billing(settings: BillingSettings) -> Service:
    """The service with these settings."""
    return Service(
        name="billing",
        title="Uurwerk billing",
        description=DESCRIPTION,
        settings=settings,
        migrations="services.billing.migrations",
        routers=ROUTERS,
        subscriptions=SUBSCRIPTIONS,
        sweeps=(
            SUSPENSE,
            SUBSCRIPTION_SCHEDULER,
            INVOICE_RUNS,
            self_check_sweep(timedelta(minutes=settings.self_check_minutes)),
            documents_sweep(settings.documents_processes),
            emails_sweep(settings.mail_server(), settings.smtp_sender),
        ),
    )
