"""Issuing: numbers, dates, copies, the ledger, and what is published."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from services.billing.handlers.organisations import change_organisation
from shared.database.database import Database
from tests.support.billing import Firm, published, reversed_
from tests.support.invoicing import ADDRESS, NOON, TODAY, Office, make_office, refusal, summary

INVOICES = "billing.invoices.v1"


@pytest.fixture
async def office(database: Database) -> Office:
    office = await make_office(database)
    await office.firm.rate("project", "P1", "60.00")
    return office


@pytest.fixture
def firm(office: Office) -> Firm:
    return office.firm


async def test_numbers_follow_each_other_over_advances_and_invoices(office: Office) -> None:
    await office.hours("a", 60)
    draft = await office.draft()
    advance = await office.advance("10.00", "9")
    invoice = await office.issue(draft.id)
    assert (advance.number, invoice.number) == ("2026-00001", "2026-00002")
    assert (invoice.series, invoice.fiscal_year, invoice.issue_date) == ("invoices", 2026, TODAY)
    await office.check_invariants()


async def test_issuing_takes_the_exact_amount_off_not_the_rounded_line(office: Office, firm: Firm) -> None:
    await firm.rate("employee", "mia", "74.99")
    await firm.rate("project", "P1", "74.99", "THIRD")
    for ref in ("a", "b", "c"):
        await office.hours(ref, 20, hour_type="THIRD")
    first = await office.invoice(up_to=date(2026, 3, 2))
    assert first.net == Decimal("75.00")  # three lines of 25.00
    assert await firm.unbilled() == 0
    await office.check_invariants()


async def test_dates_of_a_series_do_not_decrease(office: Office, firm: Firm) -> None:
    await office.advance("10.00")
    later = await office.advance("20.00", issue=False)
    assert await refusal(office.issue(later.id, date(2026, 5, 31))) == "date-before-last"
    assert await refusal(office.issue(later.id, date(2026, 6, 2))) == "issue-date-in-future"
    assert (await office.issue(later.id, TODAY)).number == "2026-00002"
    await office.check_invariants()


async def test_the_issue_date_is_that_of_the_organisations_time_zone(office: Office) -> None:
    draft = await office.advance("10.00", issue=False)
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # half past midnight in Amsterdam
    issued = await office.issue(draft.id, now=new_year)
    assert (issued.issue_date, issued.number) == (date(2027, 1, 1), "2027-00001")


async def test_each_fiscal_year_begins_with_one(office: Office) -> None:
    first = await office.advance("10.00", issue=False)
    second = await office.advance("10.00", issue=False)
    assert (await office.issue(first.id, date(2025, 12, 31))).number == "2025-00001"
    assert (await office.issue(second.id, date(2026, 1, 1))).number == "2026-00001"
    await office.check_invariants()


async def test_it_is_due_by_the_payment_term(office: Office, firm: Firm) -> None:
    await firm.prefers("customer", "ACME", payment_term="end of month + 15")
    assert (await office.advance("10.00")).due_date == date(2026, 7, 15)
    await firm.prefers("project", "P1", payment_term="cash")
    assert (await office.advance("10.00")).due_date == TODAY


async def test_an_issued_invoice_keeps_who_sold_and_who_bought(office: Office, firm: Firm) -> None:
    invoice = await office.advance("10.00")
    await firm.customer("ACME", name="Another name", address=ADDRESS.model_copy(update={"city": "Leiden"}))
    kept = await office.show(invoice.id)
    assert kept.buyer is not None
    assert kept.seller is not None
    assert (kept.buyer["name"], kept.buyer["address"]["city"]) == ("ACME", "Delft")
    assert (kept.seller["code"], kept.buyer["language"]) == (firm.code, "nl")


async def test_who_is_incomplete_is_told_what_is_missing(database: Database) -> None:
    office = await make_office(database)
    await office.firm.customer("BARE")
    await office.firm.project("P2", "BARE")
    assert await refusal(office.advance("10.00", project="P2")) == "customer-incomplete"
    belgian = {"country": "BE", "vat_id": "BE0123456749", "registration_number": "0123456749"}
    await office.firm.customer("ACME", vat_treatment="reverse charge", **belgian)
    async with database.transaction() as session:
        await change_organisation(session, office.firm.code, {"vat_id": None}, NOON)
    assert await refusal(office.advance("10.00")) == "organisation-incomplete"
    (row,) = await office.firm.query("SELECT count(*) FROM number_series WHERE organisation = $1")
    assert row["count"] == 0  # a refusal leaves nothing, no number either


async def test_an_invoice_with_nothing_to_pay_is_paid(office: Office, firm: Firm) -> None:
    await office.advance("400.00")
    await office.hours("a", 150)
    assert await refusal(office.invoice()) == "nothing-to-invoice"
    invoice = await office.invoice(way="phases")
    assert (invoice.state, summary(invoice)) == ("paid", ("0.00", "0.00", "0.00"))
    assert await office.advance_open() == 250
    assert await firm.unbilled() == 0
    await office.check_invariants()


async def test_oldest_first_per_rate_to_the_cent(office: Office, firm: Firm) -> None:
    await firm.rate("project", "P1", "50.00", "WORK")
    oldest = await office.advance("300.00", "21")
    await office.advance("150.00", "9")
    await office.advance("100.00", "21")
    await office.hours("W1/1", 420)
    await office.work("W1/2", "100.00", kind="material", vat_rate="9")
    await office.hours("W1/3", 180, day=date(2026, 3, 3))
    invoice = await office.invoice(way="phases")
    assert [(line.kind, str(line.price), str(line.net), str(line.vat_rate)) for line in invoice.lines] == [
        ("time", "50.00", "350.00", "21"),
        ("material", "100.00", "100.00", "9"),
        ("time", "50.00", "150.00", "21"),
        ("deduction", "300.00", "-300.00", "21"),
        ("deduction", "100.00", "-100.00", "9"),
        ("deduction", "100.00", "-100.00", "21"),
    ]
    assert invoice.lines[3].advance is not None
    assert invoice.lines[3].advance.invoice_id == oldest.id
    assert [(str(line.rate), str(line.net), str(line.vat)) for line in invoice.vat_lines] == [
        ("21", "100.00", "21.00"),
        ("9", "0.00", "0.00"),
    ]
    assert summary(invoice) == ("100.00", "21.00", "121.00")
    assert await office.advance_open() == 50
    await office.check_invariants()


async def test_an_organisation_that_deducts_on_phase_invoices_only(office: Office, firm: Firm) -> None:
    await firm.prefers("organisation", deduct_advances="based on phases")
    await office.advance("50.00")
    await office.hours("a", 60)
    assert summary(await office.invoice()) == ("60.00", "12.60", "72.60")
    assert await office.advance_open() == 50
    await office.hours("b", 60)
    assert summary(await office.invoice(way="phases")) == ("10.00", "2.10", "12.10")
    await office.check_invariants()


async def test_it_is_announced_with_its_entries(office: Office, firm: Firm, database: Database) -> None:
    entry = firm.approved("a", minutes=60)
    await firm.post(entry)
    invoice = await office.invoice()
    async with database.transaction() as session:
        (event,) = await published(session, firm.code, INVOICES)
    assert event["entries"] == [
        {
            "entry_id": str(entry.entry_id),
            "sequence": 1,
            "invoice_id": str(invoice.id),
            "invoice_number": "2026-00001",
            "work_order_id": None,
            "net": "60.0000",
        }
    ]
    assert (event["part"], event["parts"], event["net"], event["customer"]) == (1, 1, "60.00", "ACME")


async def test_many_entries_are_announced_in_parts(office: Office, firm: Firm, database: Database) -> None:
    entries = [firm.approved(f"e{number}", minutes=1) for number in range(2001)]
    await firm.post(*entries)
    await office.invoice()
    async with database.transaction() as session:
        events = await published(session, firm.code, INVOICES)
    assert [(event["part"], event["parts"], len(event["entries"])) for event in events] == [
        (1, 3, 1000),
        (2, 3, 1000),
        (3, 3, 1),
    ]
    assert {entry["entry_id"] for event in events for entry in event["entries"]} == {
        str(entry.entry_id) for entry in entries
    }


async def test_an_entry_that_is_only_given_back_is_on_no_invoice_any_more(
    office: Office, firm: Firm, database: Database
) -> None:
    wrong, moved = firm.approved("a", minutes=60), firm.approved("m", minutes=60)
    await firm.post(wrong, moved)
    await office.invoice()
    again = firm.approved("m", version=4, minutes=30)
    await firm.post(reversed_(wrong), reversed_(moved), again, firm.approved("b", minutes=600))
    second = await office.invoice()
    async with database.transaction() as session:
        event = (await published(session, firm.code, INVOICES))[-1]
    placed = {entry["entry_id"]: (entry["sequence"], entry["invoice_id"]) for entry in event["entries"]}
    assert placed[str(wrong.entry_id)] == (2, None)
    assert placed[str(moved.entry_id)] == (2, str(second.id))
    await office.check_invariants()


async def test_an_entry_whose_old_version_is_given_back_later_stays_on_its_new_invoice(
    office: Office, firm: Firm, database: Database
) -> None:
    await firm.phase("P1", "F1")
    first = firm.approved("a", minutes=60)
    await firm.post(first)
    await office.invoice()
    moved = firm.approved("a", version=4, minutes=60, phase="F1")
    await firm.post(reversed_(first), moved)
    second = await office.invoice(way="phases", phases=["F1"])
    await firm.post(firm.approved("b", minutes=600))
    await office.invoice()
    async with database.transaction() as session:
        event = (await published(session, firm.code, INVOICES))[-1]
    placed = {entry["entry_id"]: (entry["invoice_id"], entry["invoice_number"]) for entry in event["entries"]}
    assert placed[str(moved.entry_id)] == (str(second.id), "2026-00002")
    await office.check_invariants()


async def test_a_trace_is_kept_from_the_entry_to_the_ledger(office: Office, firm: Firm) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await firm.post(firm.approved("a", minutes=60), traceparent=trace)
    await office.invoice()
    assert [row["traceparent"] for row in await firm.ledger()] == [trace, trace]


async def test_overdue_follows_from_the_day(office: Office, firm: Firm) -> None:
    await firm.prefers("customer", "ACME", payment_term="cash")
    invoice = await office.advance("10.00")
    assert not invoice.overdue
    from services.billing.api.shown import invoice_out

    async with firm.database.transaction() as session:
        later = await invoice_out(session, firm.code, invoice.id, NOON.replace(day=2))
    assert later.overdue
