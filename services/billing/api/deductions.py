"""Routes of what a draft deducts: shown, and lowered by its user."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from fastapi import APIRouter, Response

from services.billing.api.billing_roles import Biller
from services.billing.api.drafts import Edit
from services.billing.domain.vat import Vat, VatCategory
from services.billing.handlers.deductions import LimitAsked, limit_deductions
from services.billing.queries import advances, deduction_limits, invoices, issuing
from services.billing.schemas.deductions import DeductionOut, DeductionsIn, DeductionsOut
from services.billing.schemas.invoices import InvoiceOut
from shared.http.openapi import problems
from shared.http.problems import not_found
from shared.http.session import ReadSession, Session
from shared.money import as_money

router = APIRouter(prefix="/v1/invoices/{invoice_id}/deductions", tags=["drafts"])


@router.get("", summary="What a draft deducts, and could deduct")
async def shown(invoice_id: UUID, principal: Biller, session: ReadSession) -> DeductionsOut:
    """All advances that are open on its accounts, with what the draft deducts of each."""
    row = await invoices.find(session, principal.org, invoice_id)
    if row is None:
        raise not_found("invoice", invoice_id)
    currency = row["currency"]
    limits = await deduction_limits.limits_of(session, invoice_id)
    deducted = {(one.invoice_id, one.vat): one.amount for one in await issuing.deductions_of(session, invoice_id)}
    items = []
    for one in await advances.deductible(session, invoice_id):
        of = UUID(str(one["invoice_id"])), Vat(one["vat_rate"], VatCategory(one["vat_category"]))
        limit = limits.get(of)
        items.append(
            DeductionOut(
                advance=of[0],
                number=one["number"],
                issue_date=one["issue_date"],
                vat_rate=one["vat_rate"],
                vat_category=one["vat_category"],
                open=as_money(one["open"], currency),
                limit=None if limit is None else as_money(limit, currency),
                deducted=as_money(deducted.get(of, Decimal(0)), currency),
            )
        )
    total = as_money(sum(deducted.values(), Decimal(0)), currency)
    return DeductionsOut(items=items, deducted=total, currency=currency)


@router.put(
    "",
    summary="Lower what a draft deducts",
    responses=problems(
        {
            409: ["not-a-draft", "not-editable", "draft-outdated", "exceeds-remaining"],
            412: ["draft-changed"],
            428: ["version-required"],
        }
    ),
)
async def change(body: DeductionsIn, edit: Edit, session: Session, response: Response) -> InvoiceOut:
    """Less than there is, down to nothing, or as much as there is. A refresh keeps it; what is left stays open."""
    invoice = await edit.draft()
    asked = [LimitAsked(one.advance, one.vat_rate, one.amount) for one in body.deductions]
    await limit_deductions(session, invoice, asked)
    return await edit.done(invoice, "deductions", response)
