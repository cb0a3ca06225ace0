"""The self-check: finds nothing while all is well, and each check finds what somebody changed by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from deploy.local import Stack
from services.billing.domain.credits import Wanted
from services.billing.handlers.self_check import FINDINGS, check_now, last_check, self_check_sweep
from services.billing.handlers.write_offs import write_off
from services.billing.queries.self_check import CHECKS, ahead, costs
from services.billing.queries.self_check.check import Finding
from services.billing.queries.self_check.run import run_check
from shared.database.bulk import execute
from shared.database.database import Database
from shared.database.migrations import migrate
from tests.support.billing import NOW, reversed_, withdrawn
from tests.support.invoicing import NOON, Office, make_office
from tests.support.tampering import found_after

LATER = NOW + timedelta(days=1)


@pytest.fixture(scope="module")
async def database(stack: Stack) -> AsyncIterator[Database]:
    """A database of its own: what is changed by hand here is nobody else's."""
    url = stack.fresh_database("billing")
    database = Database(url, application_name="tests")
    await migrate(database, "services.billing.migrations")
    yield database
    await database.close()
    stack.drop_database(url)


@pytest.fixture(scope="module")
async def office(database: Database) -> Office:
    """An office in which a bit of everything has happened."""
    office = await make_office(database)
    firm = office.firm
    await firm.rate("organisation", price="74.99")
    await firm.phase("P1", "FX", method="fixed price", price=Decimal("1000.00"))
    for number in range(3):
        await office.hours(f"t{number}", 20)
    await office.advance("50.00")
    billed = firm.approved("billed", kind="expense", quantity="1", unit_price="100.00")
    await firm.post(billed)
    invoice = await office.invoice(way="phases")
    await office.pay(invoice.id, "100.00", "BANK-1")
    await office.pay(invoice.id, "100.00", "BANK-2")
    await office.advance("500.00")
    await firm.post(reversed_(billed))  # to be given back
    await office.hours("drafted", 60)
    await office.work("drafted too", "400.00")
    await office.draft(way="phases")
    netted = firm.approved("netted")
    await firm.post(netted, reversed_(netted))
    await office.hours("open", 45)
    await office.hours("fixed", 60, phase="FX")
    await office.hours("waits", 60, project="NEW")
    early = firm.approved("early")
    await firm.post(withdrawn(early))
    await firm.post(early)
    await _credits(office)
    await make_office(database)  # another organisation, which has nothing
    return office


async def _credits(office: Office) -> None:
    """Every kind of credit, on a project of its own."""
    firm = office.firm
    await firm.project("PC")
    entries = {
        ref: firm.approved(ref, project="PC", minutes=20) for ref in ("back", "kept", "reduced", "given", "again")
    }
    await firm.post(*entries.values())
    invoice = await office.invoice("PC")
    await office.credit(invoice.id, Wanted(1))
    await office.credit(invoice.id, Wanted(2), keep=True)
    await office.credit(invoice.id, Wanted(3, Decimal("7.00")))
    await firm.post(reversed_(entries["kept"]), reversed_(entries["given"]), reversed_(entries["again"]))
    other = await office.advance("90.00", project="PC")
    await office.pay(other.id, "100.00", "BANK-C")
    await office.give_back("PC")
    await office.credit(other.id, Wanted(1, Decimal("40.00")), refund=True)
    await office.work("deducting", "60.00", project="PC")
    third = await office.invoice("PC", "phases")
    await office.credit(third.id)
    small = await office.advance("10.00", project="PC")
    await office.pay(small.id, "12.05", "BANK-D")
    async with firm.database.transaction() as session:
        await write_off(session, firm.code, small.id, None, reason="small", by="anna", now=NOON)


async def look(session: AsyncSession, organisation: str | None) -> list[Finding]:
    found: list[Finding] = []
    for check in CHECKS:
        found += await run_check(session, check, organisation, LATER)
    return found


