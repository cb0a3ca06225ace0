"""The ledger: append-only rows whose sum is what is unbilled, and the claims that say what became of a row.

A row is never changed or deleted; a trigger forbids it (migration 0001). What moves is the claim: its primary key is
the row, so that a row is taken once, whoever asks and however often.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Numeric, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.billing.models.base import Base


class LedgerRow(Base, table=True):
    """One change of what is unbilled on an account.

    ``kind``:
      ``accrual``        an approved billable entry, priced; ``entry_version`` is the version that was approved
      ``reversal``       takes back the accrual of the version ``entry_version``; ``reverses_row_id`` names its row
      ``external_cost``  a cost of the project that is invoiced on; a change of it is a reversal and another row
      ``billed``         what an issued invoice took off (negative of the rows that it claims)
      ``released``       what a credit note put back: ``releases_row_id`` names the row, which it repeats as it was
                         accrued (a reversal with its ``reverses_row_id``: it is to be given back again)

    A re-pricing takes a row out by a ``reversal`` and writes another ``accrual`` of the same version, both with its
    ``repricing_id``: they say nothing about whether the approval stands.

    Time has ``minutes`` (worked) and ``billed_minutes`` (after rounding) and its components in ``pieces``, each
    ``{minutes, billed_minutes, hour_type, surcharge, price, parts, rate_id, rate_for}`` with decimals as text and
    ``rate_for`` = [scope, code, phase, hour type] (domain/rates.py, RateKey); where another surcharge was worked than
    is billed, ``worked_surcharge`` too. ``unit_price`` is the price of an hour
    where all pieces share it. Distance, expense and material have ``quantity``, ``unit`` and ``unit_price`` (before
    ``mark_up`` per cent).
    """

    __tablename__ = "ledger_rows"
    __table_args__ = (
        CheckConstraint("kind IN ('accrual', 'reversal', 'external_cost', 'billed', 'released')", name="kind"),
        CheckConstraint(
            "(kind <> 'reversal' OR reverses_row_id IS NOT NULL)"
            " AND (reverses_row_id IS NULL OR kind IN ('reversal', 'released'))",
            name="reversal_names_its_row",
        ),
        CheckConstraint("(kind = 'released') = (releases_row_id IS NOT NULL)", name="released_names_its_row"),
        CheckConstraint("entry_id IS NULL OR entry_version IS NOT NULL", name="entry_has_version"),
        Index(
            "uq_ledger_rows_entry_fact",
            "organisation",
            "entry_id",
            "entry_version",
            "kind",
            "repricing_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("entry_id IS NOT NULL AND kind IN ('accrual', 'reversal')"),
        ),
        Index(
            "uq_ledger_rows_released",
            "releases_row_id",
            unique=True,
            postgresql_where=text("releases_row_id IS NOT NULL"),
        ),
        Index("ix_ledger_rows_released_entry", "organisation", "entry_id", postgresql_where=text("kind = 'released'")),
        Index(
            "ix_ledger_rows_reverses_row_id", "reverses_row_id", postgresql_where=text("reverses_row_id IS NOT NULL")
        ),
        Index("ix_ledger_rows_account_id_id", "account_id", "id"),
        Index(
            "ix_ledger_rows_external_cost_id",
            "external_cost_id",
            "id",
            postgresql_where=text("external_cost_id IS NOT NULL"),
        ),
        Index("ix_ledger_rows_invoice_id", "invoice_id", postgresql_where=text("invoice_id IS NOT NULL")),
    )

    id: int | None = Field(
        default=None, primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(always=False),)
    )
    organisation: str
    account_id: UUID = Field(foreign_key="accounts.id")
    kind: str
    entry_id: UUID | None = None
    entry_version: int | None = None
    external_cost_id: UUID | None = None
    #: Exact amount, signed, in 1/6000 of the currency's unit (shared/money.py).
    parts: Decimal = Field(sa_type=Numeric)
    #: What the line itself says; None: the customer's VAT treatment decides when it is invoiced.
    vat_rate: Decimal | None = Field(default=None, sa_type=Numeric)
    day: date = Field(description="Of the work, in the organisation's time zone; of the issue for billed rows.")
    phase: str | None = None
    employee: str | None = None
    hour_type: str | None = Field(default=None, description="Of the entry; a piece can have its own.")
    entry_kind: str | None = Field(default=None, description="labour, travel, distance, expense, material")
    minutes: int | None = None
    billed_minutes: int | None = None
    quantity: Decimal | None = Field(default=None, sa_type=Numeric)
    unit: str | None = None
    unit_price: Decimal | None = Field(default=None, sa_type=Numeric)
    mark_up: Decimal | None = Field(default=None, sa_type=Numeric)
    pieces: list[dict[str, Any]] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": text("'[]'::jsonb")}
    )
    article: str | None = None
    description: str | None = None
    name: str | None = Field(default=None, description='What people call the entry: "W1/1", or its ref.')
    work_order_id: UUID | None = None
    source: str | None = None
    position: int | None = Field(default=None, description="Place of the line in its work order, from 0.")
    start: datetime | None = Field(default=None, description="Clock of the work; what has none comes after.")
    extra_to: UUID | None = None
    rate_id: UUID | None = Field(
        default=None, description="The rate it took, where all pieces share it; or the price of the price list."
    )
    #: Of a price of the price list, as it was: {id, for: [scope, code, item, article], price}; decimals as text.
    list_price: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    repricing_id: UUID | None = Field(default=None, description="The re-pricing that wrote the row.")
    finish: datetime | None = Field(default=None, description="When the work ended.")
    work_order: str | None = Field(default=None, description="Id of its work order in the system that sent it.")
    reverses_row_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="ledger_rows.id")
    releases_row_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="ledger_rows.id")
    invoice_id: UUID | None = Field(default=None, description="Of billed and released rows.")
    traceparent: str | None = None
    created_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})


class LedgerClaim(Base, table=True):
    """What became of a ledger row; a row without claim is free.

    ``draft``    a draft holds it; deleting the draft frees it
    ``issued``   an issued invoice bills it, for good
    ``netted``   an accrual and its reversal, taken out together: no invoice saw either
    """

    __tablename__ = "ledger_claims"
    __table_args__ = (
        CheckConstraint("how IN ('draft', 'issued', 'netted')", name="how"),
        CheckConstraint("(how = 'netted') = (invoice_id IS NULL)", name="claimed_by_an_invoice"),
        Index("ix_ledger_claims_invoice_id", "invoice_id", postgresql_where=text("invoice_id IS NOT NULL")),
        Index("ix_ledger_claims_draft", "organisation", postgresql_where=text("how = 'draft'")),
    )

    row_id: int = Field(
        primary_key=True, sa_type=BigInteger, foreign_key="ledger_rows.id", sa_column_kwargs={"autoincrement": False}
    )
    organisation: str
    how: str
    invoice_id: UUID | None = None
    line_id: UUID | None = None
