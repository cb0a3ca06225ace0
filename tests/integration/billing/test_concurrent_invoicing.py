"""Many who invoice at once: numbers without gap, each entry once, no deadlock that a user sees."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from typing import Any

import pytest

from shared.database.database import Database
from shared.http.problems import Problem
from tests.support.billing import reversed_
from tests.support.invoicing import Office, make_office

CLIENTS = 20


@pytest.fixture
async def office(database: Database) -> Office:
    """On connections of its own for each of the clients."""
    return await make_office(database)


@pytest.fixture(scope="module")
async def database(database: Database) -> Any:
    wide = Database(database.url, pool_size=CLIENTS + 5, application_name="tests")
    yield wide
    await wide.close()


async def outcomes(calls: Sequence[Awaitable[Any]]) -> Counter[str]:
    """How often each ended how; what is no refusal of ours is raised."""
    counted: Counter[str] = Counter()
    for result in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(result, Problem):
            counted[result.slug] += 1
        elif isinstance(result, BaseException):
            raise result
        else:
            counted["done"] += 1
    return counted


async def numbers(office: Office) -> list[int]:
    rows = await office.firm.query(
        "SELECT sequence FROM invoices WHERE organisation = $1 AND number IS NOT NULL ORDER BY sequence"
    )
    return [row["sequence"] for row in rows]


async def test_two_who_invoice_at_once_make_one_invoice(office: Office) -> None:
    await office.work("a")
    assert await outcomes([office.invoice(), office.invoice()]) == {"done": 1, "nothing-to-invoice": 1}
    assert await numbers(office) == [1]
    await office.check_invariants()


async def test_twenty_who_invoice_one_project(office: Office) -> None:
    for number in range(5):
        await office.work(f"e{number}")
    ways = ["timetracking", "phases"]
    calls = [office.draft(way=ways[n % 2], issue=n % 3 > 0) for n in range(CLIENTS)]
    assert await outcomes(calls) == {"done": 1, "nothing-to-invoice": CLIENTS - 1}
    await office.check_invariants()


async def test_twenty_who_invoice_twenty_projects_of_one_organisation(office: Office) -> None:
    projects = [f"Q{number}" for number in range(CLIENTS)]
    for project in projects:
        await office.firm.project(project)
        await office.work(f"{project}/1", project=project)
        await office.advance("25.00", project=project)
    assert await outcomes([office.invoice(project) for project in projects]) == {"done": CLIENTS}
    assert await numbers(office) == list(range(1, 2 * CLIENTS + 1))
    await office.check_invariants()


async def test_one_draft_is_issued_once_by_twenty(office: Office) -> None:
    await office.work("a")
    draft = await office.draft()
    assert await outcomes([office.issue(draft.id) for _ in range(CLIENTS)]) == {"done": 1, "not-a-draft": CLIENTS - 1}
    await office.check_invariants()


async def test_one_advance_is_settled_once_by_many_drafts(office: Office) -> None:
    await office.firm.phase("P1", "F0")
    await office.advance("100.00")
    drafts = []
    for number in range(5):
        await office.firm.phase("P1", f"F{number}")
        await office.work(f"e{number}", "75.00", phase=f"F{number}")
        drafts.append(await office.draft(way="phases", phases=[f"F{number}"]))
    # Each shows 75.00 less; the first two that are issued get 75.00 and 25.00, so only one of them still holds.
    assert await outcomes([office.issue(draft.id) for draft in drafts]) == {"done": 1, "draft-outdated": 4}
    assert await office.advance_open() == 25
    await office.check_invariants()


async def test_everything_at_once_on_a_few_projects(office: Office) -> None:
    """Entries come and are taken back while drafts, invoices, advances and deletions go on."""
    projects = ["P1", "P2", "P3"]
    for project in projects[1:]:
        await office.firm.project(project)
    entries = [office.firm.approved(f"e{n}", project=projects[n % 3], **_expense()) for n in range(60)]
    await office.firm.post(*entries[:30])

    async def draft_and_drop(project: str) -> None:
        draft = await office.draft(project, "phases")
        await office.delete(draft.id)

    calls: list[Awaitable[Any]] = []
    for n in range(10):
        project = projects[n % 3]
        calls += [
            office.invoice(project, "phases"),
            office.advance("5.00", project=project),
            office.firm.post(*entries[30 + 3 * n : 33 + 3 * n]),
            office.firm.post(reversed_(entries[n]), reversed_(entries[n + 20])),
            draft_and_drop(project),
        ]
    ended = await outcomes(calls)
    assert set(ended) <= {"done", "nothing-to-invoice", "draft-outdated"}
    assert await numbers(office) == list(range(1, len(await numbers(office)) + 1))
    await office.check_invariants()
    for project in projects:
        await outcomes([office.invoice(project, "phases")])
    await office.check_invariants()


def _expense() -> dict[str, Any]:
    return {"kind": "expense", "quantity": "1", "unit_price": "10.00"}
