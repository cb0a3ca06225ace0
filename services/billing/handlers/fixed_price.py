"""Billing a fixed price: by percentage, by amount, or by milestone. Its time is recorded, and bills nothing.

The account of the project is locked by whoever bills or credits a part, so that no two parts exceed the price.
"""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.deals import EmptySliceError, ExceedsDealError, Slice, billed, by_amount, by_percentage
from services.billing.domain.fixed_price import PartAsked, part_line
from services.billing.domain.lines import Line
from services.billing.handlers import refusals
from services.billing.queries import fixed_price
from services.billing.queries.fixed_price import Phase, SliceRow
from services.billing.queries.invoicing import BilledAccount
from shared.http.problems import conflict, invalid_input, not_found, register_problems
from shared.money import as_money
from shared.words import BillingMethod

register_problems(
    {
        "not-fixed-price": "The phase has no fixed price",
        "milestone-billed": "The milestone was billed already",
    }
)


async def find_fixed_price(session: AsyncSession, organisation: str, project: str, code: str) -> Phase:
    """A phase that is billed at a fixed price. Raises ``not-found``, ``not-fixed-price``."""
    phase = await fixed_price.find_phase(session, organisation, project, code)
    if phase is None:
        raise not_found("phase", f"{project}/{code}")
    if phase.method != BillingMethod.FIXED_PRICE:
        raise conflict("not-fixed-price", f"{project}/{code} is billed as {phase.method}: it has no price to bill.")
    return phase


async def planned_part(session: AsyncSession, phase: Phase, asked: PartAsked) -> PartAsked:
    """What is asked, completed by the milestone that was planned under its name.

    Raises ``milestone-billed``; ``invalid-input`` where neither says how much.
    """
    planned = None
    if asked.milestone is not None:
        planned = await fixed_price.milestone_named(session, phase.key, asked.milestone)
    if planned is not None and planned["billed"] > 0:
        raise conflict("milestone-billed", f"The milestone {asked.milestone!r} is billed, or in a draft, already.")
    if asked.percentage is not None or asked.amount is not None:
        return asked
    if planned is None:
        raise invalid_input("name a percentage or an amount, or a milestone that is planned", "/percentage")
    return PartAsked(planned["percentage"], planned["amount"], asked.milestone, asked.description, asked.vat_rate)


async def part(
    session: AsyncSession,
    account: BilledAccount,
    phases: tuple[str, ...] | None,
    asked: PartAsked,
    invoice_id: UUID | None,
) -> Line:
    """The line of a part of a phase's price, of a new invoice or of ``invoice_id`` anew.

    Raises ``exceeds-remaining``, ``nothing-to-invoice``, ``vat-rate-unknown``, ``not-fixed-price``, ``not-found``.
    """
    phase = await _phase(session, account, phases)
    amount = _amount(phase, asked, await fixed_price.shares(session, phase, but=invoice_id), account.currency)
    with refusals.content_refused(account.basis.country):
        line = part_line(asked, amount, account.basis, code=phase.code, name=phase.name)
        if asked.vat_rate is not None and not account.basis.allows(line.vat, None):
            raise refusals.rate_not_allowed(account.basis.country, asked.vat_rate, None, "/vat_rate")
        return line


async def keep_part(
    session: AsyncSession,
    account: BilledAccount,
    phases: tuple[str, ...] | None,
    asked: PartAsked,
    *,
    invoice_id: UUID,
    amount: Decimal,
) -> None:
    """Note what the draft bills, or bills now, of the price."""
    phase = await _phase(session, account, phases)
    milestone = None
    if asked.milestone is not None:
        milestone = await fixed_price.milestone_named(session, phase.key, asked.milestone)
    row = SliceRow(
        milestone_id=milestone["id"] if milestone else None,
        name=asked.milestone,
        amount=amount,
        percentage=asked.percentage,
        billed_before=billed(await fixed_price.shares(session, phase, but=invoice_id)),
    )
    await fixed_price.save_slice(session, phase, invoice_id, row)


async def _phase(session: AsyncSession, account: BilledAccount, phases: tuple[str, ...] | None) -> Phase:
    assert account.project is not None, "phases are of projects"
    assert phases is not None, "a part is of one phase"
    return await find_fixed_price(session, account.organisation, account.project, phases[0])


def _amount(phase: Phase, asked: PartAsked, shares: list[Slice], currency: str) -> Decimal:
    price = phase.price or Decimal(0)
    try:
        if asked.percentage is not None:
            return by_percentage(price, asked.percentage, shares, currency)
        assert asked.amount is not None, "a part is a percentage or an amount"
        amount = as_money(asked.amount, currency)
        if amount != asked.amount:
            raise refusals.too_many_decimals("/amount", asked.amount, currency)
        return by_amount(price, amount, shares)
    except ExceedsDealError as error:
        raise refusals.exceeds_remaining(
            f"Of the price of {phase.project}/{phase.code} ({price}) {error.left} is left to be billed.", error.left
        ) from None
    except EmptySliceError:
        raise refusals.nothing_to_invoice(
            f"{asked.percentage} % of {phase.project}/{phase.code} comes to nothing beside what was billed before."
        ) from None
