"""Routes that change a draft: texts, lines, order, discounts, entries."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.api.billing_roles import Biller
from services.billing.api.choices import checked_choices
from services.billing.api.shown import invoice_fields, invoice_out
from services.billing.api.versions import SeenVersion, etag
from services.billing.handlers import draft_lines
from services.billing.handlers.drafts import LockedInvoice
from services.billing.handlers.editing import Editor, draft_to_edit, edited
from services.billing.handlers.issuing import Order
from services.billing.handlers.previewing import preview
from services.billing.queries import draft_changes, draft_rows, invoices
from services.billing.schemas.drafting import DraftTexts
from services.billing.schemas.drafts import (
    DraftChangesOut,
    EntriesIn,
    LineIn,
    LinePatch,
    OrderIn,
    PreviewOut,
    RefusalOut,
)
from services.billing.schemas.invoices import InvoiceOut
from shared.contracts.base import Day
from shared.http.openapi import problems
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session
from shared.words import InvoiceType

router = APIRouter(prefix="/v1/invoices/{invoice_id}", tags=["drafts"])
LineId = Annotated[UUID, Path()]

_REFUSED = ("not-a-draft", "not-editable", "draft-outdated", "nothing-to-invoice")
_VERSIONS: Final = {412: ["draft-changed"], 428: ["version-required"]}
_PROBLEMS = problems({409: list(_REFUSED), **_VERSIONS})
_ENTRIES = problems({409: [*_REFUSED, "not-on-draft", "not-unbilled"], **_VERSIONS})


class _Edit:
    """One change of a draft by one user, from the version that they have seen to the next."""

    def __init__(self, session: AsyncSession, organisation: str, invoice_id: UUID, editor: Editor) -> None:
        self._session, self._organisation, self._id, self._editor = session, organisation, invoice_id, editor

    async def draft(self, *, content: bool = True) -> LockedInvoice:
        return await draft_to_edit(self._session, self._organisation, self._id, self._editor, content=content)

    async def done(self, invoice: LockedInvoice, what: str, response: Response) -> InvoiceOut:
        await edited(self._session, invoice, self._editor, what)
        shown = await invoice_out(self._session, self._organisation, self._id, self._editor.now)
        response.headers["ETag"] = etag(shown.version)
        return shown


def _edit(invoice_id: UUID, principal: Biller, session: Session, clock: CurrentClock, version: SeenVersion) -> _Edit:
    return _Edit(session, principal.org, invoice_id, Editor(principal.subject, clock(), version))


Edit = Annotated[_Edit, Depends(_edit)]


@router.patch("", summary="Change the texts of a draft", responses=_PROBLEMS)
async def change(body: DraftTexts, edit: Edit, session: Session, response: Response) -> InvoiceOut:
    """Fields that are left out stay; null takes what the preferences say."""
    given = body.choices()
    invoice = await edit.draft(content="discount_percentage" in given)
    is_credit = invoice.row["type"] == InvoiceType.CREDIT_NOTE
    choices = await checked_choices(session, invoice.account, body, credit_note=is_credit, row=invoice.row)
    await draft_lines.change_texts(session, invoice, choices)
    return await edit.done(invoice, f"texts: {', '.join(sorted(body.model_fields_set)) or 'none'}", response)


@router.post("/lines", status_code=201, summary="Add a line by hand", responses=_PROBLEMS)
async def add_line(body: LineIn, edit: Edit, session: Session, response: Response) -> InvoiceOut:
    """It is billed as it stands and touches no ledger; on a regular invoice, advances are deducted of it too."""
    invoice = await edit.draft()
    await draft_lines.add_line(session, invoice, body.line(), body.position)
    return await edit.done(invoice, f"line added: {body.description}", response)


@router.put("/lines/order", summary="Choose the order of the lines", responses=_PROBLEMS)
async def reorder(body: OrderIn, edit: Edit, session: Session, response: Response) -> InvoiceOut:
    """Deductions stay last. A refresh keeps the order."""
    invoice = await edit.draft()
    await draft_lines.reorder(session, invoice, body.lines)
    return await edit.done(invoice, "order of the lines", response)


@router.patch("/lines/{line_id}", summary="Change a line", responses=_PROBLEMS)
async def change_line(
    line_id: LineId, body: LinePatch, edit: Edit, session: Session, response: Response
) -> InvoiceOut:
    """Of a line of entries the text and the discount; of a line by hand everything; of a deduction the text and how
    much is deducted. A discount lowers the line, not what is taken off the ledger.
    """
    invoice = await edit.draft()
    await draft_lines.change_line(session, invoice, line_id, body.change())
    return await edit.done(invoice, f"line changed: {', '.join(sorted(body.model_fields_set)) or 'nothing'}", response)


@router.delete("/lines/{line_id}", summary="Remove a line", responses=_PROBLEMS)
async def remove_line(line_id: LineId, edit: Edit, session: Session, response: Response) -> InvoiceOut:
    """The entries of a line are unbilled and free again; of a deduction nothing is deducted."""
    invoice = await edit.draft()
    await draft_lines.remove_line(session, invoice, line_id)
    return await edit.done(invoice, "line removed", response)


@router.post("/entries/remove", summary="Take entries out of a draft", responses=_ENTRIES)
async def take_out(body: EntriesIn, edit: Edit, session: Session, response: Response) -> InvoiceOut:
    """They are unbilled and free again, and a refresh does not take them back."""
    invoice = await edit.draft()
    await draft_lines.take_out(session, invoice, await _rows(session, invoice, body))
    return await edit.done(invoice, "entries taken out", response)


@router.post("/entries/add", summary="Put entries into a draft", responses=_ENTRIES)
async def put_in(body: EntriesIn, edit: Edit, session: Session, response: Response) -> InvoiceOut:
    """Entries that were taken out, or others of its projects that are unbilled and free."""
    invoice = await edit.draft()
    await draft_lines.put_in(session, invoice, await _rows(session, invoice, body))
    return await edit.done(invoice, "entries put in", response)


async def _rows(session: AsyncSession, invoice: LockedInvoice, body: EntriesIn) -> set[int]:
    of_entries = await draft_rows.rows_of_entries(session, invoice.account.organisation, body.entries)
    return of_entries | set(body.rows)


@router.get("/as-issued", summary="A draft as it would be issued", responses=problems({409: ["not-a-draft"]}))
async def previewed(
    invoice_id: UUID,
    principal: Biller,
    session: Session,
    clock: CurrentClock,
    issue_date: Annotated[Day | None, Query(description="Today, unless it is said.")] = None,
) -> PreviewOut:
    """With seller, customer, due date, texts and reasons of VAT as they would be fixed now, and all that would refuse
    it. `GET …/preview` makes the page of it.
    """
    now = clock()
    order = Order(principal.subject, now, issue_date)
    seen = await preview(session, principal.org, invoice_id, order)
    row = await invoices.find(session, principal.org, invoice_id)
    assert row is not None, "it is locked"
    return PreviewOut(
        **await invoice_fields(session, {**row, **seen.columns}, now),
        payment_term=seen.columns["payment_term"],
        next_number=seen.number,
        refusals=[RefusalOut(slug=problem.slug, detail=problem.detail) for problem in seen.refusals],
    )


@router.get("/history", summary="Who changed a draft, and when")
async def history(invoice_id: UUID, principal: Biller, session: ReadSession) -> DraftChangesOut:
    """Of an issued invoice: what was changed before it was issued."""
    row = await invoices.find(session, principal.org, invoice_id)
    if row is None:
        raise not_found("invoice", invoice_id)
    made = {"version": 1, "what": "made", "at": row["created_at"], "by": row["created_by"]}
    changes = await draft_changes.listed(session, invoice_id)
    return DraftChangesOut.model_validate({"items": [made, *map(dict, changes)]})
