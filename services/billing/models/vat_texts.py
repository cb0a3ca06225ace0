"""Why no VAT is charged, in the organisation's own words."""

from __future__ import annotations

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.billing.models.base import Base


class VatText(Base, table=True):
    """Printed instead of the usual words of that language (domain/vat_texts.py)."""

    __tablename__ = "vat_texts"
    __table_args__ = (CheckConstraint("treatment IN ('reverse charge', 'exempt')", name="treatment"),)

    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    treatment: str = Field(primary_key=True)
    language: str = Field(primary_key=True)
    text: str
