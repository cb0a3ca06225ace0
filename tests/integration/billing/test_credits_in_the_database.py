"""What the database itself keeps of credits, whatever code asks for it; and two who credit at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from services.billing.domain.credits import Wanted
from services.billing.handlers.crediting import CreditAsked, credit_invoice
from shared.database.bulk import execute
from shared.database.database import Database
from shared.http.problems import Problem
from tests.support.billing import reversed_
from tests.support.invoicing import NOON, Office, make_office

RESTRICT, CHECK, UNIQUE = "23001", "23514", "23505"


@pytest.fixture
async def office(database: Database) -> Office:
    """Invoice 2026-00001 of 100.00 and 40.00, of which C2026-00001 credited the second line."""
    office = await make_office(database)
    await office.work("a", "100.00")
    await office.work("b", "40.00")
    invoice = await office.invoice()
    await office.credit(invoice.id, Wanted(2))
    return office


async def refused(office: Office, statement: str) -> str:
    with pytest.raises(asyncpg.PostgresError) as error:
        async with office.firm.database.transaction() as session:
            await execute(session, statement, office.firm.code)
    return str(error.value.sqlstate)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        # More than is left of a line: in another credit, or by changing the sums.
        (
            "INSERT INTO line_credits (credit_line_id, line_id, invoice_id, by_invoice_id, organisation, amount)"
            " SELECT l.id, l.id, l.invoice_id, l.invoice_id, l.organisation, 100.01 FROM invoice_lines l"
            " WHERE l.organisation = $1 AND l.net = 100",
            CHECK,
        ),
        (
            "INSERT INTO line_credits (credit_line_id, line_id, invoice_id, by_invoice_id, organisation, amount)"
            " SELECT l.id, l.id, l.invoice_id, l.invoice_id, l.organisation, 0.01 FROM invoice_lines l"
            " WHERE l.organisation = $1 AND l.net = 40",
            CHECK,
        ),
        (
            "INSERT INTO line_credits (credit_line_id, line_id, invoice_id, by_invoice_id, organisation, amount)"
            " SELECT l.id, l.id, l.invoice_id, l.invoice_id, l.organisation, -0.01 FROM invoice_lines l"
            " WHERE l.organisation = $1 AND l.net = 100",
            CHECK,
        ),
        ("UPDATE credited_lines SET credited = 40.01 WHERE organisation = $1", CHECK),
        # More than the invoice at a rate, of its VAT, or in all.
        ("UPDATE credited_rates SET credited_net = 140.01 WHERE organisation = $1", CHECK),
        ("UPDATE credited_rates SET credited_vat = 29.41 WHERE organisation = $1", CHECK),
        ("UPDATE invoices SET credited = 169.41 WHERE organisation = $1 AND type = 'regular'", CHECK),
        ("UPDATE invoices SET credited = -0.01 WHERE organisation = $1 AND type = 'regular'", CHECK),
        ("UPDATE invoices SET written_off = -0.01 WHERE organisation = $1 AND type = 'regular'", CHECK),
        # Facts are not changed, nor a credit note that is issued.
        ("UPDATE line_credits SET amount = 1 WHERE organisation = $1", RESTRICT),
        ("DELETE FROM line_credits WHERE organisation = $1", RESTRICT),
        ("DELETE FROM share_credits WHERE organisation = $1", RESTRICT),
        ("UPDATE share_credits SET whole = 0 WHERE organisation = $1", RESTRICT),
        ("UPDATE invoice_credits SET vat = 0 WHERE organisation = $1", RESTRICT),
        ("DELETE FROM invoices WHERE organisation = $1 AND type = 'credit note'", RESTRICT),
        ("UPDATE invoices SET reason = 'x' WHERE organisation = $1 AND type = 'credit note'", RESTRICT),
        ("UPDATE invoices SET credits_invoice_id = NULL WHERE organisation = $1 AND type = 'credit note'", RESTRICT),
        ("UPDATE invoice_lines SET credits_line_id = NULL WHERE organisation = $1", RESTRICT),
        # What came back came back once, as it was billed, and only what was billed comes back.
        (
            "INSERT INTO ledger_rows (organisation, account_id, kind, entry_id, entry_version, parts, day,"
            " releases_row_id) SELECT organisation, account_id, kind, entry_id, entry_version, parts, day,"
            " releases_row_id FROM ledger_rows WHERE organisation = $1 AND kind = 'released'",
            UNIQUE,
        ),
        (
            "INSERT INTO ledger_rows (organisation, account_id, kind, entry_id, entry_version, parts, day,"
            " releases_row_id) SELECT organisation, account_id, 'released', entry_id, entry_version, parts + 1, day,"
            " id FROM ledger_rows WHERE organisation = $1 AND kind = 'accrual' AND parts = 600000",
            RESTRICT,
        ),
        (
            "INSERT INTO ledger_rows (organisation, account_id, kind, entry_id, entry_version, parts, day,"
            " releases_row_id) SELECT organisation, account_id, kind, entry_id, entry_version, parts, day,"
            " id FROM ledger_rows WHERE organisation = $1 AND kind = 'released'",
            RESTRICT,
        ),
        (
            "INSERT INTO ledger_rows (organisation, account_id, kind, parts, day)"
            " SELECT organisation, account_id, 'released', parts, day FROM ledger_rows"
            " WHERE organisation = $1 LIMIT 1",
            CHECK,
        ),
        # A credit note gives back, and only a credit note credits.
        (
            "INSERT INTO invoices (id, organisation, type, origin, state, customer, currency, selection, vat_country,"
            " vat_treatment, net, vat, to_pay, vat_lines, created_by) VALUES (gen_random_uuid(), $1, 'credit note',"
            " 'credit', 'draft', 'ACME', 'EUR', '{}', 'NL', 'standard', 1, 0, 1, '[]', 'x')",
            CHECK,
        ),
        (
            "INSERT INTO customer_credits (id, organisation, customer, why, invoice_id, credit_note_id, amount,"
            " currency) SELECT gen_random_uuid(), organisation, customer, 'credited', id, id, -1, 'EUR' FROM invoices"
            " WHERE organisation = $1 LIMIT 1",
            CHECK,
        ),
    ],
)
async def test_the_database_refuses(office: Office, statement: str, why: str) -> None:
    assert await refused(office, statement) == why


async def test_a_customers_credit_is_never_below_zero(office: Office) -> None:
    paid = await office.advance("10.00")
    await office.pay(paid.id, "22.10", "1")
    spend = """
    INSERT INTO customer_credits (id, organisation, customer, why, payment_id, amount, currency)
    SELECT gen_random_uuid(), organisation, 'ACME', 'used', NULL, -10.01, 'EUR' FROM payments WHERE organisation = $1
    """
    assert await refused(office, spend) == CHECK
    assert await refused(office, "UPDATE customer_balances SET amount = -0.01 WHERE organisation = $1") == CHECK
    assert await refused(office, "DELETE FROM customer_credits WHERE organisation = $1") == RESTRICT


async def outcomes(calls: Sequence[Coroutine[Any, Any, Any]]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for result in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(result, Problem):
            counted[result.slug] += 1
        elif isinstance(result, BaseException):
            raise result
        else:
            counted["done"] += 1
    return counted


async def test_two_who_credit_the_same_invoice_at_once(office: Office) -> None:
    (invoice,) = await office.firm.query("SELECT id FROM invoices WHERE organisation = $1 AND type = 'regular'")
    ended = await outcomes([office.credit(invoice["id"]) for _ in range(5)])
    assert ended == {"done": 1, "exceeds-remaining": 4}
    assert await office.firm.unbilled() == 140
    await office.check_invariants()


async def test_parts_of_a_line_credited_at_once_are_never_more_than_the_line(office: Office) -> None:
    (invoice,) = await office.firm.query("SELECT id FROM invoices WHERE organisation = $1 AND type = 'regular'")
    ended = await outcomes([office.credit(invoice["id"], Wanted(1, Decimal("30.00"))) for _ in range(6)])
    assert ended == {"done": 3, "exceeds-remaining": 3}
    await office.check_invariants()


async def test_without_the_locks_the_sums_still_hold(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever forgets to lock is refused by the checks of the sums."""
    (invoice,) = await office.firm.query("SELECT id FROM invoices WHERE organisation = $1 AND type = 'regular'")

    async def none(*_: object, **__: object) -> list[Any]:
        return []

    async def unlocked(session: Any, organisation: str, invoice_id: Any) -> dict[str, Any]:
        from services.billing.queries import invoices

        row = await invoices.find(session, organisation, invoice_id)
        assert row is not None
        return dict(row)

    monkeypatch.setattr("services.billing.queries.invoicing.lock_accounts_of", none)
    monkeypatch.setattr("services.billing.queries.drafts.lock_invoice", unlocked)
    gate = asyncio.Barrier(2)

    async def credit() -> None:
        async with office.firm.database.transaction() as session:
            await execute(session, "SELECT 1")
            await gate.wait()
            order = CreditAsked(office.by, NOON, lines=(Wanted(1, Decimal("60.00")),))
            await credit_invoice(session, office.firm.code, invoice["id"], order)

    results = await asyncio.gather(credit(), credit(), return_exceptions=True)
    failed = [one for one in results if isinstance(one, BaseException)]
    assert len(failed) == 1
    assert isinstance(failed[0], Problem | asyncpg.CheckViolationError)
    await office.check_invariants()


async def test_everything_at_once_with_credits(office: Office) -> None:
    """Credits, payments, reversals, invoices and advances on one project: nothing is credited or billed twice."""
    advance = await office.advance("25.00")
    entries = [office.firm.approved(f"e{n}", kind="expense", quantity="1", unit_price="10.00") for n in range(12)]
    await office.firm.post(*entries)
    invoice = await office.invoice(way="phases")
    calls: list[Coroutine[Any, Any, Any]] = []
    for n in range(6):
        calls += [
            office.credit(invoice.id, Wanted(n + 1)),
            office.credit(invoice.id, Wanted(n + 1, Decimal("4.00"))),
            office.firm.post(reversed_(entries[n])),
            office.pay(invoice.id, "7.00", f"B{n}"),
            office.give_back(),
            office.invoice(way="phases"),
        ]
    calls += [office.credit(advance.id, Wanted(1, Decimal("5.00"))), office.credit(invoice.id)]
    ended = await outcomes(calls)
    assert set(ended) <= {"done", "exceeds-remaining", "nothing-to-invoice", "draft-outdated"}
    await office.check_invariants()
    await outcomes([office.give_back(), office.credit(invoice.id), office.invoice(way="phases")])
    await office.check_invariants()
