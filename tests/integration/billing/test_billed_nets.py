"""What is announced of each entry: what issued invoices bill of it in all, adding up to their lines."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest

from shared.database.database import Database
from tests.support.billing import Firm, published, reversed_
from tests.support.invoicing import Office, make_office


@pytest.fixture
async def office(database: Database) -> Office:
    office = await make_office(database)
    await office.firm.rate("project", "P1", "74.99")
    return office


@pytest.fixture
def firm(office: Office) -> Firm:
    return office.firm


async def announced(firm: Firm) -> dict[UUID, Decimal]:
    """Entry → net, of the last invoice."""
    async with firm.database.transaction() as session:
        event = (await published(session, firm.code, "billing.invoices.v1"))[-1]
    return {UUID(entry["entry_id"]): Decimal(entry["net"]) for entry in event["entries"]}


async def test_entries_of_a_grouped_line_add_up_to_it(office: Office, firm: Firm) -> None:
    await firm.prefers("organisation", grouping="per phase")
    entries = [firm.approved(ref, minutes=minutes) for ref, minutes in (("a", 20), ("b", 20), ("c", 21))]
    await firm.post(*entries)

    invoice = await office.invoice()

    nets = await announced(firm)
    assert [line.net for line in invoice.lines] == [Decimal("76.24")]
    assert sum(nets.values()) == Decimal("76.24")
    assert [nets[entry.entry_id] for entry in entries] == [Decimal("24.9967"), Decimal("24.9967"), Decimal("26.2466")]


async def test_an_entry_with_dearer_pieces_has_the_sum_of_its_lines(office: Office, firm: Firm) -> None:
    pieces = [
        {"minutes": 60, "hour_type": "WORK", "surcharge": "0"},
        {"minutes": 60, "hour_type": "WORK", "surcharge": "50"},
    ]
    entry = firm.approved("a", minutes=120, pieces=pieces)
    await firm.post(entry)

    invoice = await office.invoice()

    assert len(invoice.lines) == 2
    assert await announced(firm) == {entry.entry_id: sum(line.net for line in invoice.lines)}


async def test_what_is_given_back_comes_off_what_was_billed_before(office: Office, firm: Firm) -> None:
    first = firm.approved("a", minutes=240)
    await firm.post(first)
    await office.invoice()
    assert await announced(firm) == {first.entry_id: Decimal("299.96")}
    again, other = firm.approved("a", version=4, minutes=180), firm.approved("b", minutes=600)
    await firm.post(reversed_(first), again, other)

    await office.invoice()

    assert await announced(firm) == {again.entry_id: Decimal("224.97"), other.entry_id: Decimal("749.90")}


async def test_what_is_given_back_whole_is_worth_nothing(office: Office, firm: Firm) -> None:
    first = firm.approved("a", minutes=60)
    await firm.post(first)
    await office.invoice()
    other = firm.approved("b", minutes=600)
    await firm.post(reversed_(first), other)

    await office.invoice()

    assert await announced(firm) == {first.entry_id: Decimal(0), other.entry_id: Decimal("749.90")}
