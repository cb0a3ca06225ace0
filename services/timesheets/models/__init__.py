"""Tables of timesheets. Each has the organisation that its rows belong to."""

from services.timesheets.models.base import Base
from services.timesheets.models.copies import CustomerCopy, OrganisationCopy, PhaseCopy, ProjectCopy
from services.timesheets.models.corrections import Correction
from services.timesheets.models.entries import Entry, EntryPiece, EntryVersion
from services.timesheets.models.orders import Order
from services.timesheets.models.records import CostRate, Employee, HourType, Settings

__all__ = [
    "Base",
    "Correction",
    "CostRate",
    "CustomerCopy",
    "Employee",
    "Entry",
    "EntryPiece",
    "EntryVersion",
    "HourType",
    "Order",
    "OrganisationCopy",
    "PhaseCopy",
    "ProjectCopy",
    "Settings",
]
