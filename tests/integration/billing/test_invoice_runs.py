"""Many projects in one go: an invoice each, or one for each customer; killed anywhere, nothing is billed twice."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.billing.handlers import invoice_runs as runs
from services.billing.handlers.invoice_runs import RunAsked, cancel_run, start_run, sweep_invoice_runs
from services.billing.queries import invoice_runs, issuing
from shared.database.database import Database
from tests.support.invoicing import ADDRESS, NOON, Office, make_office, refusal


def clock() -> Any:
    return NOON


@pytest.fixture
async def office(database: Database) -> Office:
    """ACME has P1, P2 and P3; OTHER has Q1. All have 60.00 unbilled, and ACME's own account 15.00."""
    office = await make_office(database)
    firm = office.firm
    await firm.customer("OTHER", address=ADDRESS)
    for code in ("P2", "P3"):
        await firm.project(code)
    await firm.project("Q1", "OTHER")
    await firm.rate("organisation", price="60.00")
    for code in ("P1", "P2", "P3", "Q1"):
        await office.hours(f"e-{code}", project=code)
    await office.hours("own", 15, project=None, customer="ACME")
    return office


async def start(office: Office, per: Any = "project", *, issue: bool = True, **chosen: Any) -> UUID:
    async with office.firm.database.transaction() as session:
        run = await start_run(session, office.firm.code, RunAsked(per, issue, **chosen), "anna", NOON)
    return run.id


async def state(office: Office, run_id: UUID) -> tuple[str, invoice_runs.Counts]:
    async with office.firm.database.transaction() as session:
        run = await invoice_runs.find(session, office.firm.code, run_id)
        assert run is not None
        return run.state, (await invoice_runs.counts(session, [run_id]))[run_id]


async def finish(office: Office, run_id: UUID) -> invoice_runs.Counts:
    for _ in range(100):
        now, counts = await state(office, run_id)
        if now != "running":
            return counts
        await sweep_invoice_runs(office.firm.database, clock)
    raise AssertionError("the run does not end")


async def items(office: Office, run_id: UUID) -> list[tuple[Any, ...]]:
    async with office.firm.database.transaction() as session:
        rows = await invoice_runs.items(session, run_id, None, None, 100)
    return [(row["customer"], row["project"], row["outcome"], row["slug"], row["net"]) for row in rows]


async def test_an_invoice_for_each_project(office: Office) -> None:
    run_id = await start(office)
    assert await finish(office, run_id) == invoice_runs.Counts(5, 5)
    assert await items(office, run_id) == [
        ("ACME", None, "done", None, 15),
        ("ACME", "P1", "done", None, 60),
        ("ACME", "P2", "done", None, 60),
        ("ACME", "P3", "done", None, 60),
        ("OTHER", "Q1", "done", None, 60),
    ]
    numbers = await office.firm.query(
        "SELECT sequence, project, state, issued_by FROM invoices WHERE organisation = $1 ORDER BY sequence"
    )
    assert [row["sequence"] for row in numbers] == [1, 2, 3, 4, 5]
    assert {row["issued_by"] for row in numbers} == {"anna"}
    await office.check_invariants()


async def test_an_invoice_for_each_customer(office: Office) -> None:
    run_id = await start(office, "customer")
    assert await finish(office, run_id) == invoice_runs.Counts(2, 2)
    assert await items(office, run_id) == [
        ("ACME", None, "done", None, 195),
        ("OTHER", "Q1", "done", None, 60),
    ]
    await office.check_invariants()


async def test_what_one_is_refused_for_stops_no_other(office: Office) -> None:
    await office.firm.query("UPDATE customers SET address = NULL WHERE organisation = $1 AND code = 'OTHER'")
    await office.draft("P2")  # somebody was quicker
    run_id = await start(office, projects=("P1", "P2", "P3", "Q1"))
    assert await finish(office, run_id) == invoice_runs.Counts(4, 2, 2)
    assert [(project, slug) for _, project, _, slug, _ in await items(office, run_id)] == [
        ("P1", None),
        ("P2", "nothing-to-invoice"),
        ("P3", None),
        ("Q1", "customer-incomplete"),
    ]
    assert await office.firm.unbilled("Q1", "OTHER") == 60
    assert len(await office.firm.query("SELECT FROM invoices WHERE organisation = $1 AND state = 'draft'")) == 1
    await office.check_invariants()


