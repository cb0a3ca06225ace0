"""Deals linked to a project: recorded, changed, closed, and billed ahead slice by slice.

Lock order: the accounts of the deal's projects, then the deal. Whoever bills or credits a slice holds the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.asked import AskedLine
from services.billing.domain.deals import EmptySliceError, ExceedsDealError, Slice, billed, by_amount, by_percentage
from services.billing.handlers import refusals
from services.billing.handlers.advances import check_vat_rate, draft_lines
from services.billing.handlers.drafts import locked_account
from services.billing.handlers.records import needed, unknown
from services.billing.queries import deals, invoicing
from services.billing.queries.invoicing import BilledAccount
from shared.http.problems import conflict, not_found
from shared.money import as_money
from shared.words import InvoiceOrigin

_NULLABLE: Final = ("description", "reference", "vat_rate")
_NEW: Final = {**dict.fromkeys(_NULLABLE), "closed": False, "revision": None}


@dataclass(frozen=True, slots=True)
class SliceAsked:
    """Either per cent of the deal or an amount excluding VAT. ``description`` None: the deal's."""

    percentage: Decimal | None = None
    amount: Decimal | None = None
    description: str | None = None


async def save_deal(
    session: AsyncSession, organisation: str, code: str, given: Mapping[str, Any], by: str
) -> dict[str, Any]:
    """Make the deal, or change the fields that are given.

    Raises ``unknown-project``, ``deal-in-use``, ``exceeds-remaining``, ``foreign-currency``, ``invalid-input``.
    """
    known = await deals.find(session, organisation, code)
    given = {name: value for name, value in given.items() if value is not None or name in _NULLABLE}
    project = given.get("project") or (known["project"] if known else needed(given, "project", "deal"))
    account = await _lock_accounts(session, organisation, project, known)
    known = await deals.find(session, organisation, code, lock=True) if known else None
    deal = {**_NEW, **(known or {}), **given, "organisation": organisation, "code": code, "currency": account.currency}
    needed(deal, "amount", "deal")
    if as_money(deal["amount"], account.currency) != deal["amount"]:
        raise refusals.too_many_decimals("/amount", deal["amount"], account.currency)
    if given.get("vat_rate") is not None:
        check_vat_rate(account, deal["vat_rate"])
    if known is None:
        if not await deals.insert(session, deal, by):
            raise conflict("conflict", f"The deal {code!r} was made at the same time: look, and try again.")
    else:
        await _check_use(session, known, deal)
        await deals.update(session, deal)
    saved = await deals.find(session, organisation, code)
    assert saved is not None, "it was written just now"
    return saved


async def _lock_accounts(
    session: AsyncSession, organisation: str, project: str, known: Mapping[str, Any] | None
) -> BilledAccount:
    """The account of the deal's project; of both, when it moves to another one. Raises ``unknown-project``."""
    projects = {project} if known is None else {project, known["project"]}
    await invoicing.lock_projects(session, [(organisation, one) for one in projects])
    account = await invoicing.lock_account(session, organisation, project=project, customer=None)
    if account is None:
        raise unknown("project", project)
    return account


async def _check_use(session: AsyncSession, known: Mapping[str, Any], deal: Mapping[str, Any]) -> None:
    if deal["project"] != known["project"] and await deals.slices(session, known["organisation"], known["code"]):
        raise conflict("deal-in-use", f"{known['code']} was billed on {known['project']}: it stays that project's.")
    if deal["amount"] < known["billed"]:
        raise refusals.exceeds_remaining(
            f"{known['billed']} of {known['code']} is billed already: the deal cannot be less.", known["billed"]
        )


async def invoice_deal(session: AsyncSession, organisation: str, code: str, asked: SliceAsked, by: str) -> UUID:
    """A draft of the next slice, an advance; its id. Raises ``not-found``, ``deal-closed``, ``exceeds-remaining``,
    ``nothing-to-invoice``.
    """
    known = await deals.find(session, organisation, code)
    if known is None:
        raise not_found("deal", code)
    account = await locked_account(session, organisation, project=known["project"], customer=None)
    deal = await deals.find(session, organisation, code, lock=True)
    assert deal is not None, "a deal is never deleted"
    if deal["project"] != known["project"]:
        raise conflict("conflict", f"The deal {code!r} was moved at the same time: look, and try again.")
    if deal["closed"]:
        raise conflict("deal-closed", f"The deal {code!r} is closed: open it to bill more of it.")
    shares = await deals.shares(session, organisation, code)
    amount = _amount(deal, asked, shares, account.currency)
    line = AskedLine(_description(deal, asked), Decimal(1), amount, deal["vat_rate"])
    invoice_id = await draft_lines(session, account, [line], InvoiceOrigin.DEAL, by)
    await deals.add_slice(
        session,
        organisation,
        code,
        invoice_id,
        amount=amount,
        percentage=asked.percentage,
        before=billed(shares),
    )
    return invoice_id


def _amount(deal: Mapping[str, Any], asked: SliceAsked, shares: list[Slice], currency: str) -> Decimal:
    try:
        if asked.percentage is not None:
            return by_percentage(deal["amount"], asked.percentage, shares, currency)
        assert asked.amount is not None, "a slice is a percentage or an amount"
        if as_money(asked.amount, currency) != asked.amount:
            raise refusals.too_many_decimals("/amount", asked.amount, currency)
        return by_amount(deal["amount"], as_money(asked.amount, currency), shares)
    except ExceedsDealError as error:
        raise refusals.exceeds_remaining(
            f"Of the deal {deal['code']!r} ({deal['amount']}) {error.left} is left to be billed.", error.left
        ) from None
    except EmptySliceError:
        raise refusals.nothing_to_invoice(
            f"{asked.percentage} % of the deal {deal['code']!r} comes to nothing beside what was billed before."
        ) from None


def _description(deal: Mapping[str, Any], asked: SliceAsked) -> str:
    if asked.description:
        return asked.description
    name = deal["description"] or deal["code"]
    return name if asked.percentage is None else f"{name} ({asked.percentage.normalize() + 0:f} %)"
