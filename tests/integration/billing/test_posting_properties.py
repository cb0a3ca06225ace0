"""Facts commute: however they are ordered, repeated and cut into batches, ledger and balances end the same."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.timesheets import Entry, EntryApproved
from shared.database.database import Database
from shared.http.problems import Problem
from tests.support.billing import Firm, make_firm, reversed_, withdrawn
from tests.support.invoicing import Office, make_office

RATES = {"P1": 60, "P2": 90}

approvals = st.fixed_dictionaries(
    {
        "ref": st.sampled_from("abcd"),
        "version": st.sampled_from([2, 4, 6]),
        "project": st.sampled_from(["P1", "P2", "LATER"]),
        "minutes": st.integers(1, 500),
        "phase": st.sampled_from([None, None, "FX"]),
        "taken_back": st.booleans(),
    }
)
histories = st.lists(approvals, min_size=1, max_size=8, unique_by=lambda a: (a["ref"], a["version"]))


def _messages(firm: Firm, history: list[dict[str, Any]]) -> list[Entry]:
    found: list[Entry] = []
    for index, facts in enumerate(history):
        given = {name: value for name, value in facts.items() if name != "taken_back"}
        approval = firm.approved(**given)
        found.append(approval)
        if facts["taken_back"]:
            found.append(withdrawn(approval) if index % 2 else reversed_(approval))
    return found


def _expected(history: list[dict[str, Any]], project: str, rate: int) -> Decimal:
    counted = [f for f in history if f["project"] == project and f["phase"] is None and not f["taken_back"]]
    return Decimal(sum(f["minutes"] for f in counted) * rate) / 60


async def _firm(database: Database) -> Firm:
    firm = await make_firm(database)
    await firm.project("P2")
    for project in ("P1", "P2"):
        await firm.phase(project, "FX", "fixed price")
    return firm


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories, st.integers(), st.integers(1, 6), st.booleans())
async def test_order_repetition_and_batches_make_no_difference(
    database: Database, history: list[dict[str, Any]], seed: int, size: int, rates_first: bool
) -> None:
    firm = await _firm(database)
    shuffled = _messages(firm, history) * 2
    random.Random(seed).shuffle(shuffled)

    async def set_rates() -> None:
        for project, price in RATES.items():
            await firm.rate("project", project, str(price))

    if rates_first:
        await set_rates()
    for start in range(0, len(shuffled), size):
        await firm.post(*shuffled[start : start + size])
    if not rates_first:
        await set_rates()
    await firm.project("LATER")
    await firm.phase("LATER", "FX", "fixed price")
    await firm.rate("project", "LATER", "30")

    for project, price in (*RATES.items(), ("LATER", 30)):
        assert await firm.unbilled(project) == _expected(history, project, price), project
    assert await firm.suspense() == {}
    await firm.check_balances()


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories, st.integers(), st.lists(st.sampled_from(["draft", "invoice", "delete"]), max_size=6))
async def test_invoicing_in_between_keeps_the_sums(
    database: Database, history: list[dict[str, Any]], seed: int, actions: list[str]
) -> None:
    """Drafts are made, deleted and issued while approvals and reversals come in."""
    office = await make_office(database)
    firm = office.firm
    for project in ("P2", "LATER"):
        await firm.project(project)
    for project in ("P1", "P2", "LATER"):
        await firm.phase(project, "FX", "fixed price")
    await firm.rate("organisation", price="60.00")
    rng = random.Random(seed)
    steps: list[Any] = [*_messages(firm, history), *actions]
    rng.shuffle(steps)
    drafts: list[Any] = []
    for step in steps:
        with suppress(Problem):  # nothing is open, or it is covered
            await _step(office, step, rng, drafts)
        await office.check_invariants(under_way=True)


async def _step(office: Office, step: Any, rng: random.Random, drafts: list[Any]) -> None:
    if isinstance(step, Entry):
        await office.firm.post(step)
    elif step == "draft":
        drafts.append(await office.draft(rng.choice(["P1", "P2"]), "phases"))
    elif step == "invoice":
        await office.invoice(rng.choice(["P1", "P2"]), "phases")
    elif drafts:
        await office.delete(drafts.pop().id)


async def test_the_same_batch_at_two_consumers_counts_once(firm: Firm) -> None:
    await firm.rate("project", "P1", "60.00")
    events = [firm.approved(f"e{number}") for number in range(50)]
    missing = [firm.approved(f"m{number}", project="NEW") for number in range(50)]
    await asyncio.gather(*(firm.post(*events, *missing) for _ in range(4)))

    assert await firm.unbilled() == 50 * 60
    assert len(await firm.suspense()) == 50
    await firm.check_balances()


async def test_batches_on_the_same_projects_add_up(firm: Firm) -> None:
    projects = [f"Q{number}" for number in range(5)]
    for project in projects:
        await firm.project(project)
    await firm.rate("organisation", price="60.00")

    def batch(consumer: int) -> list[EntryApproved]:
        order = projects if consumer % 2 else projects[::-1]
        return [firm.approved(f"e{consumer}-{project}", project=project) for project in order]

    await asyncio.gather(*(firm.post(*batch(consumer)) for consumer in range(8)))
    assert [await firm.unbilled(project) for project in projects] == [480] * 5
    await firm.check_balances()


@pytest.mark.parametrize("attempt", range(3))
async def test_no_wake_up_is_lost(firm: Firm, attempt: int) -> None:
    """Nothing stays parked for a rate that was being entered meanwhile, without any sweep."""

    async def enter_rate() -> None:
        await asyncio.sleep(0)  # somewhere between the batches
        await firm.rate("project", "P1", "60.00")

    posts = [firm.post(firm.approved(f"e{number}")) for number in range(8)]
    posts.insert(4, enter_rate())  # type: ignore[arg-type]
    await asyncio.gather(*posts)

    assert await firm.suspense() == {}
    assert await firm.unbilled() == 8 * 60
