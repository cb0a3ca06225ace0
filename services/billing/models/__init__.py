"""Billing's tables. Importing the package loads them all: ``Base.metadata`` is whole afterwards."""

from services.billing.models.accounts import Account
from services.billing.models.advances import Advance, Deduction, DeductionLimit
from services.billing.models.bank import BankMatch, BankStatement, BankTransaction
from services.billing.models.base import Base
from services.billing.models.chart import ChartRule
from services.billing.models.copies import Employee, HourType
from services.billing.models.costs import ExternalCost
from services.billing.models.credits import CreditedLine, CreditedRate, InvoiceCredit, LineCredit, ShareCredit
from services.billing.models.customer_credit import CustomerBalance, CustomerCredit, Refund, WriteOff
from services.billing.models.customers import Customer
from services.billing.models.deals import Deal, DealSlice
from services.billing.models.documents import Document, DocumentQueue, OrganisationLogo
from services.billing.models.emails import Email, EmailSettings, EmailText
from services.billing.models.fixed_price import Milestone, PhaseSlice
from services.billing.models.invoice_runs import InvoiceRun, InvoiceRunItem
from services.billing.models.invoices import DraftChange, Invoice, InvoiceAccount, NumberSeries
from services.billing.models.ledger import LedgerClaim, LedgerRow
from services.billing.models.lines import InvoiceLine, LineShare
from services.billing.models.open_rows import BilledEntry, OpenBalance, OpenRow
from services.billing.models.organisations import Organisation
from services.billing.models.payments import InvoiceRequest, Payment
from services.billing.models.preferences import InvoicingPreferences
from services.billing.models.price_list import ListPrice
from services.billing.models.projects import Phase, Project
from services.billing.models.rates import BillRate
from services.billing.models.repricing import Repricing
from services.billing.models.self_checks import SelfCheckFinding, SelfCheckRun
from services.billing.models.subscriptions import (
    Subscription,
    SubscriptionPeriod,
    SubscriptionPrice,
    SubscriptionRun,
    SubscriptionRunResult,
)
from services.billing.models.suspense import PendingReversal, SuspendedEntry, UnpricedEntry
from services.billing.models.vat_texts import VatText

__all__ = [
    "Account",
    "Advance",
    "BankMatch",
    "BankStatement",
    "BankTransaction",
    "Base",
    "BillRate",
    "BilledEntry",
    "ChartRule",
    "CreditedLine",
    "CreditedRate",
    "Customer",
    "CustomerBalance",
    "CustomerCredit",
    "Deal",
    "DealSlice",
    "Deduction",
    "DeductionLimit",
    "Document",
    "DocumentQueue",
    "DraftChange",
    "Email",
    "EmailSettings",
    "EmailText",
    "Employee",
    "ExternalCost",
    "HourType",
    "Invoice",
    "InvoiceAccount",
    "InvoiceCredit",
    "InvoiceLine",
    "InvoiceRequest",
    "InvoiceRun",
    "InvoiceRunItem",
    "InvoicingPreferences",
    "LedgerClaim",
    "LedgerRow",
    "LineCredit",
    "LineShare",
    "ListPrice",
    "Milestone",
    "NumberSeries",
    "OpenBalance",
    "OpenRow",
    "Organisation",
    "OrganisationLogo",
    "Payment",
    "PendingReversal",
    "Phase",
    "PhaseSlice",
    "Project",
    "Refund",
    "Repricing",
    "SelfCheckFinding",
    "SelfCheckRun",
    "ShareCredit",
    "Subscription",
    "SubscriptionPeriod",
    "SubscriptionPrice",
    "SubscriptionRun",
    "SubscriptionRunResult",
    "SuspendedEntry",
    "UnpricedEntry",
    "VatText",
    "WriteOff",
]
