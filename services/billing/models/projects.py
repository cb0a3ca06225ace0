"""Projects and their phases: what the work is for, and how it is billed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, func, text
from sqlmodel import Field

from services.billing.models.base import Base


class Project(Base, table=True):
    __tablename__ = "projects"
    __table_args__ = (
        ForeignKeyConstraint(["organisation", "customer"], ["customers.organisation", "customers.code"]),
        Index("ix_projects_organisation_customer", "organisation", "customer"),
    )

    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    code: str = Field(primary_key=True)
    version: int = Field(default=1, description="Of the published record; its phases are part of it.")
    name: str
    customer: str
    closed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    created_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})


class Phase(Base, table=True):
    __tablename__ = "phases"
    __table_args__ = (
        ForeignKeyConstraint(["organisation", "project"], ["projects.organisation", "projects.code"]),
        CheckConstraint("method IN ('time and materials', 'fixed price', 'non-billable')", name="method"),
        CheckConstraint("billed >= 0 AND billed <= coalesce(price, 0)", name="billed"),
    )

    organisation: str = Field(primary_key=True)
    project: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    name: str
    method: str
    price: Decimal | None = Field(default=None, sa_type=Numeric, description="Of a fixed-price phase, excl. VAT.")
    #: Σ of its slices − what was credited of them, drafts included: kept by the database (migration 0005).
    billed: Decimal = Field(default=Decimal(0), sa_type=Numeric, sa_column_kwargs={"server_default": text("0")})
    budget_minutes: int | None = None
    budget_amount: Decimal | None = Field(default=None, sa_type=Numeric)
    closed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    created_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
