"""Receipts of expenses: added, taken away while nobody has approved them."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.access import User
from services.timesheets.domain.entry import TimeEntry
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.receipts import (
    MAX_RECEIPTS,
    media_type_of,
    refuse_receipt_for,
    refuse_removal_from,
)
from services.timesheets.handlers.by_hand import visible_entry
from services.timesheets.queries.load import lock_entries
from services.timesheets.queries.receipts import ReceiptRow, receipts_of, remove_receipt, store_receipt
from shared.ids import new_id


async def add_receipt(
    session: AsyncSession, user: User, entry_id: UUID, *, name: str, content: bytes, now: datetime
) -> tuple[ReceiptRow, bool]:
    """Keep ``content`` with the expense; (receipt, whether it is new): the same file again is kept once.

    Raises ``Refused``: not-found, no-expense, wrong-state, too-many-receipts, and what ``media_type_of`` says.
    """
    media_type = media_type_of(content)
    entry = await _locked(session, user, entry_id)
    refuse_receipt_for(entry)
    digest = hashlib.sha256(content).digest()
    stored = await receipts_of(session, user.organisation, entry_id)
    same = next((receipt for receipt in stored if receipt.digest == digest), None)
    if same is not None:
        return same, False
    if len(stored) >= MAX_RECEIPTS:
        raise Refused("too-many-receipts", f"an expense has at most {MAX_RECEIPTS} receipts")
    receipt = ReceiptRow(
        new_id(), user.organisation, entry_id, name, media_type.value, len(content), digest, user.subject, now
    )
    await store_receipt(session, receipt, content)
    return receipt, True


async def take_receipt_away(session: AsyncSession, user: User, entry_id: UUID, receipt_id: UUID) -> None:
    """Raises ``Refused``: not-found, wrong-state (approved with it)."""
    refuse_removal_from(await _locked(session, user, entry_id))
    if not await remove_receipt(session, user.organisation, entry_id, receipt_id):
        raise Refused("not-found", f"There is no receipt {str(receipt_id)!r}.")


async def _locked(session: AsyncSession, user: User, entry_id: UUID) -> TimeEntry:
    await visible_entry(session, user, entry_id)
    (entry,) = await lock_entries(session, user.organisation, [entry_id])
    return entry
