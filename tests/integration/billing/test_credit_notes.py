"""Credit notes: what comes back, what they come to, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.billing.domain.credits import Wanted
from services.billing.schemas.invoices import InvoiceOut
from shared.database.database import Database
from shared.ids import entry_id_of_ref
from tests.support.billing import Firm, published, reversed_
from tests.support.invoicing import Office, make_office, refusal, summary


@pytest.fixture
async def office(database: Database) -> Office:
    office = await make_office(database)
    await office.firm.rate("project", "P1", "60.00")
    return office


@pytest.fixture
def firm(office: Office) -> Firm:
    return office.firm


async def hours(office: Office) -> InvoiceOut:
    """R1 of 420.00: entries a (4 hours), b (2) and c (1)."""
    for ref, minutes in (("a", 240), ("b", 120), ("c", 60)):
        await office.hours(ref, minutes)
    return await office.invoice()


async def unbilled(firm: Firm) -> list[tuple[str, int, str]]:
    """(name, minutes, amount) of what is open."""
    rows = await firm.query(
        "SELECT name, minutes, r.parts / 6000 AS amount FROM open_rows o JOIN ledger_rows r ON r.id = o.row_id"
        " WHERE r.organisation = $1 ORDER BY r.day, r.id"
    )
    return [(row["name"], row["minutes"], f"{row['amount']:.2f}") for row in rows]


async def told(firm: Firm) -> list[dict[str, Any]]:
    async with firm.database.transaction() as session:
        return await published(session, firm.code, "billing.invoices.v1")


def only(firm: Firm, *refs: str) -> frozenset[UUID]:
    return frozenset(entry_id_of_ref(firm.code, ref) for ref in refs)


async def test_a_whole_invoice_comes_back_as_it_was_accrued(office: Office, firm: Firm) -> None:
    invoice = await hours(office)
    before = [row for row in await firm.ledger() if row["kind"] == "accrual"]

    note = await office.credit(invoice.id)

    assert (note.type, note.origin, note.state, note.number) == ("credit note", "credit", "issued", "C2026-00001")
    assert summary(note) == ("-420.00", "-88.20", "-508.20")
    assert [(line.quantity, line.price, line.net) for line in note.lines] == [
        (-4, 60, -240),
        (-2, 60, -120),
        (-1, 60, -60),
    ]
    credited = await office.show(invoice.id)
    assert (credited.state, credited.owed, credited.outstanding) == ("credited", 0, 0)
    assert await firm.unbilled() == 420
    back = [row for row in await firm.ledger() if row["kind"] == "released"]
    own = {"id", "kind", "releases_row_id", "invoice_id", "created_at", "how"}
    assert [{k: v for k, v in row.items() if k not in own} for row in back] == [
        {k: v for k, v in row.items() if k not in own} for row in before
    ]
    await office.check_invariants()
    again = await office.invoice()
    assert summary(again) == summary(invoice)
    await office.credit(again.id)
    assert await firm.unbilled() == 420
    await office.check_invariants()


async def test_a_line_by_amount_comes_back_when_nothing_is_left_of_it(office: Office, firm: Firm) -> None:
    invoice = await hours(office)

    note = await office.credit(invoice.id, Wanted(2, Decimal("120.00")))

    assert summary(note) == ("-120.00", "-25.20", "-145.20")
    assert await unbilled(firm) == [("b", 120, "120.00")]
    assert (await office.show(invoice.id)).state == "issued"
    assert await refusal(office.credit(invoice.id, Wanted(2, Decimal("0.01")))) == "exceeds-remaining"
    assert await refusal(office.credit(invoice.id, Wanted(2))) == "exceeds-remaining"
    await office.check_invariants()


async def test_a_reduction_brings_nothing_back_until_nothing_is_left(office: Office, firm: Firm) -> None:
    invoice = await hours(office)

    first = await office.credit(invoice.id, Wanted(1, Decimal("100.00")))
    assert [(line.quantity, line.price, line.net) for line in first.lines] == [(-1, 100, -100)]
    assert await unbilled(firm) == []
    assert await refusal(office.credit(invoice.id, Wanted(1, Decimal("140.01")))) == "exceeds-remaining"
    rest = await office.credit(invoice.id, Wanted(1))

    assert [(line.quantity, line.price, line.net) for line in rest.lines] == [(-1, 140, -140)]
    assert await unbilled(firm) == [("a", 240, "240.00")]
    await office.check_invariants()


async def test_entries_of_a_grouped_line(office: Office, firm: Firm) -> None:
    await firm.prefers("organisation", grouping="per phase")
    await firm.rate("project", "P1", "74.99")
    for ref in ("a", "b", "c"):
        await office.hours(ref, 20)
    invoice = await office.invoice()
    assert [line.net for line in invoice.lines] == [Decimal("74.99")]

    nets = []
    for ref in ("b", "a", "c"):
        note = await office.credit(invoice.id, Wanted(1, entries=only(firm, ref)))
        nets.append(note.net)
        assert [entry.name for entry in note.lines[0].entries] == [ref]
        await office.check_invariants()

    assert nets == [Decimal("-25.00"), Decimal("-24.99"), Decimal("-25.00")]
    assert [name for name, _, _ in await unbilled(firm)] == ["b", "a", "c"]
    assert (await office.show(invoice.id)).state == "credited"
    entry = only(firm, "a")
    assert await refusal(office.credit(invoice.id, Wanted(1, entries=entry))) == "exceeds-remaining"


async def test_an_amount_of_one_entry_of_a_grouped_line(office: Office, firm: Firm) -> None:
    await firm.prefers("organisation", grouping="per phase")
    await hours(office)
    (invoice,) = await _issued(office)
    await office.credit(invoice.id, Wanted(1, Decimal("50.00"), only(firm, "b")))
    assert (
        await refusal(office.credit(invoice.id, Wanted(1, Decimal("70.01"), only(firm, "b")))) == "exceeds-remaining"
    )
    await office.credit(invoice.id, Wanted(1, Decimal("70.00"), only(firm, "b")))
    assert await unbilled(firm) == [("b", 120, "120.00")]
    await office.credit(invoice.id, Wanted(1, Decimal("30.00")))
    rest = await office.credit(invoice.id)
    assert rest.net == -270
    assert sorted(await unbilled(firm)) == [("a", 240, "240.00"), ("b", 120, "120.00"), ("c", 60, "60.00")]
    await office.check_invariants()


async def _issued(office: Office) -> list[InvoiceOut]:
    rows = await office.firm.query("SELECT id FROM invoices WHERE organisation = $1 AND number IS NOT NULL")
    return [await office.show(row["id"]) for row in rows]


async def test_an_entry_with_dearer_pieces_comes_back_when_all_its_lines_are_credited(
    office: Office, firm: Firm
) -> None:
    pieces = [
        {"minutes": 60, "hour_type": "WORK", "surcharge": "0"},
        {"minutes": 60, "hour_type": "WORK", "surcharge": "50"},
    ]
    await firm.post(firm.approved("a", minutes=120, pieces=pieces))
    invoice = await office.invoice()
    await office.credit(invoice.id, Wanted(1))
    assert await unbilled(firm) == []
    await office.credit(invoice.id, Wanted(2))
    assert await unbilled(firm) == [("a", 120, "150.00")]
    await office.check_invariants()


async def test_credited_but_not_to_be_billed_again(office: Office, firm: Firm) -> None:
    invoice = await hours(office)
    await office.credit(invoice.id, keep=True)
    assert (await office.show(invoice.id)).state == "credited"
    assert await firm.unbilled() == 0
    event = (await told(firm))[-1]
    assert {entry["invoice_number"] for entry in event["entries"]} == {invoice.number}
    assert {entry["net"] for entry in event["entries"]} == {"0"}
    await office.check_invariants()


async def test_what_stays_billed_and_is_reversed_later_gives_nothing_back(office: Office, firm: Firm) -> None:
    entry = firm.approved("a", minutes=240)
    await firm.post(entry)
    invoice = await office.invoice()
    await office.credit(invoice.id, keep=True)
    await firm.post(reversed_(entry))
    assert await firm.unbilled() == 0
    assert await unbilled(firm) == []
    assert await refusal(office.give_back()) == "nothing-to-invoice"
    await office.check_invariants()


@pytest.mark.parametrize("keep", [False, True])
async def test_what_was_reversed_meanwhile_goes_out_with_its_reversal(office: Office, firm: Firm, keep: bool) -> None:
    entry, other = firm.approved("a", minutes=240), firm.approved("b", minutes=600)
    await firm.post(entry)
    invoice = await office.invoice()
    await firm.post(reversed_(entry), other)
    draft = await office.draft()
    assert draft.net == 360
    await office.credit(invoice.id, keep=keep)
    assert await firm.unbilled() == 600
    assert (await office.show(draft.id)).outdated
    assert await refusal(office.issue(draft.id)) == "draft-outdated"
    assert (await office.refresh(draft.id)).net == 600
    await office.check_invariants()


async def test_an_entry_that_came_back_can_be_reversed_and_approved_anew(office: Office, firm: Firm) -> None:
    entry = firm.approved("a", minutes=240)
    await firm.post(entry)
    await office.credit((await office.invoice()).id)
    await firm.post(reversed_(entry))
    assert await firm.unbilled() == 0
    assert await unbilled(firm) == []
    again = firm.approved("a", version=4, minutes=180)
    await firm.post(again)
    assert await firm.unbilled() == 180
    await office.check_invariants()
    invoice = await office.invoice()
    await firm.post(reversed_(again))
    assert await firm.unbilled() == -180
    note = await office.give_back()
    assert (note.net, await firm.unbilled()) == (-180, 0)
    assert (await office.show(invoice.id)).state == "credited"
    await office.check_invariants()


async def test_an_advance_that_was_deducted_opens_again(office: Office, firm: Firm) -> None:
    await office.advance("100.00")
    for ref, minutes in (("a", 240), ("b", 120), ("c", 60)):
        await office.hours(ref, minutes)
    invoice = await office.invoice(way="phases")
    assert summary(invoice) == ("320.00", "67.20", "387.20")
    note = await office.credit(invoice.id)
    assert summary(note) == ("-320.00", "-67.20", "-387.20")
    assert [(line.kind, line.quantity, line.net) for line in note.lines][-1] == ("deduction", 1, 100)
    assert (await firm.unbilled(), await office.advance_open()) == (420, 100)
    await office.check_invariants()


async def test_what_an_advance_paid_is_credited_together_with_its_deduction(office: Office, firm: Firm) -> None:
    await office.advance("200.00")
    await office.hours("a", 600)
    invoice = await office.invoice(way="phases")
    assert [line.net for line in invoice.lines] == [600, -200]
    assert await refusal(office.credit(invoice.id, Wanted(1))) == "exceeds-remaining"
    assert await refusal(office.credit(invoice.id, Wanted(2))) == "exceeds-remaining"
    note = await office.credit(invoice.id, Wanted(1), Wanted(2))
    assert summary(note) == ("-400.00", "-84.00", "-484.00")
    assert (await firm.unbilled(), await office.advance_open()) == (600, 200)
    await office.check_invariants()


async def test_a_part_of_what_an_advance_paid(office: Office, firm: Firm) -> None:
    await office.advance("200.00")
    await office.hours("a", 600)
    invoice = await office.invoice(way="phases")
    await office.credit(invoice.id, Wanted(1, Decimal(300)))
    assert await refusal(office.credit(invoice.id, Wanted(1, Decimal(300)))) == "exceeds-remaining"
    await office.credit(invoice.id, Wanted(1, Decimal(200)), Wanted(2, Decimal(150)))
    assert await office.advance_open() == 150
    note = await office.credit(invoice.id)
    assert summary(note) == ("-50.00", "-10.50", "-60.50")
    assert (await firm.unbilled(), await office.advance_open()) == (600, 200)
    await office.check_invariants()


async def test_an_invoice_with_nothing_to_pay_is_credited(office: Office, firm: Firm) -> None:
    await office.advance("400.00")
    await office.hours("a", 150)
    invoice = await office.invoice(way="phases")
    assert (invoice.to_pay, invoice.state) == (0, "paid")
    await office.credit(invoice.id, Wanted(1, Decimal(50)), Wanted(2, Decimal(50)))
    assert (await office.show(invoice.id)).state == "paid"
    note = await office.credit(invoice.id)
    assert (note.to_pay, note.state) == (0, "issued")
    assert (await office.show(invoice.id)).state == "credited"
    assert (await firm.unbilled(), await office.advance_open()) == (150, 400)
    assert await refusal(office.credit(invoice.id)) == "exceeds-remaining"
    await office.check_invariants()


async def test_an_advance_is_credited_for_what_is_left(office: Office) -> None:
    advance = await office.advance("400.00", "21")
    await office.hours("a", 150)
    await office.invoice(way="phases")
    draft = await office.advance("1.00", issue=False)
    assert await refusal(office.credit(advance.id)) == "exceeds-remaining"
    assert await refusal(office.credit(advance.id, Wanted(1, Decimal("250.01")))) == "exceeds-remaining"
    assert await refusal(office.credit(draft.id)) == "not-issued"
    note = await office.credit(advance.id, Wanted(1, Decimal("100.00")))
    assert summary(note) == ("-100.00", "-21.00", "-121.00")
    note = await office.credit(advance.id, Wanted(1))
    assert summary(note) == ("-150.00", "-31.50", "-181.50")
    assert await office.advance_open() == 0
    assert await refusal(office.credit(advance.id, Wanted(1))) == "exceeds-remaining"
    await office.check_invariants()


async def test_an_advance_that_is_open_is_credited_whole(office: Office) -> None:
    advance = await office.advance("400.00")
    note = await office.credit(advance.id)
    assert note.net == -400
    assert (await office.show(advance.id)).state == "credited"
    assert await office.advance_open() == 0
    assert await refusal(office.credit(note.id)) == "not-creditable"
    await office.check_invariants()


async def test_a_draft_that_deducts_an_advance_is_outdated_when_it_is_credited(office: Office) -> None:
    advance = await office.advance("100.00")
    await office.hours("a", 600)
    draft = await office.draft(way="phases")
    assert draft.net == 500
    await office.credit(advance.id, Wanted(1, Decimal(30)))
    assert (await office.show(draft.id)).outdated
    assert await refusal(office.issue(draft.id)) == "draft-outdated"
    assert (await office.refresh(draft.id)).net == 530
    await office.issue(draft.id)
    await office.check_invariants()


async def test_what_is_to_be_given_back(office: Office, firm: Firm) -> None:
    entry = firm.approved("a", minutes=240)
    await firm.post(entry, firm.approved("b", minutes=180))
    invoice = await office.invoice()
    await firm.post(reversed_(entry))
    assert await firm.unbilled() == -240

    note = await office.give_back()

    assert summary(note) == ("-240.00", "-50.40", "-290.40")
    assert await firm.unbilled() == 0
    assert await unbilled(firm) == []
    shown = await office.show(invoice.id)
    assert (shown.state, shown.owed) == ("issued", Decimal("217.80"))
    assert await refusal(office.give_back()) == "nothing-to-invoice"
    rest = await office.credit(invoice.id)
    assert summary(rest) == ("-180.00", "-37.80", "-217.80")
    assert [name for name, _, _ in await unbilled(firm)] == ["b"]
    await office.check_invariants()


async def test_what_is_to_be_given_back_of_two_invoices(office: Office, firm: Firm) -> None:
    first, second = firm.approved("a", minutes=60), firm.approved("b", minutes=120, vat_rate="9")
    await firm.post(first)
    await office.invoice()
    await firm.post(second)
    await office.invoice()
    await firm.post(reversed_(first), reversed_(second))
    note = await office.give_back()
    assert summary(note) == ("-180.00", "-23.40", "-203.40")
    assert note.credits_invoice_id is None
    facts = [fact for fact in await told(firm) if "credit_note_id" in fact]
    assert [(fact["number"], fact["credited"], len(fact["entries"])) for fact in facts] == [
        ("2026-00001", "72.60", 1),
        ("2026-00002", "130.80", 1),
    ]
    await office.check_invariants()


async def test_what_is_given_back_beyond_what_was_to_be_paid_opens_the_advance(office: Office, firm: Firm) -> None:
    await office.advance("200.00")
    entry = firm.approved("a", minutes=600)
    await firm.post(entry)
    await office.invoice(way="phases")
    await firm.post(reversed_(entry))
    note = await office.give_back()
    assert summary(note) == ("-400.00", "-84.00", "-484.00")
    assert (await firm.unbilled(), await office.advance_open()) == (0, 200)
    await office.check_invariants()


async def test_what_the_next_invoice_gave_back_is_not_credited_again(office: Office, firm: Firm) -> None:
    entry = firm.approved("a", minutes=240)
    await firm.post(entry, firm.approved("b", minutes=180))
    first = await office.invoice()
    await firm.post(reversed_(entry), firm.approved("c", minutes=600))
    second = await office.invoice()
    assert [line.net for line in second.lines] == [-240, 600]

    note = await office.credit(first.id)
    assert note.net == -180
    assert await refusal(office.credit(second.id, Wanted(1))) == "exceeds-remaining"
    back = await office.credit(second.id)
    assert back.net == -360
    await office.check_invariants()
    # The first invoice bills the four hours again, and they are to be given back again.
    assert await firm.unbilled() == 180 + 600 - 240
    assert await refusal(office.credit(first.id, Wanted(1, Decimal("240.01")))) == "exceeds-remaining"
    again = await office.credit(first.id)
    assert again.net == -240
    assert await firm.unbilled() == 780
    assert (await office.show(first.id)).state == "credited"
    await office.check_invariants()


async def test_vat_of_serial_credits_adds_up(office: Office, firm: Firm) -> None:
    await office.work("a", "0.50")
    invoice = await office.invoice()
    vats = []
    for _ in range(5):
        note = await office.credit(invoice.id, Wanted(1, Decimal("0.10")))
        vats.append(note.vat)
    assert sum(vats) == -invoice.vat == Decimal("-0.11")
    assert vats == [Decimal(one) for one in ("-0.02", "-0.02", "-0.02", "-0.02", "-0.03")]
    assert (await office.show(invoice.id)).state == "credited"
    await office.check_invariants()


async def test_several_rates_and_a_line_that_gives_back(office: Office, firm: Firm) -> None:
    entry = firm.approved("a", minutes=60, vat_rate="9")
    await firm.post(entry)
    await office.invoice()
    await firm.post(reversed_(entry), firm.approved("b", minutes=120))
    invoice = await office.invoice()
    assert [(line.net, line.vat_rate) for line in invoice.lines] == [(-60, 9), (120, 21)]
    assert await refusal(office.credit(invoice.id, Wanted(2))) == "exceeds-remaining"
    note = await office.credit(invoice.id)
    assert summary(note) == ("-60.00", "-19.80", "-79.80")
    await office.check_invariants()


async def test_the_entries_are_told_where_they_are(office: Office, firm: Firm) -> None:
    invoice = await hours(office)
    await office.credit(invoice.id, Wanted(1, Decimal("40.00")), Wanted(2))
    event = (await told(firm))[-1]
    assert (event["number"], event["credit_note_number"]) == ("2026-00001", "C2026-00001")
    assert (event["credited"], event["credited_total"], event["state"]) == ("193.60", "193.60", "issued")
    entries = {entry["entry_id"]: entry for entry in event["entries"]}
    (a,), (b,) = only(firm, "a"), only(firm, "b")
    assert set(entries) == {str(a), str(b)}
    assert [entries[str(a)][k] for k in ("sequence", "invoice_number", "net")] == [2, "2026-00001", "200.0000"]
    assert [entries[str(b)][k] for k in ("sequence", "invoice_id", "invoice_number", "net")] == [2, None, None, "0"]
    note = (await told(firm))[-2]
    assert (note["invoice_type"], note["number"], note["to_pay"]) == ("credit note", "C2026-00001", "-193.60")


async def test_dates_of_credit_notes(office: Office) -> None:
    invoice = await hours(office)
    assert await refusal(office.credit(invoice.id, issue_date=date(2026, 5, 31))) == "date-before-invoice"
    assert await refusal(office.credit(invoice.id, issue_date=date(2027, 1, 1))) == "issue-date-in-future"
    other = await office.advance("10.00")
    await office.credit(other.id)
    await office.credit(invoice.id)
    notes = [one for one in await _issued(office) if one.type == "credit note"]
    assert [(one.series, one.sequence) for one in notes] == [("credit-notes", 1), ("credit-notes", 2)]


async def test_lines_and_entries_that_are_not_there(office: Office, firm: Firm) -> None:
    invoice = await hours(office)
    assert await refusal(office.credit(invoice.id, Wanted(4))) == "invalid-input"
    assert await refusal(office.credit(invoice.id, Wanted(1, entries=only(firm, "b")))) == "invalid-input"
    assert await refusal(office.credit(invoice.id, Wanted(1, Decimal("0.001")))) == "invalid-input"


async def test_work_without_a_project(office: Office, firm: Firm) -> None:
    entry = firm.approved("a", project=None, customer="ACME", kind="expense", quantity="1", unit_price="50.00")
    await firm.post(entry)
    await office.invoice(None)
    await firm.post(reversed_(entry))
    assert await firm.unbilled(None) == -50
    note = await office.give_back(None)
    assert (note.project, note.net) == (None, -50)
    await office.check_invariants()


async def test_what_is_left_is_given_back_when_a_part_was_credited_before(office: Office, firm: Firm) -> None:
    pieces = [
        {"minutes": 60, "hour_type": "WORK", "surcharge": "0"},
        {"minutes": 60, "hour_type": "WORK", "surcharge": "50"},
    ]
    dearer, reduced = firm.approved("a", minutes=120, pieces=pieces), firm.approved("b", minutes=60)
    await firm.post(dearer, reduced)
    invoice = await office.invoice()
    assert [line.net for line in invoice.lines] == [60, 90, 60]
    await office.credit(invoice.id, Wanted(1), Wanted(3, Decimal(10)))
    await firm.post(reversed_(dearer), reversed_(reduced))
    note = await office.give_back()
    assert [line.net for line in note.lines] == [-90, -50]
    assert (await office.show(invoice.id)).state == "credited"
    assert await firm.unbilled() == 0
    await office.check_invariants()


async def test_a_credit_note_says_why_no_vat_is_charged_as_its_invoice_did(office: Office, firm: Firm) -> None:
    await firm.customer(
        "ACME", vat_treatment="exempt", vat_exemption_code="VATEX-EU-132", vat_exemption_reason="Zorg, artikel 11"
    )
    invoice = await hours(office)
    await firm.customer("ACME", vat_exemption_code=None, vat_exemption_reason=None)
    (line,) = (await office.credit(invoice.id)).vat_lines
    assert (line.category, line.reason, line.vatex) == ("E", "Zorg, artikel 11", "VATEX-EU-132")
    assert (line.net, line.vat) == (Decimal("-420.00"), Decimal("0.00"))


async def test_the_next_invoice_gives_back_what_is_still_billed(office: Office, firm: Firm) -> None:
    reduced, whole = firm.approved("a", minutes=60), firm.approved("b", minutes=120)
    await firm.post(reduced, whole)
    invoice = await office.invoice()
    await office.credit(invoice.id, Wanted(1, Decimal(10)))
    await firm.post(reversed_(reduced), reversed_(whole), firm.approved("c", minutes=600))
    assert await firm.unbilled() == 420

    second = await office.invoice()

    assert [(line.quantity, line.unit, line.price, line.net) for line in second.lines] == [
        (-1, "", 50, -50),
        (-2, "hour", 60, -120),
        (10, "hour", 60, 600),
    ]
    assert await firm.unbilled() == 0
    assert await refusal(office.credit(invoice.id)) == "exceeds-remaining"
    # What was billed in all is what is billed of the last entry.
    assert invoice.net - 10 + second.net == 600
    await office.check_invariants()
    await office.credit(second.id)
    assert await firm.unbilled() == 420
    assert (await office.give_back()).net == -170
    await office.check_invariants()
