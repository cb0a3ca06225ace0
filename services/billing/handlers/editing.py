"""Who changes a draft: one at a time, and only what they have seen (optimistic concurrency by its version)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.handlers import refusals
from services.billing.handlers.drafts import LockedInvoice, locked_draft
from services.billing.queries import draft_changes
from shared.words import InvoiceOrigin, InvoiceType

#: Their amounts are counted elsewhere: of the deal, of the period.
_COUNTED: Final = {InvoiceOrigin.DEAL: "deal", InvoiceOrigin.SUBSCRIPTION: "subscription"}


@dataclass(frozen=True, slots=True)
class Editor:
    """Who, when, and the version that they have seen; None: whatever it is now."""

    by: str
    now: datetime
    version: int | None


async def draft_to_edit(
    session: AsyncSession, organisation: str, invoice_id: UUID, editor: Editor, *, content: bool = True
) -> LockedInvoice:
    """The draft, locked, as the editor has seen it; ``content``: lines or amounts are to change.

    Raises ``not-found``, ``not-a-draft``, ``draft-changed``, ``draft-outdated``, ``not-editable``.
    """
    invoice = await locked_draft(session, organisation, invoice_id)
    check_version(invoice, editor.version)
    if content:
        _check_content(invoice)
    return invoice


def check_version(invoice: LockedInvoice, version: int | None) -> None:
    """Raises ``draft-changed`` when somebody else changed the draft since."""
    now = invoice.row["version"]
    if version is not None and version != now:
        raise refusals.draft_changed(version, now)


def _check_content(invoice: LockedInvoice) -> None:
    if invoice.row["type"] == InvoiceType.CREDIT_NOTE:
        raise refusals.not_editable("A credit note says what it credits: delete the draft, and make another.")
    if counted := _COUNTED.get(invoice.row["origin"]):
        raise refusals.not_editable(f"Its amounts are those of the {counted}; its texts can be changed.")
    if invoice.row["outdated"]:
        raise refusals.draft_outdated("Entries of this draft were taken back or priced anew.")


async def edited(session: AsyncSession, invoice: LockedInvoice, editor: Editor, what: str) -> None:
    """The draft has a new version, made by the editor."""
    await draft_changes.note(session, invoice.id, what, by=editor.by, at=editor.now)