async def test_drafts_and_a_selection(office: Office) -> None:
    run_id = await start(office, issue=False, customers=("OTHER",), projects=("P3",))
    assert await finish(office, run_id) == invoice_runs.Counts(2, 2)
    drafts = await office.firm.query(
        "SELECT id, project, state FROM invoices WHERE organisation = $1 ORDER BY project"
    )
    assert [(row["project"], row["state"]) for row in drafts] == [("P3", "draft"), ("Q1", "draft")]
    await office.delete(drafts[0]["id"])  # the run still knows that it made it
    assert (await items(office, run_id))[0] == ("ACME", "P3", "done", None, None)


async def test_what_is_unknown_is_refused(office: Office) -> None:
    assert await refusal(start(office, projects=("NONE", "P1"))) == "unknown-project"
    assert await refusal(start(office, customers=("NONE",))) == "unknown-customer"


async def test_where_nothing_is_proposed_it_is_done_at_once(office: Office) -> None:
    await finish(office, await start(office))
    assert await state(office, await start(office)) == ("done", invoice_runs.Counts())


async def test_cancelled_it_makes_no_more(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "PORTION", 2)
    run_id = await start(office)
    await sweep_invoice_runs(office.firm.database, clock)
    async with office.firm.database.transaction() as session:
        run = await cancel_run(session, office.firm.code, run_id, "bob", NOON)
    assert (run.state, run.cancelled_by) == ("cancelled", "bob")
    assert (await state(office, run_id))[1] == invoice_runs.Counts(5, 2, 0, 3)
    await sweep_invoice_runs(office.firm.database, clock)
    assert len(await office.firm.query("SELECT FROM invoices WHERE organisation = $1")) == 2

    async def again() -> None:
        async with office.firm.database.transaction() as session:
            await cancel_run(session, office.firm.code, run_id, "bob", NOON)

    assert await refusal(again()) == "run-finished"


async def test_a_mistake_of_ours_stops_no_other(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong with one invoice, the run goes on, and says so."""
    real, calls = issuing.bill_claimed_rows, iter(range(100))

    async def breaks(*args: Any) -> Any:
        if next(calls) == 1:
            raise ZeroDivisionError
        return await real(*args)

    monkeypatch.setattr(issuing, "bill_claimed_rows", breaks)
    run_id = await start(office)
    assert await finish(office, run_id) == invoice_runs.Counts(5, 4, 1)
    assert [slug for *_, slug, _ in await items(office, run_id) if slug] == ["internal-error"]
    await office.check_invariants()


class Killed(BaseException):
    """The process is gone: nothing that handles errors sees it."""


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers(0, 14), min_size=1, max_size=4), st.sampled_from(["project", "customer"]))
async def test_killed_anywhere_it_goes_on_and_bills_once(database: Database, deaths: list[int], per: str) -> None:
    office = await make_office(database)
    await office.firm.rate("organisation", price="60.00")
    for number in range(5):
        await office.firm.project(f"N{number}")
        await office.hours(f"e{number}", project=f"N{number}")
    run_id = await start(office, per)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "PORTION", 2)
        for death in deaths:
            await _killed_after(office, death)
    assert (await finish(office, run_id)).refused == 0
    billed = await office.firm.query("SELECT FROM ledger_rows WHERE organisation = $1 AND kind = 'billed'")
    assert len(billed) == 5
    await office.check_invariants()


async def _killed_after(office: Office, steps: int) -> None:
    """Run until the ``steps``-th thing that is written, and die there."""
    left = iter(range(steps))
    names = [
        (issuing, "bill_claimed_rows"),
        (issuing, "write_issue"),
        (invoice_runs, "note"),
        (invoice_runs, "finish"),
    ]
    with pytest.MonkeyPatch.context() as patch:
        for module, name in names:
            patch.setattr(module, name, _dying(getattr(module, name), left))
        with suppress(Killed):
            await sweep_invoice_runs(office.firm.database, clock)


def _dying(real: Any, left: Any) -> Any:
    async def called(*args: Any) -> Any:
        if next(left, None) is None:
            raise Killed
        return await real(*args)

    return called


async def test_two_processes_and_a_user_at_once_bill_each_entry_once(office: Office) -> None:
    first, second = await start(office), await start(office, "customer")
    database = office.firm.database

    async def by_hand() -> None:
        for project in ("P3", "P2"):
            try:
                await office.invoice(project)
            except Exception as problem:
                if getattr(problem, "slug", None) != "nothing-to-invoice":
                    raise

    await asyncio.gather(sweep_invoice_runs(database, clock), sweep_invoice_runs(database, clock), by_hand())
    for run_id in (first, second):
        await finish(office, run_id)
    for project in ("P1", "P2", "P3", None):
        assert await office.firm.unbilled(project) == 0
    billed = await office.firm.query("SELECT FROM ledger_rows WHERE organisation = $1 AND kind = 'billed'")
    assert len(billed) == 5
    await office.check_invariants()
