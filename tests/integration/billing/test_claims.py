"""What is taken back after an invoice had taken it: out of a draft, given back after an issued invoice."""

from __future__ import annotations

from tests.support.billing import Firm, reversed_, withdrawn
from tests.support.invoicing import make_office, refusal


async def test_a_row_in_a_draft_leaves_it_and_the_draft_says_so(firm: Firm) -> None:
    office = await make_office(firm.database)
    firm = office.firm
    await firm.rate("project", "P1", "60.00")
    taken, kept = firm.approved("taken"), firm.approved("kept", minutes=30)
    await firm.post(taken, kept)
    draft = await office.draft()
    await firm.post(withdrawn(taken))

    assert (await office.show(draft.id)).outdated
    assert await refusal(office.issue(draft.id)) == "draft-outdated"
    assert await firm.unbilled() == 30
    refreshed = await office.refresh(draft.id)
    assert (refreshed.outdated, refreshed.net) == (False, 30)
    await office.issue(draft.id)
    assert await firm.unbilled() == 0
    await office.check_invariants()


async def test_a_row_on_an_issued_invoice_is_given_back(firm: Firm) -> None:
    office = await make_office(firm.database)
    firm = office.firm
    await firm.rate("project", "P1", "60.00")
    entry = firm.approved("a")
    await firm.post(entry)
    await office.invoice()
    await firm.post(reversed_(entry))
    await firm.post(reversed_(entry))

    assert await firm.unbilled() == -60
    rows = await firm.ledger()
    assert [(row["kind"], row["how"], row["parts"] / 6000) for row in rows] == [
        ("accrual", "issued", 60),
        ("billed", None, -60),
        ("reversal", None, -60),
    ]
    assert await refusal(office.invoice()) == "nothing-to-invoice"

    await firm.post(firm.approved("b", minutes=90))
    settled = await office.invoice()
    assert settled.net == 30
    assert await firm.unbilled() == 0
    await office.check_invariants()


async def test_one_batch_takes_back_what_is_free_drafted_and_billed(firm: Firm) -> None:
    office = await make_office(firm.database)
    firm = office.firm
    await firm.project("P2")
    await firm.rate("organisation", price="60.00")
    billed, drafted, free = firm.approved("billed"), firm.approved("drafted", project="P2"), firm.approved("free")
    await firm.post(billed, drafted)
    await office.invoice("P1")
    draft = await office.draft("P2")
    await firm.post(free)
    await firm.post(*map(reversed_, (billed, drafted, free)), firm.approved("new", project="P2", minutes=10))

    assert (await firm.unbilled("P1"), await firm.unbilled("P2")) == (-60, 10)
    assert (await office.show(draft.id)).outdated
    await office.check_invariants()
