"""Tables of timesheets. Each has the organisation that its rows belong to."""

from services.timesheets.models.approval_runs import ApprovalRun, ApprovalRunEntry
from services.timesheets.models.base import Base
from services.timesheets.models.copies import CustomerCopy, OrganisationCopy, PhaseCopy, ProjectCopy
from services.timesheets.models.corrections import Correction
from services.timesheets.models.entries import Entry, EntryPiece, EntryVersion
from services.timesheets.models.exports import ExportedEntry, ExportPart, ExportRun
from services.timesheets.models.orders import Order
from services.timesheets.models.periods import ClosedPeriod, PeriodAct, WaitingChange
from services.timesheets.models.personal_data import AnonymousEmployee, DataAccess
from services.timesheets.models.receipts import Receipt
from services.timesheets.models.records import CostRate, Employee, HourType, Settings
from services.timesheets.models.timers import Timer
from services.timesheets.models.working_times import DayOff, Reclassification, SurchargeRule, WorkingHours

__all__ = [
    "AnonymousEmployee",
    "ApprovalRun",
    "ApprovalRunEntry",
    "Base",
    "ClosedPeriod",
    "Correction",
    "CostRate",
    "CustomerCopy",
    "DataAccess",
    "DayOff",
    "Employee",
    "Entry",
    "EntryPiece",
    "EntryVersion",
    "ExportPart",
    "ExportRun",
    "ExportedEntry",
    "HourType",
    "Order",
    "OrganisationCopy",
    "PeriodAct",
    "PhaseCopy",
    "ProjectCopy",
    "Receipt",
    "Reclassification",
    "Settings",
    "SurchargeRule",
    "Timer",
    "WaitingChange",
    "WorkingHours",
]
