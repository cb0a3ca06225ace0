"""The price list of articles and kilometres, used where a line brings no price of its own."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from services.billing.models.base import Base

_NONE = {"server_default": text("''")}


class ListPrice(Base, table=True):
    """A price of one kilometre or unit, on the days from ``valid_from`` to ``valid_until`` (both included).

    ``code`` is the customer's or project's, ``article`` the article's; '' means none (models/rates.py says why).
    """

    __tablename__ = "list_prices"
    __table_args__ = (
        CheckConstraint("scope IN ('organisation', 'customer', 'project')", name="scope"),
        CheckConstraint("(scope = 'organisation') = (code = '')", name="of"),
        CheckConstraint("item IN ('kilometre', 'article') AND (item = 'article') = (article <> '')", name="item"),
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("valid_from <= valid_until", name="days"),
        ExcludeConstraint(
            ("organisation", "="),
            ("scope", "="),
            ("code", "="),
            ("item", "="),
            ("article", "="),
            (text("daterange(valid_from, valid_until, '[]')"), "&&"),
            name="ex_list_prices_overlap",
            using="gist",
        ),
        Index("ix_list_prices_organisation_item_article", "organisation", "item", "article"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str = Field(foreign_key="organisations.code")
    scope: str
    code: str = Field(default="", sa_column_kwargs=_NONE)
    item: str
    article: str = Field(default="", sa_column_kwargs=_NONE)
    price: Decimal = Field(sa_type=Numeric)
    valid_from: date | None = None
    valid_until: date | None = None
    created_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
