"""Regular invoices as drafts: made, refreshed and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.content import Content
from services.billing.domain.edits import part_carried_over
from services.billing.domain.lines import LineKind, OpenRow
from services.billing.domain.proposals import is_proposed
from services.billing.domain.way import Selection, Way
from services.billing.handlers import combined, fixed_price, refusals
from services.billing.handlers.composing import Kept, lines_of, regular, with_standing
from services.billing.queries import draft_content, drafts, open_rows
from services.billing.queries.invoicing import BilledAccount, lock_account, lock_accounts_of, phases_of
from shared.http.problems import not_found
from shared.ids import new_id
from shared.words import InvoiceOrigin, InvoiceState, InvoiceType


async def locked_account(
    session: AsyncSession, organisation: str, *, project: str | None, customer: str | None
) -> BilledAccount:
    """The account to be billed, locked: whoever comes second sees what the first one took. Raises ``not-found``."""
    account = await lock_account(session, organisation, project=project, customer=customer)
    if account is None:
        raise not_found("project", project) if project is not None else not_found("customer", customer)
    return account


async def draft_regular(session: AsyncSession, account: BilledAccount, selection: Selection, by: str) -> UUID:
    """A draft of what is open on a locked account; its id. Raises ``nothing-to-invoice`` and others (refusals.py)."""
    if selection.phases is not None:
        await _check_phases(session, account, selection.phases)
    content = await _content(session, account, selection)
    draft = drafts.Draft(
        id=new_id(),
        organisation=account.organisation,
        type=InvoiceType.REGULAR,
        origin=selection.way.origin,
        customer=account.customer,
        project=account.project,
        currency=account.currency,
        selection=selection.document(),
        basis=account.basis,
        created_by=by,
    )
    await drafts.insert_draft(session, draft, [account.id], content)
    await _keep_part(session, account, selection, draft.id, content)
    return draft.id


async def _keep_part(
    session: AsyncSession, account: BilledAccount, selection: Selection, invoice_id: UUID, content: Content
) -> None:
    """What the draft bills of a fixed price is reserved, like ledger rows are."""
    if selection.part is not None:
        await fixed_price.keep_part(
            session,
            account,
            selection.phases,
            selection.part,
            invoice_id=invoice_id,
            amount=next(line.price for line in content.lines if line.kind is LineKind.FIXED_PRICE),
        )


async def _check_phases(session: AsyncSession, account: BilledAccount, phases: tuple[str, ...]) -> None:
    known = await phases_of(session, account.organisation, account.project) if account.project else set()
    if unknown := sorted(set(phases) - known):
        raise refusals.unknown_phases(account.project, unknown)


async def _content(
    session: AsyncSession,
    account: BilledAccount,
    selection: Selection,
    kept: Kept | None = None,
    invoice_id: UUID | None = None,
) -> Content:
    """Of a new draft, or of ``invoice_id`` anew."""
    kept = kept or Kept()
    if selection.part is not None:
        part = await fixed_price.part(session, account, selection.phases, selection.part, invoice_id)
        lines = [part_carried_over(kept.lines, part)]
    else:
        rows = await _rows(session, account, selection, kept)
        lines = await lines_of(session, [account], {account.id: rows}, kept)
    lines = with_standing(lines, kept, account.basis)
    return await regular(session, [account], lines, way=selection.way, kept=kept)


async def _rows(session: AsyncSession, account: BilledAccount, selection: Selection, kept: Kept) -> list[OpenRow]:
    if selection.way is Way.TIMETRACKING:
        await _check_proposed(session, account, selection)
    rows = await open_rows.load_open_rows(session, account.id, selection.up_to, selection.phases)
    beside = await open_rows.load_these(session, [account.id], kept.added) if kept.added else []
    chosen = kept.choose(rows, beside)
    if not chosen:
        raise refusals.nothing_to_invoice("Nothing of this is unbilled and free: it is on an invoice or in a draft.")
    return chosen


async def _check_proposed(session: AsyncSession, account: BilledAccount, selection: Selection) -> None:
    """What drafts reserve is not open, so it is left out already."""
    open_parts = await open_rows.open_parts(session, account.id, selection.up_to)
    if not is_proposed(open_parts, Decimal(0), account.advance_open, account.currency):
        raise refusals.nothing_to_invoice(
            "This is not proposed: there is nothing unbilled and free, or open advances cover it."
            " What is covered can be invoiced from the project, based on phases."
        )


@dataclass(frozen=True, slots=True)
class LockedInvoice:
    """An invoice's row and its accounts, all locked."""

    row: Mapping[str, Any]
    accounts: list[BilledAccount]

    @property
    def id(self) -> UUID:
        return UUID(str(self.row["id"]))

    @property
    def account(self) -> BilledAccount:
        """The account; of an invoice of several what they share: organisation, customer, currency, no project."""
        if len(self.accounts) == 1:
            return self.accounts[0]
        return replace(self.accounts[0], project=self.row["project"])

    @property
    def is_by_hand(self) -> bool:
        """An advance, or a plain invoice: of lines by hand, without ledger rows."""
        is_advance: bool = self.row["type"] == InvoiceType.ADVANCE
        return is_advance or self.row["origin"] in (InvoiceOrigin.INVOICE_MODULE, InvoiceOrigin.SUBSCRIPTION)


async def locked_invoice(session: AsyncSession, organisation: str, invoice_id: UUID) -> LockedInvoice:
    """Accounts first, then the invoice: the order of all. Raises ``not-found``."""
    accounts = await lock_accounts_of(session, organisation, invoice_id)
    row = await drafts.lock_invoice(session, organisation, invoice_id)
    if row is None:
        raise not_found("invoice", invoice_id)
    return LockedInvoice(row, accounts)


async def locked_draft(session: AsyncSession, organisation: str, invoice_id: UUID) -> LockedInvoice:
    """The same for what is still a draft; raises ``not-a-draft`` otherwise."""
    invoice = await locked_invoice(session, organisation, invoice_id)
    if invoice.row["state"] != InvoiceState.DRAFT:
        raise refusals.not_a_draft(invoice.row["number"])
    return invoice


async def delete_draft(session: AsyncSession, organisation: str, invoice_id: UUID) -> None:
    """Its ledger rows are free again."""
    await locked_draft(session, organisation, invoice_id)
    await drafts.delete_draft(session, invoice_id)


async def refresh_regular(session: AsyncSession, invoice: LockedInvoice) -> None:
    """Make the content anew from what is open now; what the user changed stays where its line still exists.

    Raises ``nothing-to-invoice`` when nothing of it is left.
    """
    kept = await Kept.of(session, invoice.row)
    await draft_content.remove_content(session, invoice.id)
    selection = Selection.of(invoice.row["origin"], invoice.row["selection"])
    if len(invoice.accounts) > 1:
        content = await combined.content(session, invoice.accounts, selection, kept)
    else:
        content = await _content(session, invoice.account, selection, kept, invoice.id)
    account = invoice.account
    await draft_content.replace_content(session, account.organisation, invoice.id, account.basis, content)
    await _keep_part(session, account, selection, invoice.id, content)
