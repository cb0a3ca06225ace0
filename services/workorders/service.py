"""What makes workorders: its routes, the topics that it reads, what it tells the application factory."""

from __future__ import annotations

from typing import Final

from services.workorders.api import importing, reading, submitting
from services.workorders.api.refusals import file_problem
from services.workorders.handlers.entries import follow_entries
from services.workorders.handlers.invoices import INVOICE_EVENTS, follow_invoices
from services.workorders.handlers.organisations import copy_organisations
from services.workorders.handlers.submitted import take_orders
from services.workorders.imports.parsed import UnreadableFile
from services.workorders.settings import WorkordersSettings
from shared.contracts.topics import TOPIC
from shared.messaging.subscription import Subscription
from shared.service import Service

DESCRIPTION: Final = """\
Takes completed work in from other systems: on the topic `workorders.submitted.v1`, over HTTP, and as CSV or JSON
lines. All three ways check and do the same. What becomes of each line is shown here and announced on
`workorders.lines.v1`.
"""

SUBSCRIPTIONS: Final = (
    Subscription(TOPIC["workorders.submitted.v1"], "workorders.submitted", take_orders),
    # Two and more events for each line, and what is not newer than the line shows changes nothing.
    Subscription(TOPIC["timesheets.entries.v1"], "workorders.entries", follow_entries, batch_size=1000, claims=False),
    # A message has up to 1,000 entries.
    Subscription(TOPIC["billing.invoices.v1"], "workorders.invoices", follow_invoices, INVOICE_EVENTS, batch_size=20),
    Subscription(TOPIC["billing.organisations.v1"], "workorders.organisations", copy_organisations),
)


def workorders(settings: WorkordersSettings) -> Service:
    """The service with these settings."""
    return Service(
        name="workorders",
        title="Uurwerk work orders",
        description=DESCRIPTION,
        settings=settings,
        migrations="services.workorders.migrations",
        # Before the route of one order: "import" and "batch" are no ids.
        routers=(importing.router, submitting.router, reading.router),
        subscriptions=SUBSCRIPTIONS,
        errors={UnreadableFile: file_problem},
    )
