"""Billing's tables. Importing the package loads them all: ``Base.metadata`` is whole afterwards."""

from services.billing.models.accounts import Account
from services.billing.models.base import Base
from services.billing.models.copies import Employee, HourType
from services.billing.models.customers import Customer
from services.billing.models.ledger import LedgerClaim, LedgerRow
from services.billing.models.organisations import Organisation
from services.billing.models.preferences import InvoicingPreferences
from services.billing.models.projects import Phase, Project
from services.billing.models.rates import BillRate
from services.billing.models.suspense import PendingReversal, SuspendedEntry, UnpricedEntry

__all__ = [
    "Account",
    "Base",
    "BillRate",
    "Customer",
    "Employee",
    "HourType",
    "InvoicingPreferences",
    "LedgerClaim",
    "LedgerRow",
    "Organisation",
    "PendingReversal",
    "Phase",
    "Project",
    "SuspendedEntry",
    "UnpricedEntry",
]
