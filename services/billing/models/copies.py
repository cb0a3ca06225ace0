"""Local copies of records that timesheets owns, so that invoices name people and hour types as people do."""

from __future__ import annotations

from sqlmodel import Field

from services.billing.models.base import Base


class Employee(Base, table=True):
    __tablename__ = "employees"

    organisation: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    version: int
    name: str


class HourType(Base, table=True):
    __tablename__ = "hour_types"

    organisation: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    version: int
    name: str
