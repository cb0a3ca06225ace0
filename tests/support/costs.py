"""What tests of prices and costs do: external costs, the price list, re-pricing."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.billing.api.shown import invoice_out
from services.billing.domain.days import Dated
from services.billing.domain.fixed_price import PartAsked
from services.billing.domain.price_list import Item, ListKey, ListPrice, ListScope
from services.billing.domain.way import Selection, Way
from services.billing.handlers import drafts, issuing
from services.billing.handlers.external_costs import Cost, add_cost, change_cost, delete_cost
from services.billing.handlers.fixed_price import find_fixed_price, planned_part
from services.billing.handlers.price_list import save_price
from services.billing.handlers.repricing import Outcome, reprice_unbilled
from services.billing.schemas.invoices import InvoiceOut
from tests.support.billing import DAY, NOW, Firm
from tests.support.invoicing import NOON, Office

BY = "anna"


async def cost(firm: Firm, amount: str = "50.00", *, project: str = "P1", day: date = DAY, **given: Any) -> UUID:
    asked = Cost(project, given.pop("description", "crane"), Decimal(amount), day, **given)
    async with firm.database.transaction() as session:
        return await add_cost(session, firm.code, asked, BY, NOW)


async def change(firm: Firm, cost_id: UUID, **given: Any) -> None:
    if "amount" in given:
        given["amount"] = Decimal(given["amount"])
    async with firm.database.transaction() as session:
        await change_cost(session, firm.code, cost_id, given, by=BY, now=NOW)


async def delete(firm: Firm, cost_id: UUID) -> None:
    async with firm.database.transaction() as session:
        await delete_cost(session, firm.code, cost_id, BY, NOW)


async def list_price(
    firm: Firm, price: str, article: str | None = None, *, scope: str = "organisation", of: str = "", **days: date
) -> ListPrice:
    item = Item.KILOMETRE if article is None else Item.ARTICLE
    async with firm.database.transaction() as session:
        return await save_price(
            session,
            firm.code,
            ListKey(ListScope(scope), of, item, article or ""),
            price=Decimal(price),
            days=Dated(days.get("first"), days.get("last")),
            now=NOW,
        )


async def reprice(firm: Firm, from_day: date = DAY, project: str | None = "P1", *, now: datetime = NOW) -> Outcome:
    async with firm.database.transaction() as session:
        return await reprice_unbilled(
            session,
            firm.code,
            project=project,
            customer=None if project else "ACME",
            from_day=from_day,
            by=BY,
            now=now,
        )


async def bill_part(
    office: Office, percentage: str | None = None, *, phase: str = "FX", issue: bool = True, **asked: Any
) -> InvoiceOut:
    """A part of the fixed price of P1's phase, as the API bills it."""
    firm = office.firm
    amounts = {name: Decimal(asked[name]) for name in ("amount", "vat_rate") if asked.get(name) is not None}
    wanted = PartAsked(None if percentage is None else Decimal(percentage), **{**asked, **amounts})
    async with firm.database.transaction() as session:
        account = await drafts.locked_account(session, firm.code, project="P1", customer=None)
        part = await planned_part(session, await find_fixed_price(session, firm.code, "P1", phase), wanted)
        invoice_id = await drafts.draft_regular(session, account, Selection(Way.PHASES, None, (phase,), part), BY)
        if issue:
            await issuing.issue(session, firm.code, invoice_id, issuing.Order(BY, NOON))
        return await invoice_out(session, firm.code, invoice_id, NOON)


async def billed(firm: Firm, phase: str = "FX") -> Decimal:
    (row,) = await firm.query(
        "SELECT billed FROM phases WHERE organisation = $1 AND project = 'P1' AND code = $2", phase
    )
    return Decimal(row["billed"])
