"""One invoice for several projects of a customer: each with its own lines and its own advances."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.billing.api.shown import invoice_out
from services.billing.domain.way import Selection, Way
from services.billing.handlers import issuing
from services.billing.handlers.combined import draft_combined
from services.billing.queries.invoicing import lock_accounts
from services.billing.schemas.invoices import InvoiceOut
from shared.database.database import Database
from tests.support.invoicing import NOON, Office, make_office, refusal, summary


@pytest.fixture
async def office(database: Database) -> Office:
    office = await make_office(database)
    await office.firm.project("P2")
    await office.firm.rate("organisation", price="60.00")
    return office


async def combined(
    office: Office, *projects: str | None, up_to: date | None = None, issue: bool = False
) -> InvoiceOut:
    firm = office.firm
    rows = await firm.query(
        "SELECT id FROM accounts WHERE organisation = $1 AND customer = 'ACME' AND coalesce(project, '') = ANY($2)",
        [project or "" for project in projects],
    )
    async with firm.database.transaction() as session:
        accounts = await lock_accounts(session, firm.code, [row["id"] for row in rows])
        invoice_id = await draft_combined(session, accounts, Selection(Way.TIMETRACKING, up_to), "anna")
        if issue:
            await issuing.issue(session, firm.code, invoice_id, issuing.Order("anna", NOON))
        return await invoice_out(session, firm.code, invoice_id, NOON)


async def test_each_projects_lines_stand_together(office: Office) -> None:
    await office.firm.prefers("project", "P2", grouping="per employee")
    await office.hours("a", day=date(2026, 3, 4))
    await office.hours("b", 30, project="P2")
    await office.hours("c", 30, project="P2", day=date(2026, 3, 5))
    await office.hours("own", 15, project=None, customer="ACME")
    invoice = await combined(office, "P1", "P2", None, issue=True)

    assert invoice.project is None
    lines = [(line.project, line.quantity, line.net) for line in invoice.lines]
    assert lines == [("", Decimal("0.25"), 15), ("P1", 1, 60), ("P2", 1, 60)]
    assert summary(invoice) == ("135.00", "28.35", "163.35")
    assert [await office.firm.unbilled(project) for project in ("P1", "P2", None)] == [0, 0, 0]
    await office.check_invariants()


async def test_each_project_settles_its_own_advances(office: Office) -> None:
    await office.advance("100.00", project="P2")
    await office.advance("40.00", project="P1")
    await office.hours("a", 120)
    await office.hours("b", 120, project="P2")
    invoice = await combined(office, "P1", "P2", issue=True)

    deducted = [(line.project, line.net) for line in invoice.lines if line.kind == "deduction"]
    assert deducted == [("P2", -100), ("P1", -40)]  # the oldest first
    assert summary(invoice) == ("100.00", "21.00", "121.00")
    assert [await office.advance_open(project) for project in ("P1", "P2")] == [0, 0]
    await office.check_invariants()


async def test_what_is_covered_is_left_out(office: Office) -> None:
    await office.advance("100.00", project="P2")
    await office.hours("a")
    await office.hours("b", project="P2")
    invoice = await combined(office, "P1", "P2")
    assert [line.project for line in invoice.lines] == ["P1"]
    await office.delete(invoice.id)
    assert await refusal(combined(office, "P2")) == "nothing-to-invoice"
    await office.check_invariants()


async def test_where_only_phases_deduct_it_deducts_nothing(office: Office) -> None:
    await office.firm.prefers("project", "P2", deduct_advances="based on phases")
    await office.advance("10.00", project="P2")
    await office.advance("20.00", project="P1")
    await office.hours("a")
    await office.hours("b", project="P2")
    invoice = await combined(office, "P1", "P2")
    assert [(line.project, line.net) for line in invoice.lines if line.kind == "deduction"] == [("P1", -20)]


async def test_a_draft_is_made_anew_and_issued(office: Office) -> None:
    await office.hours("a")
    await office.hours("b", project="P2")
    draft = await combined(office, "P1", "P2")
    await office.hours("c", project="P2")
    again = await office.refresh(draft.id)
    assert (again.net, [line.project for line in again.lines]) == (180, ["P1", "P2", "P2"])
    issued = await office.issue(draft.id)
    assert issued.net == 180
    await office.check_invariants()


async def test_up_to_a_day(office: Office) -> None:
    await office.hours("a", day=date(2026, 3, 4))
    await office.hours("b", project="P2", day=date(2026, 4, 4))
    invoice = await combined(office, "P1", "P2", up_to=date(2026, 3, 31), issue=True)
    assert [line.project for line in invoice.lines] == ["P1"]
    assert await office.firm.unbilled("P2") == 60


async def test_a_credit_note_gives_each_project_back_its_own(office: Office) -> None:
    await office.advance("10.00", project="P2")
    await office.hours("a")
    await office.hours("b", project="P2")
    invoice = await combined(office, "P1", "P2", issue=True)
    note = await office.credit(invoice.id)
    assert (note.net, (await office.show(invoice.id)).state) == (-110, "credited")
    assert [await office.firm.unbilled(project) for project in ("P1", "P2")] == [60, 60]
    assert await office.advance_open("P2") == 10
    await office.check_invariants()
    assert (await combined(office, "P1", "P2", issue=True)).net == 110
    await office.check_invariants()
