"""What timesheets consists of: its routes, what it reads, and what it does every now and then."""

from __future__ import annotations

from datetime import timedelta

from services.timesheets.api import routers
from services.timesheets.domain.errors import Refused
from services.timesheets.handlers.approval_runs import sweep_approvals
from services.timesheets.handlers.classify_again import sweep_classification
from services.timesheets.handlers.exports import make_waiting_export
from services.timesheets.handlers.flags import sweep_flags
from services.timesheets.handlers.hours import hours_completed
from services.timesheets.handlers.invoices import entries_billed
from services.timesheets.handlers.personal_data import sweep_access_log
from services.timesheets.handlers.records import customers_changed, organisations_changed, projects_changed
from services.timesheets.handlers.trials import sweep_trials
from services.timesheets.handlers.waiting import sweep_waiting
from services.timesheets.refusals import refused_problem
from services.timesheets.settings import TimesheetsSettings
from shared.contracts.billing import (
    CustomerRecord,
    InvoiceCredited,
    InvoiceIssued,
    OrganisationRecord,
    ProjectRecord,
)
from shared.contracts.topics import TOPIC
from shared.contracts.workorders import HoursCompleted
from shared.messaging.subscription import Subscription
from shared.service import Service, Sweep

SUBSCRIPTIONS = (
    Subscription(TOPIC[OrganisationRecord.TOPIC], "timesheets.organisations", organisations_changed),
    Subscription(TOPIC[CustomerRecord.TOPIC], "timesheets.customers", customers_changed),
    Subscription(TOPIC[ProjectRecord.TOPIC], "timesheets.projects", projects_changed),
    Subscription(TOPIC[HoursCompleted.TOPIC], "timesheets.hours-completed", hours_completed),
    Subscription(
        TOPIC[InvoiceIssued.TOPIC],
        "timesheets.invoices",
        entries_billed,
        events=frozenset({InvoiceIssued, InvoiceCredited}),
        batch_size=100,
    ),
)


def service(settings: TimesheetsSettings) -> Service:
    """Timesheets with ``settings``; nothing is started here."""
    return Service(
        name="timesheets",
        title="Uurwerk timesheets",
        description="Hours, travel, distance, expenses and material of employees: from completed work orders or by "
        "hand, checked, approved, and told to whoever bills them.",
        settings=settings,
        migrations="services.timesheets.migrations",
        routers=routers,
        subscriptions=SUBSCRIPTIONS,
        sweeps=(
            Sweep("classification", timedelta(seconds=2), sweep_classification),
            Sweep("waiting", timedelta(seconds=3), sweep_waiting),
            Sweep("flags", timedelta(seconds=5), sweep_flags),
            Sweep("approvals", timedelta(seconds=1), sweep_approvals),
            Sweep("trials", timedelta(minutes=1), sweep_trials),
            Sweep("data-access", timedelta(hours=6), sweep_access_log),
            Sweep("exports", timedelta(seconds=2), make_waiting_export),
        ),
        errors={Refused: refused_problem},
    )
