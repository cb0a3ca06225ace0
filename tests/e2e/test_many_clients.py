"""Two, then twenty back offices invoice the same work at once, over HTTP: numbers without gap, each entry once, and
nobody is shown a deadlock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from random import Random
from threading import Barrier
from typing import Any

import pytest

from deploy.client.api import Api, Refused
from tests.e2e.conftest import BUYER, Installed
from tests.support.billing import approved
from tests.support.book_checks import BookChecks

FIRST_DAY = date(2026, 3, 2)
CLIENTS = pytest.mark.parametrize("clients", [2, 20])
Call = Callable[[], Any]


@pytest.fixture
def organisation(installed: Installed) -> str:
    return installed.new_organisation()


@pytest.fixture
def office(installed: Installed, organisation: str) -> Iterator[Api]:
    """With customer ACME, whose hours cost 60.00."""
    office = installed.api(organisation, "billing")
    office.put("/v1/customers/ACME", BUYER)
    office.put("/v1/rates", {"scope": "organisation", "price": "60.00"})
    yield office
    office.close()


def work(installed: Installed, office: Api, organisation: str, projects: Sequence[str], entries: int) -> None:
    """``entries`` hours on each project, a day each, by turns in phase F1 and F2."""
    for project in projects:
        office.put(f"/v1/projects/{project}", {"customer": "ACME"})
        for phase in ("F1", "F2"):
            office.put(f"/v1/projects/{project}/phases/{phase}", {"method": "time and materials"})
    installed.facts.publish(
        [
            approved(
                organisation,
                f"{project}/{n}",
                project=project,
                phase=f"F{n % 2 + 1}",
                day=FIRST_DAY + timedelta(days=n),
            )
            for project in projects
            for n in range(entries)
        ]
    )


def at_once(clients: Sequence[Sequence[Call]]) -> tuple[list[Any], Counter[str]]:
    """Each client does its calls one after another, all clients at the same time: what was done, and the refusals.

    Anything but a refusal with a slug of ours (a status of 500 and more, above all) is raised.
    """
    barrier = Barrier(len(clients))

    def client(calls: Sequence[Call]) -> list[Any]:
        barrier.wait(30)
        return [_outcome(call) for call in calls]

    with ThreadPoolExecutor(len(clients)) as threads:
        outcomes = [outcome for done in threads.map(client, clients) for outcome in done]
    done = [outcome for outcome in outcomes if not isinstance(outcome, str)]
    return done, Counter(outcome for outcome in outcomes if isinstance(outcome, str))


def _outcome(call: Call) -> Any:
    try:
        return call()
    except Refused as refused:
        return refused.slug


def invoicing(office: Api, **body: Any) -> Call:
    return lambda: office.post("/v1/invoices", {"issue": True, **body})


def entries_of(invoices: Sequence[Any]) -> list[str]:
    return [entry["name"] for invoice in invoices for line in invoice["lines"] for entry in line["entries"]]


def check(office: Api, invoices: Sequence[Any], expected: Sequence[str]) -> None:
    """Each entry is on one invoice; the numbers have no gap; the books add up."""
    assert sorted(entries_of(invoices)) == sorted(expected)
    numbers = sorted(invoice["sequence"] for invoice in office.all("/v1/invoices") if invoice["number"])
    assert numbers == list(range(1, len(numbers) + 1))
    BookChecks(office).all_hold()


@CLIENTS
def test_overlapping_invoices_of_one_project(
    installed: Installed, office: Api, organisation: str, clients: int
) -> None:
    """By day, by phase, from the list, as drafts that are issued afterwards: all want the same hours."""
    work(installed, office, organisation, ["P1"], entries=20)

    def drafted(**body: Any) -> Call:
        def make() -> Any:
            draft = office.post("/v1/invoices", {"project": "P1", **body})
            return office.post(f"/v1/invoices/{draft['id']}/issue")

        return make

    calls = [
        [
            invoicing(office, project="P1", way="timetracking", up_to=str(FIRST_DAY + timedelta(days=n % 20))),
            drafted(way="phases", phases=[f"F{n % 2 + 1}"], up_to=str(FIRST_DAY + timedelta(days=(n + 7) % 20))),
            invoicing(office, project="P1", way="phases"),
        ]
        for n in range(clients)
    ]
    done, refused = at_once(calls)
    assert set(refused) <= {"nothing-to-invoice"}, refused
    check(office, done, [f"P1/{n}" for n in range(20)])


@CLIENTS
def test_invoices_of_many_projects_each_client_in_another_order(
    installed: Installed, office: Api, organisation: str, clients: int
) -> None:
    """Every client invoices every project: each is invoiced once, whatever order they come in."""
    projects = [f"P{n}" for n in range(10)]
    work(installed, office, organisation, projects, entries=3)
    for project in projects:
        office.post("/v1/advances", {"project": project, "amount": "50.00"})
    calls = []
    for client in range(clients):
        order = list(projects)
        Random(client).shuffle(order)
        calls.append([invoicing(office, project=project, way="timetracking") for project in order])
    done, refused = at_once(calls)
    assert refused == {"nothing-to-invoice": len(projects) * (clients - 1)}
    assert {invoice["net"] for invoice in done} == {"130.00"}
    check(office, done, [f"{project}/{n}" for project in projects for n in range(3)])


@CLIENTS
def test_the_same_request_of_many_is_done_once(
    installed: Installed, office: Api, organisation: str, clients: int
) -> None:
    """With one Idempotency-Key: all get the same answer."""
    work(installed, office, organisation, ["P1"], entries=5)
    body = {"project": "P1", "way": "phases", "issue": True}
    done, refused = at_once([[lambda: office.post("/v1/invoices", body, key="monthly")]] * clients)
    assert (refused, len(done)) == (Counter(), clients)
    assert len({invoice["number"] for invoice in done}) == 1
    check(office, done[:1], [f"P1/{n}" for n in range(5)])


@CLIENTS
def test_invoices_while_hours_are_approved_and_taken_back(
    installed: Installed, office: Api, organisation: str, clients: int
) -> None:
    """Billing's consumer and its API take the same locks in the same order."""
    projects = ["P1", "P2", "P3"]
    work(installed, office, organisation, projects, entries=6)
    calls: list[list[Call]] = [
        [invoicing(office, project=projects[(client + n) % 3], way="phases") for n in range(6)]
        for client in range(clients)
    ]

    def more(n: int) -> Call:
        events = [approved(organisation, f"late/{n}/{project}", project=project) for project in projects]
        return lambda: installed.facts.publish(events)

    calls.append([more(n) for n in range(6)])
    done, refused = at_once(calls)
    assert set(refused) <= {"nothing-to-invoice"}, refused
    invoices = [answer for answer in done if answer is not None]
    rest, _ = at_once([[invoicing(office, project=project, way="phases") for project in projects]])
    expected = [f"{project}/{n}" for project in projects for n in range(6)]
    expected += [f"late/{n}/{project}" for project in projects for n in range(6)]
    check(office, [*invoices, *rest], expected)
