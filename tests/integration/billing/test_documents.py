"""Documents after issue: queued with it, made once, kept for good; nothing is lost when who makes them is killed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from importlib.resources import files
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from alembic import command
from sqlalchemy import Connection

from services.billing.documents.content import DocumentKind
from services.billing.documents.outcomes import NotMade, Order, Reason, Result, failed
from services.billing.documents.press import Press
from services.billing.domain.credits import Wanted
from services.billing.handlers.documents import make_waiting
from services.billing.queries import documents
from services.billing.schemas.invoices import InvoiceOut
from shared.clock import system_clock
from shared.database.bulk import execute, fetch
from shared.database.database import Database
from shared.database.migrations import alembic_config, migrate
from shared.ids import entry_id_of_ref
from tests.support.billing import reversed_
from tests.support.documents import EInvoice, Said, check_cents, rules
from tests.support.invoicing import NOON, Office, make_office


@pytest.fixture(scope="module")
async def press() -> AsyncIterator[Press]:
    press = Press()
    yield press
    press.close()


@pytest.fixture
async def office(own_database: Database) -> Office:
    return await make_office(own_database)


def said(invoice: InvoiceOut) -> Said:
    return Said.of_json(invoice.model_dump())


async def of(office: Office, invoice_id: UUID) -> dict[str, Any]:
    rows = await office.firm.query(
        "SELECT * FROM documents WHERE organisation = $1 AND invoice_id = $2 ORDER BY kind", invoice_id
    )
    return {row["kind"]: dict(row) for row in rows}


async def queued(office: Office) -> int:
    (row,) = await office.firm.query("SELECT count(*) AS number FROM document_queue WHERE organisation = $1")
    return int(row["number"])


async def test_made_after_issue_valid_and_to_the_cent(office: Office, press: Press) -> None:
    advance = await office.advance("100.00", "21")
    await office.work("e1", "333.33", description="Pomp")
    await office.work("e2", "12.50", vat_rate="9")
    invoice = await office.invoice(way="phases")
    assert await queued(office) == 2
    assert await make_waiting(office.firm.database, system_clock, press, 10) == 2
    assert await queued(office) == 0
    for issued in (advance, invoice):
        made = await of(office, issued.id)
        assert {kind: row["state"] for kind, row in made.items()} == {"e-invoice": "made", "pdf": "made"}
        for row in made.values():
            assert row["sha256"] == hashlib.sha256(row["content"]).digest()
        document = made["e-invoice"]["content"]
        assert rules().broken(document) == []
        check_cents(document, said(issued))
    assert await make_waiting(office.firm.database, system_clock, press, 10) == 0


async def test_nothing_changes_what_was_made(office: Office, press: Press) -> None:
    invoice = await office.advance("1.00")
    await make_waiting(office.firm.database, system_clock, press, 10)
    before = await of(office, invoice.id)
    for statement in (
        "UPDATE documents SET content = 'x', sha256 = sha256('x'), size = 1 WHERE invoice_id = $1",
        "UPDATE documents SET state = 'waiting', content = NULL, sha256 = NULL, size = NULL, made_at = NULL"
        " WHERE invoice_id = $1",
        "DELETE FROM documents WHERE invoice_id = $1",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            async with office.firm.database.transaction() as session:
                await execute(session, statement, invoice.id)
    async with office.firm.database.transaction() as session:
        assert not await documents.retry(session, office.firm.code, invoice.id, "pdf", NOON)
        await documents.keep(session, [(invoice.id, "pdf", b"other")], NOON)
    assert await of(office, invoice.id) == before


async def test_a_wrong_hash_is_refused(office: Office) -> None:
    invoice = await office.advance("1.00")
    with pytest.raises(asyncpg.CheckViolationError):
        async with office.firm.database.transaction() as session:
            await execute(
                session,
                "UPDATE documents SET state = 'made', content = 'x', sha256 = sha256('y'), size = 1, made_at = now()"
                " WHERE invoice_id = $1",
                invoice.id,
            )


class Broken(Press):
    """Its documents fail, as long as it is told so."""

    def __init__(self, outcome: NotMade | None) -> None:
        super().__init__()
        self.outcome = outcome

    async def make(self, orders: Sequence[Order]) -> list[Result]:
        if self.outcome is None:
            raise asyncio.CancelledError  # as when the process is ended in the middle
        return [Result(order.invoice_id, dict.fromkeys(order.wanted, self.outcome)) for order in orders]


async def test_what_failed_says_why_and_is_made_when_tried_again(office: Office, press: Press) -> None:
    invoice = await office.advance("1.00")
    wrong = Broken(failed(Reason.INVALID, "[BR-1] it is wrong"))
    assert await make_waiting(office.firm.database, system_clock, wrong, 10) == 1
    made = await of(office, invoice.id)
    assert {(row["state"], row["reason"], row["detail"]) for row in made.values()} == {
        ("failed", "invalid-e-invoice", "[BR-1] it is wrong")
    }
    assert await make_waiting(office.firm.database, system_clock, press, 10) == 0, "it waits for a person"
    for kind in DocumentKind:
        async with office.firm.database.transaction() as session:
            assert await documents.retry(session, office.firm.code, invoice.id, kind.value, NOON)
    assert await queued(office) == 1
    await make_waiting(office.firm.database, system_clock, press, 10)
    assert {row["state"] for row in (await of(office, invoice.id)).values()} == {"made"}


async def test_a_pdf_that_comes_later_carries_the_same_e_invoice(office: Office, press: Press) -> None:
    invoice = await office.advance("1.00")

    class NoPdf(Press):
        async def make(self, orders: Sequence[Order]) -> list[Result]:
            (result,) = await press.make(orders)
            outcomes = {**result.outcomes, DocumentKind.PDF: failed(Reason.NOT_TYPESET, "no paper")}
            return [Result(result.invoice_id, outcomes)]

    await make_waiting(office.firm.database, system_clock, NoPdf(), 10)
    async with office.firm.database.transaction() as session:
        await documents.retry(session, office.firm.code, invoice.id, "pdf", NOON)
    await make_waiting(office.firm.database, system_clock, press, 10)
    made = await of(office, invoice.id)
    assert made["pdf"]["state"] == "made"
    assert b"e-invoice.xml" in made["pdf"]["content"]


async def test_a_kill_in_the_middle_loses_nothing(office: Office, press: Press) -> None:
    invoice = await office.advance("1.00")
    with pytest.raises(asyncio.CancelledError):
        await make_waiting(office.firm.database, system_clock, Broken(None), 10)
    assert await queued(office) == 1
    assert {row["state"] for row in (await of(office, invoice.id)).values()} == {"waiting"}
    assert await make_waiting(office.firm.database, system_clock, press, 10) == 1
    assert {row["state"] for row in (await of(office, invoice.id)).values()} == {"made"}


async def test_two_share_the_work_and_make_nothing_twice(office: Office) -> None:
    issued = [(await office.advance("1.00")).id for _ in range(6)]
    taken: list[UUID] = []
    both = asyncio.Barrier(2)

    class Counting(Press):
        async def make(self, orders: Sequence[Order]) -> list[Result]:
            taken.extend(order.invoice_id for order in orders)
            await asyncio.wait_for(both.wait(), 10)  # both hold their batch now
            reason = failed(Reason.ERROR, "x")
            return [Result(order.invoice_id, dict.fromkeys(order.wanted, reason)) for order in orders]

    database = office.firm.database
    done = await asyncio.gather(*(make_waiting(database, system_clock, Counting(), 3) for _ in range(2)))
    assert done == [3, 3]
    assert sorted(taken) == sorted(issued)


async def test_a_draft_has_none(office: Office) -> None:
    draft = await office.advance("1.00", issue=False)
    assert await of(office, draft.id) == {}
    assert await queued(office) == 0


async def test_what_was_issued_before_there_were_documents_gets_them(fresh_database: Callable[[str], str]) -> None:
    database = Database(fresh_database("billing"), application_name="tests")

    def before_documents(connection: Connection) -> None:
        command.upgrade(alembic_config(str(files("services.billing.migrations")), connection), "0007")

    async with database.engine.begin() as connection:
        await connection.run_sync(before_documents)
    async with database.transaction() as session:
        for statement in _OLD_INVOICES:
            await execute(session, statement)
    await migrate(database, "services.billing.migrations")
    async with database.transaction() as session:
        waiting = await fetch(
            session,
            """
            SELECT i.number, array_agg(d.kind ORDER BY d.kind) AS kinds, count(DISTINCT q.invoice_id) AS queued
            FROM invoices i LEFT JOIN documents d ON d.invoice_id = i.id AND d.state = 'waiting'
            LEFT JOIN document_queue q ON q.invoice_id = i.id GROUP BY i.id ORDER BY i.number
            """,
        )
    assert [tuple(row) for row in waiting] == [("2026-1", ["e-invoice", "pdf"], 1), (None, [None], 0)]
    await database.close()


_OLD_INVOICES = (
    """
    INSERT INTO organisations (code, version, name, country, currency, time_zone, language)
    VALUES ('old', 1, 'Old', 'NL', 'EUR', 'Europe/Amsterdam', 'nl')
    """,
    """
    INSERT INTO customers (organisation, code, version, name, kind, country, vat_treatment)
    VALUES ('old', 'C', 1, 'C', 'business', 'NL', 'standard')
    """,
    """
    INSERT INTO invoices (id, organisation, type, origin, state, customer, currency, selection, vat_country,
                          vat_treatment, net, vat, to_pay, vat_lines, created_by)
    SELECT gen_random_uuid(), 'old', 'advance', 'project', 'draft', 'C', 'EUR', '{}', 'NL', 'standard',
           0, 0, 0, '[]', 'x' FROM generate_series(1, 2)
    """,
    """
    UPDATE invoices SET state = 'issued', series = 'invoices', fiscal_year = 2026, sequence = 1, number = '2026-1',
        issue_date = '2026-01-01', due_date = '2026-01-01', payment_term = 'cash', seller = '{}', buyer = '{}',
        issued_at = now(), issued_by = 'x' WHERE id = (SELECT min(id::text)::uuid FROM invoices)
    """,
)


async def valid(office: Office, press: Press, *issued: InvoiceOut) -> list[EInvoice]:
    """Make what waits; each invoice has a valid e-invoice of its own amounts."""
    await make_waiting(office.firm.database, system_clock, press, 100)
    seen = []
    for invoice in issued:
        made = await of(office, invoice.id)
        assert {row["state"] for row in made.values()} == {"made"}, made
        document = made["e-invoice"]["content"]
        assert rules().broken(document) == []
        seen.append(check_cents(document, said(invoice)))
    return seen


async def test_credit_notes_of_all_ways(office: Office, press: Press) -> None:
    """Whole, by entries of a grouped line, and by amounts whose VAT adds up in steps."""
    await office.firm.prefers("organisation", grouping="per employee")
    await office.firm.rate("project", "P1", "74.99")
    await office.advance("33.33", "21")
    for ref, minutes in (("a", 20), ("b", 20), ("c", 20), ("d", 100)):
        await office.hours(ref, minutes)
    await office.work("e", "100.00", vat_rate="9", description="Pomp")
    first = await office.invoice(way="phases")
    entries = frozenset({entry_id_of_ref(office.firm.code, "a")})
    notes = [await office.credit(first.id, Wanted(1, entries=entries))]
    notes += [await office.credit(first.id, Wanted(1, Decimal(amount))) for amount in ("0.02", "0.02", "10.01")]
    notes.append(await office.credit(first.id, reason="Vergissing"))
    seen = await valid(office, press, first, *notes)
    assert {note.text("//cac:BillingReference//cbc:ID") for note in seen[1:]} == {first.number}
    assert seen[-1].text("/*/cbc:Note") == "Vergissing"


async def test_a_credit_note_of_what_is_to_be_given_back(office: Office, press: Press) -> None:
    await office.firm.rate("project", "P1", "60.00")
    approvals = [office.firm.approved(ref, minutes=60) for ref in ("a", "b")]
    invoices = []
    for approval in approvals:
        await office.firm.post(approval)
        invoices.append(await office.invoice())
    await office.firm.post(*(reversed_(approval) for approval in approvals))
    note = await office.give_back()
    (seen,) = await valid(office, press, note)
    assert seen.texts("//cac:BillingReference//cbc:ID") == [invoice.number for invoice in invoices]


async def test_what_is_given_back_on_an_invoice(office: Office, press: Press) -> None:
    await office.firm.rate("project", "P1", "60.00")
    approval = office.firm.approved("a", minutes=50)
    await office.firm.post(approval)
    await office.invoice()
    await office.firm.post(reversed_(approval))
    await office.hours("b", 200)
    invoice = await office.invoice()
    (seen,) = await valid(office, press, invoice)
    assert seen.texts("//cbc:InvoicedQuantity")[0].startswith("-")


async def test_a_big_one_is_made_alone(office: Office, press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "BIG", 3)
    await office.work("a", "1.00")
    await office.work("b", "1.00")
    big = await office.invoice()  # two lines, two entries
    small = await office.advance("1.00")
    assert await make_waiting(office.firm.database, system_clock, press, 10) == 1
    states = {row["state"] for row in (await of(office, small.id)).values()}
    assert states == {"made"}
    assert await make_waiting(office.firm.database, system_clock, press, 1, big=True) == 1
    assert {row["state"] for row in (await of(office, big.id)).values()} == {"made"}


async def test_an_invoice_that_cannot_be_read_fails_alone(office: Office, press: Press) -> None:
    """Its copy of the customer is broken, as one of an older version could be."""
    good, broken = await office.advance("1.00"), await office.advance("1.00", issue=False)
    async with office.firm.database.transaction() as session:
        await execute(session, _ISSUE_WITHOUT_COPIES, broken.id)
    assert await make_waiting(office.firm.database, system_clock, press, 10) == 2
    assert {row["state"] for row in (await of(office, good.id)).values()} == {"made"}
    failed = (await of(office, broken.id)).values()
    assert {(row["state"], row["reason"]) for row in failed} == {("failed", "error")}
    assert await queued(office) == 0


_ISSUE_WITHOUT_COPIES = """
UPDATE invoices SET state = 'issued', series = 'invoices', fiscal_year = 2026, sequence = 2, previous_sequence = 1,
    number = '2026-00002', issue_date = '2026-06-01', due_date = '2026-06-01', payment_term = 'cash', seller = '{}',
    buyer = '{}', issued_at = now(), issued_by = 'x' WHERE id = $1
"""
