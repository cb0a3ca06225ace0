"""The topics: who writes them, who reads them, what stands on them."""

from __future__ import annotations

from dataclasses import dataclass

from shared.contracts import billing, deals, timesheets, workorders
from shared.contracts.base import Event

DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and what may stand on it.

    ``open_to_others``: systems outside Uurwerk write it. Its messages may lack the ``ce_`` headers (a topic with
    one event type needs no ``ce_type``; else the ``type`` field of the data names it), and each of its sources
    answers for its own mistakes. ``answered_on``: the topic on which each of its messages is answered.
    """

    name: str
    events: tuple[type[Event], ...]
    key: str
    writer: str
    readers: tuple[str, ...]
    partitions: int = 12
    compacted: bool = False
    open_to_others: bool = False
    retention_ms: int = 7 * DAY_MS
    answered_on: str | None = None

    @property
    def dead_letter_topic(self) -> str:
        return f"{self.name}.dlt"

    @property
    def event_types(self) -> dict[str, type[Event]]:
        return {event.TYPE: event for event in self.events}


OTHERS = "other systems"

TOPICS: tuple[Topic, ...] = (
    Topic(
        "workorders.submitted.v1",
        (workorders.WorkOrder,),
        key="source:external_id",
        writer=OTHERS,
        readers=("workorders",),
        open_to_others=True,
    ),
    Topic(
        "workorders.hours-completed.v1",
        (workorders.HoursCompleted,),
        key="work order id",
        writer="workorders",
        readers=("timesheets",),
    ),
    Topic(
        "workorders.lines.v1",
        (workorders.LineChanged,),
        key="work order id",
        writer="workorders",
        readers=(OTHERS,),
    ),
    Topic(
        "timesheets.entries.v1",
        (
            timesheets.EntryRecorded,
            timesheets.EntryWaiting,
            timesheets.EntryChanged,
            timesheets.EntryApproved,
            timesheets.EntryRejected,
            timesheets.EntryCancelled,
            timesheets.EntryWithdrawn,
            timesheets.EntryReversed,
        ),
        key="organisation:project code, or organisation:customer code where there is no project",
        writer="timesheets",
        readers=("billing", "workorders"),
    ),
    Topic(
        "billing.invoice-requests.v1",
        (
            billing.AdvanceRequested,
            billing.PaymentReceived,
            billing.RefundPaid,
            deals.DealLinked,
            deals.DealInvoiceRequested,
            deals.SubscriptionLinked,
            deals.SubscriptionEnded,
            deals.SubscriptionDue,
        ),
        key="organisation:request id",
        writer=OTHERS,
        readers=("billing",),
        open_to_others=True,
        answered_on="billing.invoice-results.v1",
    ),
    Topic(
        "billing.invoice-results.v1",
        (billing.RequestAccepted, billing.RequestRefused, deals.RecordAccepted),
        key="organisation:request id",
        writer="billing",
        readers=(OTHERS,),
    ),
    Topic(
        "billing.invoices.v1",
        (billing.InvoiceIssued, billing.InvoiceCredited, billing.InvoicePaid),
        key="organisation:customer",
        writer="billing",
        readers=("timesheets", "workorders", OTHERS),
    ),
    Topic(
        "timesheets.employees.v1",
        (timesheets.EmployeeRecord,),
        key="organisation:code",
        writer="timesheets",
        readers=("workorders", "billing"),
        partitions=3,
        compacted=True,
    ),
    Topic(
        "timesheets.hour-types.v1",
        (timesheets.HourTypeRecord,),
        key="organisation:code",
        writer="timesheets",
        readers=("workorders", "billing"),
        partitions=3,
        compacted=True,
    ),
    Topic(
        "billing.organisations.v1",
        (billing.OrganisationRecord,),
        key="organisation:code",
        writer="billing",
        readers=("workorders", "timesheets"),
        partitions=1,
        compacted=True,
    ),
    Topic(
        "billing.customers.v1",
        (billing.CustomerRecord,),
        key="organisation:code",
        writer="billing",
        readers=("workorders", "timesheets"),
        partitions=3,
        compacted=True,
    ),
    Topic(
        "billing.projects.v1",
        (billing.ProjectRecord,),
        key="organisation:code",
        writer="billing",
        readers=("workorders", "timesheets"),
        partitions=3,
        compacted=True,
    ),
)

TOPIC: dict[str, Topic] = {topic.name: topic for topic in TOPICS}
EVENT_TYPES: dict[str, type[Event]] = {event.TYPE: event for topic in TOPICS for event in topic.events}
