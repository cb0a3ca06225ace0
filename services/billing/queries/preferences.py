"""Invoicing preferences of an organisation, a customer or a project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.preferences import NAMES, Preferences
from services.billing.models import InvoicingPreferences
from services.billing.queries.pricing import resolve
from shared.database.bulk import fetch

# All that can hold for an account, in one look: invoices ask for it more than once.
_LAYERS = """
SELECT o.language AS own_language, p.*
FROM organisations o
LEFT JOIN invoicing_preferences p ON p.organisation = o.code
    AND (p.scope, p.code) IN (('organisation', ''), ('customer', $2), ('project', $3))
WHERE o.code = $1
"""


async def effective(session: AsyncSession, organisation: str, customer: str, project: str | None) -> Preferences:
    """What holds for an account: project before customer before organisation, all of it resolved."""
    rows = await fetch(session, _LAYERS, organisation, customer, project)
    layers = {
        (organisation, row["scope"], row["code"]): {name: row[name] for name in NAMES} for row in rows if row["scope"]
    }
    language = rows[0]["own_language"] if rows else "nl"
    return resolve(layers, organisation, customer, project, language)


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
