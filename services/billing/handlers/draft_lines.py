"""Editing a draft: its texts, its lines, their order, discounts, and which entries it bills."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.articles import Article, article_line
from services.billing.domain.content import Content, standing_content
from services.billing.domain.edits import BY_HAND, LineChange, by_hand
from services.billing.domain.lines import Line, LineKind
from services.billing.domain.vat import VatBasis, VatTreatment
from services.billing.domain.way import Way
from services.billing.handlers import refusals
from services.billing.handlers.articles import check_article
from services.billing.handlers.composing import Kept, lines_of, regular, with_standing
from services.billing.handlers.drafts import LockedInvoice
from services.billing.queries import deduction_limits, draft_content, draft_rows, drafts, open_rows
from services.billing.queries.draft_lines import whole_discount_of
from shared.http.problems import invalid_input, not_found
from shared.money import as_money


async def change_texts(session: AsyncSession, invoice: LockedInvoice, choices: Mapping[str, Any]) -> None:
    """Texts, references, period, series; a discount on the whole, or another language, makes the lines anew."""
    await drafts.write_choices(session, invoice.id, choices)
    if "discount_percentage" in choices or "language" in choices:
        kept = await Kept.of(session, invoice.row)
        row = {**invoice.row, **choices}
        kept = replace(kept, discount=whole_discount_of(row), language=row["language"])
        await restate(session, invoice, _without_deductions(kept.lines), kept)


async def add_line(session: AsyncSession, invoice: LockedInvoice, article: Article, place: int | None) -> None:
    """A line by hand, billed as it stands; at ``place`` from 1, or last before the deductions."""
    check_article(invoice.account, article, "")
    kept = await Kept.of(session, invoice.row)
    row = invoice.row
    kind = LineKind.ADVANCE if row["type"] == "advance" else LineKind.ARTICLE
    basis = VatBasis(row["vat_country"], VatTreatment(row["vat_treatment"]))
    with refusals.content_refused(basis.country):
        line = article_line(article, kind, basis, row["currency"])
    lines = _without_deductions(kept.lines)
    lines.insert(len(lines) if place is None else place - 1, line)
    await restate(session, invoice, lines, kept)
    if place is not None:
        await draft_rows.write_own_order(session, invoice.id)


async def change_line(session: AsyncSession, invoice: LockedInvoice, line_id: UUID, change: LineChange) -> None:
    """Raises ``not-found``, and ``invalid-input`` for what such a line does not let change."""
    kept = await Kept.of(session, invoice.row)
    line = _found(kept.lines, line_id)
    if line.kind is LineKind.DEDUCTION:
        await _change_deduction(session, invoice, line, change, kept)
        return
    changed = _changed(invoice, line, change)
    lines = [changed if one.id == line_id else one for one in _without_deductions(kept.lines)]
    await restate(session, invoice, lines, kept)


_OF_ENTRIES = frozenset({"description", "own_text", "discount_percentage", "discount_amount"})
_POINTERS = {"asked_vat_rate": "vat_rate", "discount_percentage": "discount", "discount_amount": "discount"}


def _changed(invoice: LockedInvoice, line: Line, change: LineChange) -> Line:
    is_by_hand = line.kind in BY_HAND
    if change.deduct is not None:
        raise invalid_input("Only a deduction has an amount that is deducted.", "/deduct")
    if not is_by_hand and (fixed := sorted(change.fields.keys() - _OF_ENTRIES)):
        field = _POINTERS.get(fixed[0], fixed[0])
        raise invalid_input(f"The {field} of this line follows from what it bills.", f"/{field}")
    changed = replace(line, **change.fields)
    if not is_by_hand:
        return changed
    article = Article(
        changed.description,
        changed.quantity,
        changed.price,
        changed.unit,
        changed.asked_vat_rate,
        changed.article,
        changed.discount_percentage,
        changed.discount_amount,
    )
    check_article(invoice.account, article, "")
    basis = VatBasis(invoice.row["vat_country"], VatTreatment(invoice.row["vat_treatment"]))
    with refusals.content_refused(basis.country):
        return replace(article_line(article, changed.kind, basis, invoice.row["currency"]), id=line.id)


async def _change_deduction(
    session: AsyncSession, invoice: LockedInvoice, line: Line, change: LineChange, kept: Kept
) -> None:
    """Its text, or how much is deducted: less than there is, down to nothing."""
    if wrong := sorted(change.fields.keys() - {"description", "own_text"}):
        field = _POINTERS.get(wrong[0], wrong[0])
        raise invalid_input("Of a deduction, the text and how much it deducts can be changed.", f"/{field}")
    (of,) = (key for key, known in kept.deductions.items() if known.id == line.id)
    limits, deduct = dict(kept.limits), change.deduct
    if deduct is not None:
        if as_money(deduct, invoice.row["currency"]) != deduct:
            raise refusals.too_many_decimals("/deduct", deduct, invoice.row["currency"])
        limits[of] = deduct
        await deduction_limits.write_limit(session, invoice.account.organisation, invoice.id, of, deduct)
    deductions = {**kept.deductions, of: replace(line, **change.fields)}
    kept = replace(kept, limits=limits, deductions=deductions)
    await restate(session, invoice, _without_deductions(kept.lines), kept)


async def remove_line(session: AsyncSession, invoice: LockedInvoice, line_id: UUID) -> None:
    """A line by hand goes; entries of a line are free again; of a deduction nothing is deducted."""
    kept = await Kept.of(session, invoice.row)
    line = _found(kept.lines, line_id)
    if line.shares:
        await take_out(session, invoice, {share.row_id for share in line.shares})
    elif line.kind is LineKind.DEDUCTION:
        await _change_deduction(session, invoice, line, LineChange({}, Decimal(0)), kept)
    elif line.kind not in BY_HAND:
        raise refusals.not_editable("What this line bills is counted elsewhere: delete the draft instead.")
    else:
        await restate(session, invoice, [one for one in _without_deductions(kept.lines) if one.id != line_id], kept)


async def reorder(session: AsyncSession, invoice: LockedInvoice, order: Sequence[UUID]) -> None:
    """All lines but the deductions, which stay last, in this order."""
    kept = await Kept.of(session, invoice.row)
    lines = {line.id: line for line in _without_deductions(kept.lines)}
    if len(order) != len(lines) or set(order) != lines.keys():
        raise invalid_input("Name every line once, but for the deductions.", "/lines")
    await draft_rows.write_own_order(session, invoice.id)
    await restate(session, invoice, [lines[line_id] for line_id in order], kept)


async def take_out(session: AsyncSession, invoice: LockedInvoice, row_ids: Collection[int]) -> None:
    """These ledger rows are free again; a refresh does not take them back. Raises ``nothing-to-invoice``."""
    _check_bills_entries(invoice)
    kept = await Kept.of(session, invoice.row)
    taken = _claimed(kept.lines)
    gone = taken & set(row_ids)
    if not gone:
        raise refusals.not_on_draft()
    kept = replace(kept, removed=kept.removed | gone, added=kept.added - gone)
    await _rebuild(session, invoice, taken - gone, kept)


async def put_in(session: AsyncSession, invoice: LockedInvoice, row_ids: Collection[int]) -> None:
    """Bill these ledger rows too, which must be unbilled and free. Raises ``not-unbilled``."""
    _check_bills_entries(invoice)
    kept = await Kept.of(session, invoice.row)
    accounts = [account.id for account in invoice.accounts]
    free = {row.row_id for row in await open_rows.load_these(session, accounts, row_ids)}
    if not free:
        raise refusals.not_unbilled()
    kept = replace(kept, removed=kept.removed - free, added=kept.added | (free - kept.removed))
    await _rebuild(session, invoice, _claimed(kept.lines) | free, kept)


def _check_bills_entries(invoice: LockedInvoice) -> None:
    if invoice.is_by_hand:
        raise refusals.not_editable("This invoice is of lines by hand: it bills no entries.")
    if "part" in invoice.row["selection"]:
        raise refusals.not_editable("This invoice bills a part of a fixed price: entries go on another one.")


def _claimed(lines: Sequence[Line]) -> set[int]:
    return {share.row_id for line in lines for share in line.shares}


def _found(lines: Sequence[Line], line_id: UUID) -> Line:
    for line in lines:
        if line.id == line_id:
            return line
    raise not_found("line", line_id)


def _without_deductions(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.kind is not LineKind.DEDUCTION]


async def restate(session: AsyncSession, invoice: LockedInvoice, lines: Sequence[Line], kept: Kept) -> None:
    """What the draft comes to with these lines; the ledger rows that it takes stay the same."""
    if not lines:
        raise _empty()
    content = await _content(session, invoice, lines, kept)
    await draft_content.rewrite_content(session, invoice.account.organisation, invoice.id, kept.lines, content)


async def _content(session: AsyncSession, invoice: LockedInvoice, lines: Sequence[Line], kept: Kept) -> Content:
    account = invoice.account
    if invoice.is_by_hand:
        with refusals.content_refused(account.basis.country):
            return standing_content(lines, account.currency, kept.discount)
    return await regular(session, invoice.accounts, lines, way=Way(invoice.row["origin"]), kept=kept)


async def _rebuild(session: AsyncSession, invoice: LockedInvoice, row_ids: Collection[int], kept: Kept) -> None:
    """Make the lines anew from these ledger rows, which are claimed by this draft or free."""
    account = invoice.account
    if not row_ids and not by_hand(kept.lines):
        raise _empty()
    await draft_content.remove_content(session, invoice.id)
    rows = {one.id: await open_rows.load_these(session, [one.id], row_ids) for one in invoice.accounts}
    lines = with_standing(await lines_of(session, invoice.accounts, rows, kept), kept, account.basis)
    content = await _content(session, invoice, lines, kept)
    await draft_content.replace_content(session, account.organisation, invoice.id, account.basis, content)
    await draft_rows.write_decided(session, invoice.id, kept.removed, kept.added)


def _empty() -> Exception:
    return refusals.nothing_to_invoice("Nothing would be left on this draft: delete it instead.")