async def test_all_is_well(database: Database, office: Office) -> None:
    for organisation in (office.firm.code, None):
        checked = await check_now(database, lambda: LATER, organisation)
        assert (checked.findings, checked.run.findings, list(checked.run.checks)) == (
            [],
            0,
            [check.name for check in CHECKS],
        )


_ROW = "SELECT id FROM ledger_rows WHERE organisation = $1 AND name = '{}' AND kind = '{}'"
_ISSUED = "SELECT id FROM invoices WHERE organisation = $1 AND state = 'paid' AND type = 'regular'"
_ANOTHER = "(SELECT code FROM organisations WHERE code <> $1 ORDER BY created_at LIMIT 1)"


def row(name: str, kind: str = "accrual") -> str:
    return f"({_ROW.format(name, kind)})"


#: What somebody does to the rows, and which checks see it. ``$1`` is the organisation.
TAMPERED: dict[str, tuple[str, set[str]]] = {
    "a balance": (
        "UPDATE accounts SET unbilled_parts = unbilled_parts + 1 WHERE organisation = $1 AND project = 'P1'",
        {"balance-is-ledger", "balance-is-listed"},
    ),
    "an amount in the ledger": (
        f"UPDATE ledger_rows SET parts = parts + 0.0001 WHERE id = {row('open')}",
        {"balance-is-ledger", "balance-is-listed", "open-rows", "pieces"},
    ),
    "a row that is gone": (
        f"DELETE FROM ledger_rows WHERE id = {row('open')}",
        {"balance-is-ledger", "balance-is-listed"},
    ),
    "minutes of a piece": (
        f"UPDATE ledger_rows SET pieces = jsonb_set(pieces, '{{0,minutes}}', '44') WHERE id = {row('open')}",
        {"pieces"},
    ),
    "an open row that is claimed": (
        f"DELETE FROM open_rows WHERE row_id = {row('open')}",
        {"balance-is-listed", "open-rows", "open-balances"},
    ),
    "what is open": (
        "UPDATE open_balances SET rows = rows + 1 WHERE organisation = $1 AND rows > 0",
        {"open-balances"},
    ),
    "a reversal of another amount": (
        f"UPDATE ledger_rows SET parts = parts - 60 WHERE id = {row('netted', 'reversal')}",
        {"reversals", "netted", "balance-is-ledger"},
    ),
    "a claim that is gone": (
        f"DELETE FROM ledger_claims WHERE row_id = {row('t0')}",
        {"open-rows", "lines-hold-claims", "billed-is-claimed"},
    ),
    "a claim of half a row": (
        f"UPDATE line_shares SET parts = parts / 2 WHERE row_id = {row('t0')}",
        {"claims-are-whole", "line-net"},
    ),
    "a draft's claim that says issued": (
        f"UPDATE ledger_claims SET how = 'issued' WHERE row_id = {row('drafted')}",
        {"claims-are-whole", "billed-is-claimed"},
    ),
    "an advance that is settled twice": (
        "UPDATE advances SET settled = settled + 1 WHERE organisation = $1 AND settled = 0",
        {"advances-add-up", "advance-open"},
    ),
    "a deduction": (
        f"UPDATE deductions SET amount = amount - 1 WHERE organisation = $1 AND invoice_id = ({_ISSUED})",
        {"advances-add-up"},
    ),
    "what is open in advances": (
        "UPDATE accounts SET advance_open = advance_open + 0.01 WHERE organisation = $1 AND project = 'P1'",
        {"advance-open"},
    ),
    "an advance that is gone": (
        "DELETE FROM advances WHERE organisation = $1 AND settled = 0",
        {"advances-are-invoiced", "advance-open"},
    ),
    "a number": (
        "UPDATE invoices SET sequence = 77, previous_sequence = 76 WHERE organisation = $1 AND sequence = 3",
        {"numbers", "series"},
    ),
    "a date": (
        "UPDATE invoices SET issue_date = issue_date + 40 WHERE organisation = $1 AND sequence = 1",
        {"numbers"},
    ),
    "where a series stands": (
        "UPDATE number_series SET last_sequence = last_sequence + 1 WHERE organisation = $1",
        {"series"},
    ),
    "an entry that waits and is accrued": (
        "INSERT INTO suspense (organisation, entry_id, version, reason, generation, name, event)"
        " SELECT organisation, entry_id, entry_version, 'no-rate', 1, name, '{}' FROM ledger_rows"
        f" WHERE id = {row('open')}",
        {"facts-kept-once"},
    ),
    "an entry of which two versions are accrued": (
        "WITH one AS (SELECT * FROM ledger_rows WHERE organisation = $1 AND name = 'open')"
        " INSERT INTO ledger_rows (organisation, account_id, kind, entry_id, entry_version, parts, day, name,"
        " created_at) SELECT organisation, account_id, kind, entry_id, 9, 0, day, name, created_at FROM one",
        {"entries-billed-once", "open-rows"},
    ),
    "an entry that was taken back before it came, and is accrued": (
        "INSERT INTO pending_reversals (organisation, entry_id, version, reversed_by, met_at)"
        f" SELECT organisation, entry_id, entry_version, 3, now() FROM ledger_rows WHERE id = {row('open')}",
        {"early-reversals-met"},
    ),
    "a reversal whose approval was lost": (
        "UPDATE pending_reversals SET met_at = NULL, since = '2026-03-01' WHERE organisation = $1",
        {"reversals-have-approvals"},
    ),
    "an entry on another invoice": (
        "UPDATE billed_entries SET invoice_id = (SELECT id FROM invoices WHERE organisation = $1"
        " AND type = 'advance' LIMIT 1) WHERE organisation = $1",
        {"entries-placed"},
    ),
    "an entry that nobody knows as billed": ("DELETE FROM billed_entries WHERE organisation = $1", {"entries-placed"}),
    "a line": (
        "UPDATE invoice_lines SET net = net + 0.01 WHERE organisation = $1 AND kind = 'expense'",
        {"line-net", "invoice-net", "invoice-vat"},
    ),
    "VAT of a rate": (
        "UPDATE invoices SET vat_lines = jsonb_set(vat_lines, '{0,vat}', '\"99.99\"') WHERE organisation = $1"
        f" AND id = ({_ISSUED})",
        {"invoice-vat", "invoice-to-pay"},
    ),
    "what is to be paid": (
        f"UPDATE invoices SET vat = vat + 1, to_pay = to_pay + 1 WHERE organisation = $1 AND id = ({_ISSUED})",
        {"invoice-to-pay", "customer-credit"},
    ),
    "a write-off": ("UPDATE write_offs SET amount = amount + 1 WHERE organisation = $1", {"written-off"}),
    "a payment": ("UPDATE payments SET amount = amount + 1 WHERE organisation = $1", {"paid"}),
    "a state": (
        "UPDATE invoices SET state = 'partly_paid' WHERE organisation = $1 AND state = 'paid'",
        {"states"},
    ),
    "a credit of a customer": ("DELETE FROM customer_credits WHERE organisation = $1", {"customer-credit"}),
    "what is credited of a line": (
        "UPDATE credited_lines SET credited = credited - 0.01 WHERE organisation = $1 AND credited > 0",
        {"credited-lines"},
    ),
    "what is credited of an invoice": (
        "UPDATE invoices SET credited = credited + 1 WHERE organisation = $1 AND credited > 0"
        " AND credited + 1 < to_pay",
        {"credited-invoices"},
    ),
    "what a credit note undoes": (
        "UPDATE invoice_credits SET net = net + 1 WHERE organisation = $1",
        {"credit-notes", "credited-invoices"},
    ),
    "VAT that is credited": (
        "UPDATE credited_rates SET credited_vat = credited_vat - 0.01 WHERE organisation = $1",
        {"credited-vat"},
    ),
    "a row that came back too soon": (
        "DELETE FROM share_credits WHERE organisation = $1 AND whole = 1",
        {"came-back"},
    ),
    "what a customer has": (
        "UPDATE customer_balances SET amount = amount + 1 WHERE organisation = $1",
        {"credit-balances"},
    ),
    "a refund": ("UPDATE refunds SET amount = amount + 1 WHERE organisation = $1", {"refunds"}),
    "an invoice of another organisation": (
        f"UPDATE payments SET organisation = {_ANOTHER} WHERE organisation = $1 AND reference = 'BANK-1'",
        {"one-organisation"},
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_what_is_changed_by_hand_is_found(superuser: Database, office: Office, what: str) -> None:
    """As a superuser can, past constraints and triggers; rolled back afterwards."""
    statement, sees = TAMPERED[what]
    found = await found_after(
        superuser,
        office.firm.code,
        statement,
        CHECKS,
        LATER,
        of=None,
        constraints=("ck_invoices_no_gap", "ck_invoices_to_pay"),
    )
    assert sees <= {finding.check for finding in found}, found
    assert all(finding.what and finding.id and finding.expected != finding.found for finding in found), found


async def test_every_check_is_seen_to_find_something() -> None:
    elsewhere = {check.name for check in (*ahead.CHECKS, *costs.CHECKS)}  # test_self_check_ahead.py, …_costs.py
    assert {check.name for check in CHECKS} - elsewhere == set().union(*(sees for _, sees in TAMPERED.values()))


async def test_findings_are_of_one_organisation_where_it_asks(database: Database, office: Office) -> None:
    other = await make_office(database)
    async with database._sessions() as session, session.begin() as transaction:
        await execute(session, "UPDATE accounts SET unbilled_parts = 60 WHERE organisation = $1", other.firm.code)
        assert await look(session, office.firm.code) == []
        found = await look(session, other.firm.code)
        await transaction.rollback()
    assert {(f.organisation, f.what, f.expected, f.found) for f in found} == {
        (other.firm.code, "project P1", "0", "0.01"),
        (other.firm.code, "customer ACME", "0", "0.01"),
    }


async def test_what_is_found_is_kept_and_shown_as_a_metric(database: Database) -> None:
    office = await make_office(database)
    change = "UPDATE accounts SET unbilled_parts = unbilled_parts + $2 WHERE organisation = $1 AND project = 'P1'"
    await _do(database, change, office.firm.code, 6000)
    sweep = self_check_sweep(timedelta(hours=1))
    try:
        later = LATER + timedelta(hours=2)
        assert await sweep.run(database, lambda: later) == 0
        assert FINDINGS.labels("balance-is-ledger")._value.get() == 1
        assert FINDINGS.labels("numbers")._value.get() == 0
        kept = await last_check(database, office.firm.code)
        assert kept is not None
        assert kept.run.organisation is None, "all were looked at"
        assert {(f.check, f.found) for f in kept.findings} == {("balance-is-ledger", "1"), ("balance-is-listed", "1")}
    finally:
        await _do(database, change, office.firm.code, -6000)
    # Within the hour the other processes show what was found, and do not look again.
    await sweep.run(database, lambda: later + timedelta(minutes=59))
    assert FINDINGS.labels("balance-is-ledger")._value.get() == 1
    await sweep.run(database, lambda: later + timedelta(minutes=60))
    assert FINDINGS.labels("balance-is-ledger")._value.get() == 0


async def test_facts_under_way_between_two_topics_have_time_to_meet(database: Database) -> None:
    office = await make_office(database)
    await office.firm.rate("organisation")
    first = office.firm.approved("moved")
    await office.firm.post(first, office.firm.approved("moved", 4, project=None, customer="ACME"))
    (check,) = (check for check in CHECKS if check.name == "entries-billed-once")
    async with database.transaction() as session:
        assert await run_check(session, check, office.firm.code, NOW - timedelta(minutes=1)) == []
        (finding,) = await run_check(session, check, office.firm.code, LATER)
        assert finding.found == "versions 2, 4"
    await office.firm.post(reversed_(first))
    async with database.transaction() as session:
        assert await run_check(session, check, office.firm.code, LATER) == []


async def _do(database: Database, statement: str, *args: Any) -> None:
    async with database.transaction() as session:
        await execute(session, statement, *args)
