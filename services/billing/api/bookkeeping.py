"""Routes for accountants: issued invoices, VAT, what is open. As JSON page by page, as CSV and XLSX whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from fastapi import APIRouter, Response

from services.billing.api.book_tables import FILES, Row, Values, as_table, columns, once, values
from services.billing.api.periods import AsOf, InPeriod
from services.billing.domain.ageing import bucket, days_overdue
from services.billing.queries.bookkeeping import issued, open_items
from services.billing.schemas.bookkeeping import (
    CustomerOpen,
    CustomersOpen,
    CustomerVatRow,
    IssuedRow,
    OpenItem,
    OpenItems,
    OpenSums,
    VatOut,
    VatRow,
    VatSums,
)
from shared.files.table import FileFormat
from shared.http.paging import Page, Paging, page
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession
from shared.http.table_files import Table, table_file

router = APIRouter(prefix="/v1/bookkeeping", tags=["bookkeeping"])


@router.get("/invoices", summary="Issued invoices and credit notes", response_model=Page[IssuedRow], responses=FILES)
async def get_invoices(
    session: ReadSession, period: InPeriod, table: Table, paging: Paging, clock: CurrentClock
) -> Page[IssuedRow] | Response:
    """Of a period, in the order of their numbers. Paid, credited and open are as they are now."""
    if table.format is not FileFormat.JSON:
        name = f"invoices-{period.first_day}-{period.last_day}"
        portions = as_table(issued.all_invoices(session, period), IssuedRow)
        return (await table_file(table, name, columns(IssuedRow), portions, clock))[0]
    after = paging.key(str, int, int)
    found = await issued.invoices(session, period, after, paging.limit + 1)
    return page(found, paging, document_place, lambda row: IssuedRow(**values(row)))


def document_place(row: Row) -> tuple[str, int, int]:
    return row["series"], row["fiscal_year"], row["sequence"]


@router.get("/vat", summary="VAT of a period", response_model=VatOut, responses=FILES)
async def get_vat(session: ReadSession, period: InPeriod, table: Table, clock: CurrentClock) -> VatOut | Response:
    """By category and rate, over all invoices and credit notes of the period, as it stands on them."""
    rows = await issued.vat(session, period)
    if table.format is not FileFormat.JSON:
        name = f"vat-{period.first_day}-{period.last_day}"
        return (await table_file(table, name, columns(VatRow), as_table(once(rows), VatRow), clock))[0]
    items = [VatRow(**values(row)) for row in rows]
    currencies = dict.fromkeys(item.currency for item in items)
    return VatOut(items=items, totals=[_vat_sums(items, currency) for currency in currencies])


def _vat_sums(items: list[VatRow], currency: str) -> VatSums:
    own = [item for item in items if item.currency == currency]
    net, vat = (sum((getattr(item, name) for item in own), Decimal(0)) for name in ("net", "vat"))
    return VatSums(currency=currency, net=net, vat=vat)


@router.get("/vat/customers", summary="VAT by customer", response_model=Page[CustomerVatRow], responses=FILES)
async def get_vat_by_customer(
    session: ReadSession, period: InPeriod, table: Table, paging: Paging, clock: CurrentClock
) -> Page[CustomerVatRow] | Response:
    """With the VAT id and country that stand on the documents: what an EC sales list and a local listing ask for."""
    if table.format is not FileFormat.JSON:
        name = f"vat-by-customer-{period.first_day}-{period.last_day}"
        portions = as_table(issued.all_vat_by_customer(session, period), CustomerVatRow)
        return (await table_file(table, name, columns(CustomerVatRow), portions, clock))[0]
    after = paging.key(str, str, str, str, str, Decimal)
    found = await issued.vat_by_customer(session, period, after, paging.limit + 1)
    return page(found, paging, _customer_vat_place, lambda row: CustomerVatRow(**values(row)))


def _customer_vat_place(row: Row) -> tuple[object, ...]:
    names = ("customer", "customer_vat_id", "customer_country", "currency", "vat_category", "vat_rate")
    return tuple(row[name] for name in names)


@router.get("/open-items", summary="What is still to be paid", response_model=OpenItems, responses=FILES)
async def get_open_items(
    session: ReadSession, wanted: AsOf, table: Table, paging: Paging, clock: CurrentClock
) -> OpenItems | Response:
    """Of each invoice, at the end of a day: what was issued until then, less what was paid, credited and written off
    by then. By customer and due date."""

    def shown(row: Row) -> Values:
        due = row["due_date"]
        aged = {"days_overdue": days_overdue(due, wanted.as_of), "bucket": bucket(due, wanted.as_of)}
        return {**values(row), **aged}

    if table.format is not FileFormat.JSON:
        portions = as_table(open_items.all_listed(session, wanted), OpenItem, shown)
        return (await table_file(table, f"open-items-{wanted.as_of}", columns(OpenItem), portions, clock))[0]
    after = paging.key(str, date, UUID)
    rows = await open_items.listed(session, wanted, after, paging.limit + 1)
    found = page(rows, paging, _item_place, lambda row: OpenItem(**shown(row)))
    return OpenItems(items=found.items, next=found.next, as_of=wanted.as_of)


def _item_place(row: Row) -> tuple[str, date, UUID]:
    return row["customer"], row["due_date"], UUID(str(row["id"]))


@router.get("/open-items/customers", summary="What customers owe", response_model=CustomersOpen, responses=FILES)
async def get_open_by_customer(
    session: ReadSession, wanted: AsOf, table: Table, paging: Paging, clock: CurrentClock
) -> CustomersOpen | Response:
    """By how long it has been due at the end of a day, with what is held for them: their accounts in the books."""
    if table.format is not FileFormat.JSON:
        portions = as_table(open_items.all_by_customer(session, wanted), CustomerOpen)
        return (await table_file(table, f"open-by-customer-{wanted.as_of}", columns(CustomerOpen), portions, clock))[0]
    rows = await open_items.by_customer(session, wanted, paging.key(str, str), paging.limit + 1)
    found = page(rows, paging, _customer_place, lambda row: CustomerOpen(**values(row)))
    totals = [OpenSums(**values(row)) for row in await open_items.totals(session, wanted)]
    return CustomersOpen(items=found.items, next=found.next, as_of=wanted.as_of, totals=totals)


def _customer_place(row: Row) -> tuple[str, str]:
    return row["customer"], row["currency"]
