"""Drafts: they hold their entries, give them back, and say when they no longer hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from shared.database.database import Database
from shared.ids import new_id
from tests.support.billing import Firm, reversed_, withdrawn
from tests.support.invoicing import Office, make_office, refusal, summary


@pytest.fixture
async def office(database: Database) -> Office:
    office = await make_office(database)
    await office.firm.phase("P1", "F1")
    await office.firm.phase("P1", "F2")
    await office.firm.rate("project", "P1", "60.00")
    return office


@pytest.fixture
def firm(office: Office) -> Firm:
    return office.firm


async def test_a_draft_holds_its_entries_and_gives_them_back(office: Office, firm: Firm) -> None:
    await office.hours("W1/1", 240)
    draft = await office.draft()
    assert (draft.state, draft.number, summary(draft)) == ("draft", None, ("240.00", "50.40", "290.40"))
    assert await refusal(office.draft()) == "nothing-to-invoice"
    assert await refusal(office.draft(way="phases")) == "nothing-to-invoice"
    assert await firm.unbilled() == 240
    await office.check_invariants()
    await office.delete(draft.id)
    assert await refusal(office.show(draft.id)) == "not-found"
    await office.check_invariants()
    assert (await office.draft()).net == 240


async def test_up_to_a_date_only_what_was_done_until_then(office: Office, firm: Firm) -> None:
    await office.hours("a", 360)
    await office.hours("b", 60, day=date(2026, 4, 1))
    draft = await office.draft(up_to=date(2026, 3, 31))
    assert summary(draft) == ("360.00", "75.60", "435.60")
    assert summary(await office.draft()) == ("60.00", "12.60", "72.60")
    await office.check_invariants()


async def test_the_proposal_is_tested_on_the_amount_up_to_the_date(office: Office, firm: Firm) -> None:
    await office.advance("100.00")
    await office.hours("a", 60)
    await office.hours("b", 60, day=date(2026, 4, 1))
    assert await refusal(office.draft(up_to=date(2026, 3, 31))) == "nothing-to-invoice"
    assert (await office.draft()).net == 20


async def test_only_some_phases(office: Office, firm: Firm) -> None:
    await office.hours("a", 60)
    await office.hours("b", 120, phase="F1")
    await office.hours("c", 180, phase="F2")
    first = await office.draft(way="phases", phases=["F1"])
    assert [(line.phase, str(line.quantity.normalize())) for line in first.lines] == [("F1", "2")]
    rest = await office.draft(way="phases")
    assert [line.phase for line in rest.lines] == [None, "F2"]
    assert await refusal(office.draft(way="phases", phases=["F1"])) == "nothing-to-invoice"
    assert await refusal(office.draft(way="phases", phases=["F9"])) == "unknown-phase"


async def test_a_customers_own_account_is_invoiced_like_a_project(office: Office, firm: Firm) -> None:
    await firm.rate("customer", "ACME", "50.00")
    await office.hours("a", 90, project=None, customer="ACME")
    draft = await office.draft(None)
    assert (draft.project, draft.customer, draft.net) == (None, "ACME", Decimal("75.00"))
    await office.check_invariants()


async def test_lines_name_their_entries(office: Office, firm: Firm) -> None:
    await firm.prefers("project", "P1", grouping="per employee")
    await office.hours("a", 60)
    await office.hours("b", 30)
    await office.hours("c", 60, employee="mia")
    first, second = (await office.draft()).lines
    assert [entry.name for entry in first.entries] == ["a", "b"]
    assert [entry.name for entry in second.entries] == ["c"]
    assert (first.quantity, first.net) == (Decimal("1.5"), Decimal("90.00"))


async def test_a_reversal_takes_its_row_out_of_the_draft_and_marks_it(office: Office, firm: Firm) -> None:
    taken = firm.approved("a", minutes=60)
    await firm.post(taken, firm.approved("b", minutes=120))
    draft = await office.draft()
    await firm.post(withdrawn(taken))
    assert (await office.show(draft.id)).outdated
    assert await refusal(office.issue(draft.id)) == "draft-outdated"
    await firm.check_balances()
    refreshed = await office.refresh(draft.id)
    assert (refreshed.outdated, refreshed.net, len(refreshed.lines)) == (False, Decimal("120.00"), 1)
    await office.check_invariants()
    assert (await office.issue(draft.id)).state == "issued"
    await office.check_invariants()


async def test_a_refresh_takes_what_came_since_and_needs_something_to_take(office: Office, firm: Firm) -> None:
    only = firm.approved("a", minutes=60)
    await firm.post(only)
    draft = await office.draft()
    await firm.post(reversed_(only))
    assert await refusal(office.refresh(draft.id)) == "nothing-to-invoice"
    assert (await office.show(draft.id)).outdated
    await firm.post(firm.approved("a", version=4, minutes=30))
    assert (await office.refresh(draft.id)).net == 30
    await office.check_invariants()


async def test_an_advance_that_comes_later_is_deducted_after_a_refresh_only(office: Office, firm: Firm) -> None:
    await office.hours("a", 120)
    await office.hours("b", 60, phase="F1")
    draft = await office.draft(way="phases", phases=["F1"])
    other = await office.draft()
    await office.advance("50.00")
    assert summary(await office.issue(draft.id)) == ("60.00", "12.60", "72.60")
    assert summary(await office.refresh(other.id)) == ("70.00", "14.70", "84.70")
    await office.issue(other.id)
    await office.check_invariants()


async def test_an_advance_that_was_settled_meanwhile_makes_a_draft_outdated(office: Office, firm: Firm) -> None:
    await office.advance("50.00")
    await office.hours("a", 120)
    await office.hours("b", 60, phase="F1")
    phase = await office.draft(way="phases", phases=["F1"])
    rest = await office.draft(way="phases")
    assert [phase.net, rest.net] == [10, 70]
    await office.issue(phase.id)
    assert await refusal(office.issue(rest.id)) == "draft-outdated"
    assert (await office.refresh(rest.id)).net == 120
    await office.issue(rest.id)
    await office.check_invariants()


async def test_another_vat_treatment_makes_a_draft_outdated(office: Office, firm: Firm) -> None:
    await office.hours("a", 60)
    draft, advance = await office.draft(), await office.advance("10.00", issue=False)
    await firm.customer("ACME", vat_treatment="exempt")
    assert await refusal(office.issue(draft.id)) == "draft-outdated"
    assert await refusal(office.issue(advance.id)) == "draft-outdated"
    refreshed = await office.refresh(draft.id)
    assert [(str(line.rate), line.category, line.reason) for line in refreshed.vat_lines] == [
        ("0", "E", "Vrijgesteld van btw")
    ]
    assert summary(await office.refresh(advance.id)) == ("10.00", "0.00", "10.00")


async def test_what_is_given_back_stands_first_on_the_next_invoice(office: Office, firm: Firm) -> None:
    wrong = firm.approved("a", minutes=240)
    await firm.post(wrong)
    await office.invoice()
    await firm.post(reversed_(wrong), firm.approved("a", version=4, minutes=180), firm.approved("b", minutes=120))
    assert await firm.unbilled() == 60
    invoice = await office.invoice()
    assert [(str(line.quantity.normalize()), str(line.net)) for line in invoice.lines] == [
        ("-4", "-240.00"),
        ("3", "180.00"),
        ("2", "120.00"),
    ]
    assert await firm.unbilled() == 0
    await office.check_invariants()


async def test_an_invoice_that_would_be_negative_is_refused(office: Office, firm: Firm) -> None:
    wrong = firm.approved("a", minutes=240)
    await firm.post(wrong)
    await office.invoice()
    await firm.post(reversed_(wrong), firm.approved("b", minutes=60))
    assert await refusal(office.draft()) == "nothing-to-invoice"
    assert await refusal(office.draft(way="phases")) == "nothing-to-invoice"
    assert await firm.unbilled() == -180
    await office.check_invariants()


async def test_drafts_of_others_and_unknown_accounts_are_not_found(office: Office, database: Database) -> None:
    await office.hours("a", 60)
    draft = await office.draft()
    other = await make_office(database)
    for call in (other.show, other.issue, other.delete, other.refresh):
        assert await refusal(call(draft.id)) == "not-found"
    assert await refusal(office.issue(new_id())) == "not-found"
    assert await refusal(office.draft("P9")) == "not-found"


async def test_an_issued_invoice_is_no_draft_any_more(office: Office) -> None:
    await office.hours("a", 60)
    invoice = await office.invoice()
    for call in (office.issue, office.delete, office.refresh):
        assert await refusal(call(invoice.id)) == "not-a-draft"


async def test_a_country_without_a_known_rate_needs_lines_that_bring_theirs(database: Database) -> None:
    office = await make_office(database, country="US")
    await office.work("a", "10.00")
    assert await refusal(office.draft()) == "vat-rate-unknown"
    assert await refusal(office.advance("10.00")) == "vat-rate-unknown"
    assert (await office.advance("10.00", "7")).vat == Decimal("0.70")
