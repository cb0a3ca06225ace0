"""Which advances a draft deducts, and how much of each at most (domain.md, "Settlement").

A limit stays with the draft: a refresh keeps it, and deducts less where less is open by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.lines import LineKind
from services.billing.domain.settlement import Deduction, OpenAdvance
from services.billing.domain.vat import Vat
from services.billing.domain.way import Way
from services.billing.handlers import refusals
from services.billing.handlers.composing import Kept
from services.billing.handlers.draft_lines import restate
from services.billing.handlers.drafts import LockedInvoice
from services.billing.queries import advances, deduction_limits, issuing
from shared.http.problems import invalid_input, not_found
from shared.money import as_money

_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class LimitAsked:
    """``rate`` None: the only VAT rate of the advance. ``amount`` None: as much as there is."""

    advance_id: UUID
    rate: Decimal | None
    amount: Decimal | None


async def limit_deductions(session: AsyncSession, invoice: LockedInvoice, asked: Sequence[LimitAsked]) -> None:
    """Deduct as much of each advance as is asked; of those that are not named as before, the oldest first.

    Raises ``not-editable``, ``not-found`` and ``exceeds-remaining`` (more than is open, or than the lines leave).
    """
    if invoice.is_by_hand or invoice.row["origin"] not in {way.origin for way in Way}:
        raise refusals.not_editable("An invoice of lines by hand deducts no advances.")
    opened = await advances.open_advances(session, [account.id for account in invoice.accounts])
    kept = await Kept.of(session, invoice.row)
    limits, currency = dict(kept.limits), invoice.row["currency"]
    for place, one in enumerate(asked):
        advance = _found(opened, one, place)
        _check_amount(advance, one, currency, place)
        limits.pop((advance.invoice_id, advance.vat), None)
        if one.amount is not None:
            limits[advance.invoice_id, advance.vat] = as_money(one.amount, currency)
        await _write(session, invoice, advance, one.amount)
    await restate(
        session,
        invoice,
        [line for line in kept.lines if line.kind is not LineKind.DEDUCTION],
        replace(kept, limits=limits),
    )
    _check_deducted(opened, asked, await issuing.deductions_of(session, invoice.id))


async def _write(session: AsyncSession, invoice: LockedInvoice, advance: OpenAdvance, amount: Decimal | None) -> None:
    of = advance.invoice_id, advance.vat
    await deduction_limits.write_limit(session, invoice.account.organisation, invoice.id, of, amount)


def _found(opened: Sequence[OpenAdvance], asked: LimitAsked, place: int) -> OpenAdvance:
    of_it = [one for one in opened if one.invoice_id == asked.advance_id]
    found = [one for one in of_it if asked.rate is None or one.vat.rate == asked.rate]
    if not found:
        raise not_found("open advance", asked.advance_id)
    if len(found) > 1:
        raise invalid_input("This advance has several VAT rates: say which.", f"/deductions/{place}/vat_rate")
    return found[0]


def _check_amount(advance: OpenAdvance, asked: LimitAsked, currency: str, place: int) -> None:
    if asked.amount is None:
        return
    if as_money(asked.amount, currency) != asked.amount:
        raise refusals.too_many_decimals(f"/deductions/{place}/amount", asked.amount, currency)
    if asked.amount > advance.open:
        raise refusals.exceeds_remaining(f"{advance.open} of advance {advance.number} is open.", advance.open)


def _check_deducted(opened: Sequence[OpenAdvance], asked: Sequence[LimitAsked], done: Sequence[Deduction]) -> None:
    """Who asks for an amount gets it, or hears that the lines at that rate leave less."""
    deducted: dict[tuple[UUID, Vat], Decimal] = {(one.invoice_id, one.vat): one.amount for one in done}
    for place, one in enumerate(asked):
        advance = _found(opened, one, place)
        amount = deducted.get((advance.invoice_id, advance.vat), _NOTHING)
        if one.amount is not None and amount < one.amount:
            raise refusals.exceeds_remaining(
                f"The lines at {advance.vat.rate} % and older advances leave {amount} for advance {advance.number}.",
                amount,
            )
