"""Invoices: drafts, and what was issued, which nothing changes any more but payments and credits.

The database keeps what the law asks for (migration 0003): numbers of a series and year are 1…n without gap (each
number but the first refers to the one before), dates do not decrease, and an issued invoice is neither deleted nor
changed in its content.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.billing.models.base import Base

_ZERO = {"server_default": text("0")}
_NONE = {"server_default": text("'{}'")}


class Invoice(Base, table=True):
    """``paid``, ``credited``, ``written_off`` include VAT. A credit note's ``net``, ``vat``, ``to_pay`` are negative.

    ``selection`` says what a regular draft was asked to hold, for a refresh: ``{up_to, phases}``.

    ``version`` is raised by each change of a draft, so that two users do not overwrite each other. Texts that are
    NULL in a draft are left to the preferences; issuing fixes them all.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        CheckConstraint("type IN ('regular', 'advance', 'plain', 'credit note')", name="type"),
        CheckConstraint(
            "origin IN ('timetracking', 'phases', 'project', 'invoice module', 'deal', 'subscription', 'credit')",
            name="origin",
        ),
        CheckConstraint("state IN ('draft', 'issued', 'partly_paid', 'paid', 'credited')", name="state"),
        CheckConstraint(
            "(state = 'draft') = (number IS NULL) AND num_nulls(series, fiscal_year, sequence, number, issue_date,"
            " due_date, payment_term, issued_at, issued_by, seller, buyer) IN (0, 11)",
            name="issued_whole",
        ),
        CheckConstraint("sequence >= 1", name="sequence"),
        CheckConstraint("previous_sequence IS NOT DISTINCT FROM NULLIF(sequence - 1, 0)", name="no_gap"),
        CheckConstraint("net + vat = to_pay", name="to_pay"),
        CheckConstraint("type = 'credit note' OR (net >= 0 AND to_pay >= 0)", name="not_negative"),
        CheckConstraint("paid >= 0 AND credited >= 0", name="paid"),
        CheckConstraint("credited <= to_pay OR credited = 0", name="credited"),
        CheckConstraint("written_off >= 0", name="written_off"),
        CheckConstraint("type <> 'credit note' OR (net <= 0 AND to_pay <= 0)", name="gives_back"),
        CheckConstraint("type = 'credit note' OR credits_invoice_id IS NULL", name="credits"),
        CheckConstraint("period_from <= period_until", name="period"),
        CheckConstraint("discount >= 0 AND num_nonnulls(discount_percentage, discount_amount) <= 1", name="discount"),
        UniqueConstraint("organisation", "series", "fiscal_year", "sequence", name="uq_invoices_sequence"),
        UniqueConstraint("organisation", "number", name="uq_invoices_number"),
        ForeignKeyConstraint(
            ["organisation", "series", "fiscal_year", "previous_sequence"],
            ["invoices.organisation", "invoices.series", "invoices.fiscal_year", "invoices.sequence"],
            name="fk_invoices_previous",
        ),
        ForeignKeyConstraint(["organisation", "customer"], ["customers.organisation", "customers.code"]),
        ForeignKeyConstraint(["organisation", "project"], ["projects.organisation", "projects.code"]),
        Index("ix_invoices_organisation_id", "organisation", "id"),
        Index(
            "ix_invoices_credits_invoice_id",
            "credits_invoice_id",
            postgresql_where=text("credits_invoice_id IS NOT NULL"),
        ),
        Index("ix_invoices_organisation_project_id", "organisation", "project", "id"),
        Index("ix_invoices_organisation_customer_id", "organisation", "customer", "id"),
        Index(
            "uq_invoices_payment_reference",
            "organisation",
            "payment_reference",
            unique=True,
            postgresql_where=text("payment_reference IS NOT NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    organisation: str = Field(foreign_key="organisations.code")
    type: str
    origin: str
    state: str = "draft"
    customer: str
    project: str | None = None
    currency: str
    selection: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    outdated: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    #: What decided about VAT: the seller's country and the customer's treatment.
    vat_country: str
    vat_treatment: str
    net: Decimal = Field(sa_type=Numeric)
    vat: Decimal = Field(sa_type=Numeric)
    to_pay: Decimal = Field(sa_type=Numeric)
    #: [{rate, category, net, vat}] with decimals as text, highest rate first; issued also {reason, vatex}: why no VAT
    #: is charged, in the customer's language, and its code (CEF VATEX list, EN 16931 BT-121), or null.
    vat_lines: list[dict[str, str]] = Field(default_factory=list, sa_type=JSONB)
    paid: Decimal = Field(default=Decimal(0), sa_type=Numeric, sa_column_kwargs=_ZERO)
    credited: Decimal = Field(default=Decimal(0), sa_type=Numeric, sa_column_kwargs=_ZERO)
    written_off: Decimal = Field(default=Decimal(0), sa_type=Numeric, sa_column_kwargs=_ZERO)
    #: Of a credit note: the invoice that it credits. None for what is to be given back, which can be of several: the
    #: lines say of which (``invoice_lines.credits_line_id``).
    credits_invoice_id: UUID | None = Field(default=None, foreign_key="invoices.id")
    reason: str | None = Field(default=None, description="Why it was credited, as the user says it.")
    series: str | None = None
    fiscal_year: int | None = None
    sequence: int | None = Field(default=None, description="1…n in its series and fiscal year.")
    previous_sequence: int | None = None
    number: str | None = Field(default=None, description="As printed.")
    issue_date: date | None = None
    due_date: date | None = None
    payment_term: str | None = None
    #: As they were when it was issued: {name, legal_name, address, vat_id, …}
    seller: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    buyer: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    issued_at: datetime | None = None
    issued_by: str | None = None
    created_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
    created_by: str
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    language: str | None = Field(default=None, description="Of its documents; fixed when it is issued.")
    intro: str | None = None
    footer: str | None = None
    buyer_reference: str | None = Field(default=None, description="EN 16931, BT-10.")
    order_reference: str | None = Field(default=None, description="The customer's purchase order: BT-13.")
    #: When what is billed was done or delivered (BT-73, BT-74).
    period_from: date | None = None
    period_until: date | None = None
    payment_reference: str | None = Field(default=None, description="+++ddd/dddd/ddddd+++ (Belgium), or ISO 11649.")
    #: Discount on the whole, as asked: per cent, or an amount excluding VAT. ``discount``: what it comes to. It is
    #: spread over the lines (``invoice_lines.invoice_discount``), so that net = Σ net of the lines.
    discount_percentage: Decimal | None = Field(default=None, sa_type=Numeric)
    discount_amount: Decimal | None = Field(default=None, sa_type=Numeric)
    discount: Decimal = Field(default=Decimal(0), sa_type=Numeric, sa_column_kwargs=_ZERO)
    #: Ledger rows that the user took out of the draft, or put into it beside its selection: a refresh keeps to it.
    removed_rows: list[int] = Field(default_factory=list, sa_type=ARRAY(BigInteger), sa_column_kwargs=_NONE)
    added_rows: list[int] = Field(default_factory=list, sa_type=ARRAY(BigInteger), sa_column_kwargs=_NONE)
    own_order: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    wanted_series: str | None = Field(default=None, description="Of a draft: the series whose number it takes.")


class DraftChange(Base, table=True):
    """Who changed a draft to ``version``, and when."""

    __tablename__ = "draft_changes"

    invoice_id: UUID = Field(primary_key=True, foreign_key="invoices.id", ondelete="CASCADE")
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    organisation: str
    what: str
    at: datetime
    by: str


class InvoiceAccount(Base, table=True):
    """Which accounts an invoice bills: whoever changes it locks them first."""

    __tablename__ = "invoice_accounts"

    invoice_id: UUID = Field(primary_key=True, foreign_key="invoices.id", ondelete="CASCADE")
    account_id: UUID = Field(primary_key=True, foreign_key="accounts.id", index=True)
    organisation: str


class NumberSeries(Base, table=True):
    """Where a series stands. Dates do not decrease, so the fiscal year does not either: one row is enough.

    Locked last of all, and held until the invoice that takes the number is committed.
    """

    __tablename__ = "number_series"
    __table_args__ = (
        CheckConstraint("last_sequence >= 0", name="last_sequence"),
        CheckConstraint("kind IN ('invoices', 'credit notes')", name="kind"),
        UniqueConstraint("organisation", "ordinal", name="uq_number_series_ordinal"),
    )

    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    series: str = Field(primary_key=True)
    format: str
    fiscal_year: int | None = None
    last_sequence: int = Field(default=0, sa_column_kwargs=_ZERO)
    last_date: date | None = None
    kind: str = Field(default="invoices", sa_column_kwargs={"server_default": text("'invoices'")})
    ordinal: int = Field(default=0, sa_column_kwargs=_ZERO, description="Which of the organisation's series: from 0.")
    #: Formats that were replaced after numbers were given with them.
    earlier_formats: list[str] = Field(default_factory=list, sa_type=ARRAY(String), sa_column_kwargs=_NONE)
