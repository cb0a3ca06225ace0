"""The words of the domain that are values: kinds, states, reasons, methods (design: domain.md, "Words").

Pure: contracts, tables, rules and HTTP shapes all use these.
"""

from __future__ import annotations

from enum import StrEnum


class WorkOrderStatus(StrEnum):
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class LineState(StrEnum):
    """What became of a line. ``sent``: published, and timesheets has not answered yet."""

    SENT = "sent"
    WAITING = "waiting"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    REVERSED = "reversed"


class EntryKind(StrEnum):
    LABOUR = "labour"
    TRAVEL = "travel"
    DISTANCE = "distance"
    EXPENSE = "expense"
    MATERIAL = "material"

    @property
    def is_time(self) -> bool:
        return self in (EntryKind.LABOUR, EntryKind.TRAVEL)


class WaitingReason(StrEnum):
    """Why a line of a work order is not in the timesheet yet, in the order in which they are looked for."""

    UNKNOWN_ORGANISATION = "unknown-organisation"
    TIMESHEETS_INACTIVE = "timesheets-inactive"
    UNKNOWN_EMPLOYEE = "unknown-employee"
    TIMESHEET_DISABLED = "timesheet-disabled"
    UNKNOWN_HOUR_TYPE = "unknown-hour-type"
    PERIOD_CLOSED = "period-closed"


class InvoiceType(StrEnum):
    REGULAR = "regular"
    ADVANCE = "advance"
    PLAIN = "plain"
    CREDIT_NOTE = "credit note"


class InvoiceOrigin(StrEnum):
    """How an invoice came to be."""

    TIMETRACKING = "timetracking"
    PHASES = "phases"
    PROJECT = "project"
    INVOICE_MODULE = "invoice module"
    DEAL = "deal"
    SUBSCRIPTION = "subscription"
    CREDIT = "credit"


class InvoiceState(StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    CREDITED = "credited"


class BillingMethod(StrEnum):
    TIME_AND_MATERIALS = "time and materials"
    FIXED_PRICE = "fixed price"
    NON_BILLABLE = "non-billable"
