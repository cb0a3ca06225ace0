"""Local copies of billing's records, kept from its compacted topics: the row with the highest version counts."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import ForeignKeyConstraint, Index, Numeric
from sqlmodel import Field

from services.timesheets.models.base import Base


class OrganisationCopy(Base, table=True):
    __tablename__ = "organisations"

    code: str = Field(primary_key=True)
    name: str
    country: str
    currency: str
    time_zone: str
    version: int
    deleted: bool


class CustomerCopy(Base, table=True):
    __tablename__ = "customers"

    organisation: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    name: str
    active: bool
    version: int
    deleted: bool


class ProjectCopy(Base, table=True):
    __tablename__ = "projects"
    __table_args__ = (Index("ix_projects_organisation_customer", "organisation", "customer"),)

    organisation: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    name: str
    customer: str
    closed: bool
    version: int
    deleted: bool


class PhaseCopy(Base, table=True):
    """Phase of a project; all of a project's phases come with its record and are replaced together."""

    __tablename__ = "phases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation", "project"], ["projects.organisation", "projects.code"], ondelete="CASCADE"
        ),
    )

    organisation: str = Field(primary_key=True)
    project: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    name: str
    method: str
    closed: bool
    budget_minutes: int | None = None
    budget_amount: Decimal | None = Field(default=None, sa_type=Numeric)
