"""Invoicing preferences of an organisation, a customer or a project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.preferences import Preferences
from services.billing.models import InvoicingPreferences, Organisation
from services.billing.queries.pricing import load_preferences, resolve


async def effective(session: AsyncSession, organisation: str, customer: str, project: str | None) -> Preferences:
    """What holds for an account: project before customer before organisation, all of it resolved."""
    own = await session.get(Organisation, organisation)
    projects = [] if project is None else [(organisation, project)]
    layers = await load_preferences(session, [organisation], [(organisation, customer)], projects)
    return resolve(layers, organisation, customer, project, own.language if own else "nl")


async def find(session: AsyncSession, organisation: str, scope: str, code: str = "") -> InvoicingPreferences | None:
    """What is preferred at exactly this place."""
    return await session.get(InvoicingPreferences, (organisation, scope, code))


async def change(
    session: AsyncSession, organisation: str, scope: str, code: str, values: Mapping[str, Any]
) -> InvoicingPreferences:
    """Set ``values`` (None: left to the next wider place); what is not among them stays."""
    row = await session.get(InvoicingPreferences, (organisation, scope, code), with_for_update=True)
    if row is None:
        row = InvoicingPreferences(organisation=organisation, scope=scope, code=code)
        session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    await session.flush()
    return row
