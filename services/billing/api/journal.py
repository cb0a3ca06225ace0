"""Routes of the journal of sales, and of the accounts that it posts to."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Response

from services.billing.api.billing_roles import Biller
from services.billing.api.book_tables import FILES, Row, cells, columns
from services.billing.api.bookkeeping import document_place
from services.billing.api.periods import InPeriod
from services.billing.domain.journal import DEFAULTS, Chart, LineSum, VatSum, postings
from services.billing.handlers.records import locked_organisation
from services.billing.queries.bookkeeping import chart as charts
from services.billing.queries.bookkeeping import issued
from services.billing.schemas.bookkeeping import ChartIn, ChartOut, ChartRuleOut, JournalDocument, JournalRow
from shared.files.table import FileFormat
from shared.files.table import Row as TableRow
from shared.http.auth import Principal, Role, require
from shared.http.fields import plain
from shared.http.paging import Page, Paging, page
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session
from shared.http.table_files import Table, table_file
from shared.money import as_money

router = APIRouter(prefix="/v1/bookkeeping", tags=["bookkeeping"])


@router.get("/journal", summary="Journal of sales", response_model=Page[JournalDocument], responses=FILES)
async def get_journal(
    session: ReadSession, period: InPeriod, table: Table, paging: Paging, clock: CurrentClock
) -> Page[JournalDocument] | Response:
    """Issued invoices and credit notes of a period as debits and credits on the accounts of the firm's books, equal
    in every document. As JSON a document an item, as a file a posting a row."""
    chart = await charts.load(session, period.organisation)
    if table.format is not FileFormat.JSON:
        name = f"journal-{period.first_day}-{period.last_day}"
        portions = _as_table(issued.whole_journal(session, period), chart)
        return (await table_file(table, name, columns(JournalRow), portions, clock))[0]
    rows = await issued.journal(session, period, paging.key(str, int, int), paging.limit + 1)
    return page(
        rows,
        paging,
        document_place,
        lambda row: JournalDocument(number=row["number"], id=row["id"], rows=list(_rows(row, chart))),
    )


async def _as_table(portions: AsyncGenerator[list[Row]], chart: Chart) -> AsyncGenerator[Sequence[TableRow]]:
    names = columns(JournalRow)
    async for documents in portions:
        yield [cells(dict(row), names) for document in documents for row in _rows(document, chart)]


def _rows(row: Row, chart: Chart) -> Iterator[JournalRow]:
    lines = [
        LineSum(line["kind"], line["vat_category"], Decimal(line["vat_rate"]), Decimal(line["net"]))
        for line in row["lines"]
    ]
    vat = [VatSum(line["category"], Decimal(line["rate"]), Decimal(line["vat"])) for line in row["vat_lines"]]
    for number, posting in enumerate(postings(row["to_pay"], lines, vat, chart), start=1):
        yield JournalRow(
            date=row["issue_date"],
            number=row["number"],
            type=row["type"],
            row=number,
            use=posting.use,
            account=posting.account,
            description=row["customer_name"] or row["customer"],
            customer=row["customer"],
            project=row["project"],
            vat_category=posting.vat_category,
            vat_rate=None if posting.vat_rate is None else Decimal(plain(posting.vat_rate)),
            currency=row["currency"],
            debit=as_money(posting.debit, row["currency"]),
            credit=as_money(posting.credit, row["currency"]),
        )


@router.get("/accounts", summary="Accounts of the books")
async def get_chart(principal: Biller, session: ReadSession) -> ChartOut:
    return _chart_out(await charts.load(session, principal.org))


@router.put("/accounts", summary="Say which account of the books takes what")
async def put_chart(body: ChartIn, principal: Annotated[Principal, require(Role.ADMIN)], session: Session) -> ChartOut:
    """Instead of all rules before. The journal of any period follows them from now on."""
    await locked_organisation(session, principal.org)
    await charts.replace(session, principal.org, [rule.rule() for rule in body.rules])
    return _chart_out(await charts.load(session, principal.org))


def _chart_out(chart: Chart) -> ChartOut:
    return ChartOut(
        rules=[ChartRuleOut.model_validate(rule) for rule in chart.rules],
        defaults=[ChartRuleOut.model_validate(rule) for rule in DEFAULTS],
    )
