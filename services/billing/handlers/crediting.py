"""Credit notes: what an issued invoice billed is undone, in part or whole, and what an account has to give back.

One transaction under the locks of the accounts, of the invoices and, last, of the series of credit notes
(docs/architecture.md, "Locks"). A preview works out the same and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.creditable import Billed
from services.billing.domain.credits import (
    Credit,
    ExceedsRemainingError,
    UnknownLineError,
    Wanted,
    credit_lines,
    credit_rows,
    credit_whole,
)
from services.billing.handlers import refusals
from services.billing.handlers.credit_booking import CreditNote, book
from services.billing.handlers.drafts import locked_account
from services.billing.queries import accounts, creditable, drafts, invoices, invoicing
from shared.http.problems import conflict, invalid_input, not_found
from shared.money import as_money
from shared.words import InvoiceState, InvoiceType


@dataclass(frozen=True, slots=True)
class CreditAsked:
    """``lines`` None: all that is left. ``keep``: the entries stay billed. ``refund``: what is too much paid goes back
    to the customer, instead of being kept as its credit."""

    by: str
    now: datetime
    lines: tuple[Wanted, ...] | None = None
    keep: bool = False
    refund: bool = False
    reason: str | None = None
    issue_date: date | None = None


async def credit_invoice(session: AsyncSession, organisation: str, invoice_id: UUID, asked: CreditAsked) -> UUID:
    """Issue a credit note for an invoice; its id.

    Raises ``not-found``, ``not-issued``, ``not-creditable``, ``exceeds-remaining``, ``invalid-input``,
    ``date-before-last`` and others.
    """
    await invoicing.lock_accounts_of(session, organisation, invoice_id)
    row = await drafts.lock_invoice(session, organisation, invoice_id)
    if row is None:
        raise not_found("invoice", invoice_id)
    credit = await _of_invoice(session, row, asked.lines)
    note = CreditNote(
        organisation=organisation,
        customer=row["customer"],
        project=row["project"],
        like=row,
        credits_invoice_id=invoice_id,
        credits=[(row, credit)],
        keep=asked.keep,
        refund=asked.refund,
        reason=asked.reason,
        issue_date=asked.issue_date,
    )
    return await book(session, note, asked.by, asked.now)


async def preview_invoice(
    session: AsyncSession, organisation: str, invoice_id: UUID, lines: tuple[Wanted, ...] | None
) -> tuple[Mapping[str, Any], Credit]:
    """The invoice and what would be credited of it."""
    row = await invoices.find(session, organisation, invoice_id)
    if row is None:
        raise not_found("invoice", invoice_id)
    return dict(row), await _of_invoice(session, dict(row), lines)


async def remaining(session: AsyncSession, organisation: str, invoice_id: UUID) -> Billed:
    """What is left to credit of an issued invoice."""
    row = await invoices.find(session, organisation, invoice_id)
    if row is None:
        raise not_found("invoice", invoice_id)
    _check_creditable(dict(row))
    return await creditable.load_billed(session, dict(row))


async def _of_invoice(session: AsyncSession, row: Mapping[str, Any], lines: tuple[Wanted, ...] | None) -> Credit:
    _check_creditable(row)
    for index, wanted in enumerate(lines or ()):
        if wanted.amount is not None and as_money(wanted.amount, row["currency"]) != wanted.amount:
            raise refusals.too_many_decimals(f"/lines/{index}/amount", wanted.amount, row["currency"])
    billed = await creditable.load_billed(session, row)
    try:
        return credit_whole(billed) if lines is None else credit_lines(billed, lines)
    except ExceedsRemainingError as error:
        raise refusals.exceeds_remaining(str(error)) from None
    except UnknownLineError as error:
        raise invalid_input(str(error), f"/lines/{error.index}/{error.field}") from None


def _check_creditable(row: Mapping[str, Any]) -> None:
    if row["state"] == InvoiceState.DRAFT:
        raise conflict("not-issued", "A draft is changed or deleted, not credited.")
    if row["type"] == InvoiceType.CREDIT_NOTE:
        raise conflict("not-creditable", f"{row['number']} is a credit note: what it undid is invoiced anew.")


async def give_back(
    session: AsyncSession, organisation: str, project: str | None, customer: str | None, asked: CreditAsked
) -> UUID:
    """Issue a credit note for all that is to be given back on an account and in no draft; its id.

    Raises ``nothing-to-invoice`` when there is nothing, and what :func:`credit_invoice` raises.
    """
    account = await locked_account(session, organisation, project=project, customer=customer)
    rows = await creditable.free_to_give_back(session, account.id)
    await accounts.lock_accounts(session, await creditable.accounts_of_origins(session, rows))
    parts, instead = await _given_back(session, organisation, account.id, lock=True)
    note = CreditNote(
        organisation=organisation,
        customer=account.customer,
        project=account.project,
        like=parts[-1][0],
        credits_invoice_id=parts[0][0]["id"] if len(parts) == 1 else None,
        credits=parts,
        instead=instead,
        refund=asked.refund,
        reason=asked.reason,
        issue_date=asked.issue_date,
    )
    return await book(session, note, asked.by, asked.now)


async def preview_give_back(
    session: AsyncSession, organisation: str, project: str | None, customer: str | None
) -> list[tuple[Mapping[str, Any], Credit]]:
    """What would be credited of which invoices."""
    account = await invoicing.find_account(session, organisation, project=project, customer=customer)
    if account is None:
        raise not_found("project", project) if project is not None else not_found("customer", customer)
    parts, _ = await _given_back(session, organisation, account.id, lock=False)
    return parts


async def _given_back(
    session: AsyncSession, organisation: str, account_id: UUID, *, lock: bool
) -> tuple[list[tuple[Mapping[str, Any], Credit]], dict[int, tuple[int, Decimal]]]:
    """Of each invoice that billed it; and the row that gives back (with its parts) of each row that was billed."""
    rows = await creditable.free_to_give_back(session, account_id)
    if not rows:
        raise refusals.nothing_to_invoice(
            "There is nothing to give back that is free: it is in a draft, or there is none."
        )
    origins = await creditable.origins(session, rows)
    parts_of = await creditable.parts_of(session, rows)
    instead = {billed: (back, parts_of[back]) for pairs in origins.values() for billed, back in pairs.items()}
    found = await creditable.billing_invoices(session, organisation, list(origins), lock=lock)
    parts: list[tuple[Mapping[str, Any], Credit]] = []
    for row in found:
        billed = await creditable.load_billed(session, row)
        try:
            parts.append((row, credit_rows(billed, origins[row["id"]])))
        except ExceedsRemainingError as error:
            raise refusals.exceeds_remaining(str(error)) from None
    return parts, instead
