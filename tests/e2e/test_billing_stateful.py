"""Whatever a back office does in whatever order, some of it at the same time: the books add up after each step.

A real stack: the service as a process, PostgreSQL, facts of timesheets through Kafka, everything else over HTTP.
``BILLING_STATEFUL_STEPS`` says how many steps to make at least (a long run); without it the run is bounded in time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import wraps
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from deploy.client.api import Refused
from shared.contracts.timesheets import Entry, EntryApproved
from tests.e2e.conftest import ADDRESS, BUYER, Installed
from tests.support.billing import approved, reversed_
from tests.support.book_checks import ZERO, BookChecks

PROJECTS = ("P1", "P2", "B1")
#: What a back office can be told while others work beside it; anything else, a deadlock above all, fails the test.
REFUSALS = {
    "cost-invoiced",
    "draft-changed",
    "draft-outdated",
    "exceeds-remaining",
    "not-a-draft",
    "not-creditable",
    "not-editable",
    "not-found",
    "not-issued",
    "nothing-to-invoice",
    "reference-conflict",
    "write-off-limit",
}
#: Without a wish the run ends after so many seconds, however busy the machine is.
SECONDS = 35

projects = st.sampled_from(PROJECTS)
accounts = st.sampled_from((*PROJECTS, None))  # None: the customer's own account
amounts = st.decimals(min_value="0.01", max_value="400.00", places=2)
SIMPLEST = Decimal("0.0001")
prices = st.decimals(min_value=SIMPLEST, max_value="199.9999", places=4)
rates = st.sampled_from([None, "21", "9", "0"])
ways = st.sampled_from(["timetracking", "phases"])
DAYS = (date(2026, 3, 2), date(2026, 3, 3), date(2026, 4, 1))
days = st.sampled_from(DAYS)
picks = st.integers(0, 10**6)


@dataclass
class Backend:
    """What all runs share, and how long they go on."""

    installed: Installed
    threads: ThreadPoolExecutor
    steps_wanted: int | None
    started: float = field(default_factory=time.monotonic)
    steps: int = 0
    runs: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        if self.steps_wanted is not None:
            return self.steps >= self.steps_wanted
        return time.monotonic() - self.started > SECONDS


Call = tuple[str, Callable[[], Any]]


def doing(**strategies: Any) -> Callable[[Callable[..., None]], Any]:
    """A rule, which does nothing any more once the run has been long enough. What is drawn depends on nothing else."""

    def decorate(what: Callable[..., None]) -> Any:
        @wraps(what)
        def unless_over(self: Office, **drawn: Any) -> None:
            if not self.idle:
                what(self, **drawn)

        return rule(**strategies)(unless_over)

    return decorate


class Office(RuleBasedStateMachine):
    """``standing`` is the model: of each entry the approval that holds and what it is worth, exactly, in parts."""

    backend: ClassVar[Backend]

    @initialize(price=prices)
    def begin(self, price: Decimal) -> None:
        backend = self.backend
        self.simplest = price == SIMPLEST
        if self.idle:
            return
        backend.runs += 1
        self.code = backend.installed.new_organisation()
        self.office = backend.installed.api(self.code, "billing")
        self.checks = BookChecks(self.office)
        self.office.put("/v1/customers/ACME", BUYER)
        abroad = {"country": "BE", "vat_treatment": "reverse charge", "vat_id": "BE0202239951"}
        own = {"name": "Belga", "registration_number": "0202239951", "address": {**ADDRESS, "country": "BE"}}
        self.office.put("/v1/customers/BEL", {**own, **abroad})
        for project, customer in (("P1", "ACME"), ("P2", "ACME"), ("B1", "BEL")):
            self.office.put(f"/v1/projects/{project}", {"customer": customer})
        self.office.put("/v1/projects/P1/phases/F1", {"method": "time and materials"})
        self.rates: dict[str | None, Decimal] = {}
        self._rate(None, price)
        self.standing: dict[str, tuple[EntryApproved, Decimal]] = {}
        self.versions: dict[str, int] = {}
        self.count = 0
        first = [self._hours(account, 60 + n, day=DAYS[n % 3]) for n, account in enumerate((*PROJECTS, None) * 2)]
        self.step("approve hours", *first)

    # What happens in timesheets.

    @doing(account=accounts, minutes=st.integers(1, 600), day=days, how_many=st.integers(1, 5), phase=st.booleans())
    def approve_hours(self, account: str | None, minutes: int, day: date, how_many: int, phase: bool) -> None:
        phase_code = "F1" if phase and account == "P1" else None
        self.step(
            "approve hours",
            *(self._hours(account, minutes + n, day=day, phase=phase_code) for n in range(how_many)),
        )

    @doing(account=accounts, amount=amounts, rate=rates)
    def approve_an_expense(self, account: str | None, amount: Decimal, rate: str | None) -> None:
        self.step("approve an expense", self._expense(account, amount, rate))

    @doing(pick=picks)
    def take_back(self, pick: int) -> None:
        if self.standing:
            self.step("take back", *self._taken_back(pick))

    @doing(pick=picks, account=accounts, minutes=st.integers(1, 600), late=st.booleans())
    def correct(self, pick: int, account: str | None, minutes: int, late: bool) -> None:
        """Taken back and approved anew, perhaps elsewhere; the two facts come in either order."""
        if not self.standing:
            return
        ref = self._picked(pick, sorted(self.standing))
        (back,) = self._taken_back(pick)
        new = self._hours(account, minutes, ref=ref)
        self.step("correct", *((new, back) if late else (back, new)))

    @doing(scope=st.sampled_from([None, "P1", "P2"]), price=prices)
    def change_a_rate(self, scope: str | None, price: Decimal) -> None:
        self.call("change a rate", lambda: self._rate(scope, price))

    # What the back office does, one thing after another.

    @doing(project=projects, way=ways, issue=st.booleans(), up_to=st.none() | days)
    def invoice(self, project: str, way: str, issue: bool, up_to: date | None) -> None:
        self.call(*self._invoice(project, way, issue=issue, up_to=up_to))

    @doing(issue=st.booleans())
    def invoice_a_customers_own_work(self, issue: bool) -> None:
        body = {"customer": "ACME", "way": "timetracking", "issue": issue}
        self.call("invoice a customer", lambda: self.office.post("/v1/invoices", body))

    @doing(project=projects, amount=amounts, rate=rates, issue=st.booleans())
    def advance(self, project: str, amount: Decimal, rate: str | None, issue: bool) -> None:
        self.call(*self._advance(project, amount, rate, issue=issue))

    @doing(pick=picks, what=st.sampled_from(["issue", "refresh", "delete"]))
    def go_on_with_a_draft(self, pick: int, what: str) -> None:
        if draft := self._invoice_id(pick, state="draft"):
            self.call(*self._on_draft(draft, what))

    @doing(pick=picks, amount=amounts, rate=rates, percentage=st.none() | st.integers(1, 100))
    def add_a_line_to_a_draft(self, pick: int, amount: Decimal, rate: str | None, percentage: int | None) -> None:
        if draft := self._invoice_id(pick, state="draft"):
            body: dict[str, Any] = {"description": "contract", "price": str(amount), "vat_rate": rate}
            if percentage is not None:
                body["discount"] = {"percentage": str(percentage)}
            self.call(*self._edit("add a line", "POST", draft, "/lines", body))

    @doing(pick=picks, percentage=st.integers(1, 100))
    def give_a_discount(self, pick: int, percentage: int) -> None:
        if draft := self._invoice_id(pick, state="draft"):
            body = {"discount": {"percentage": str(percentage)}}
            self.call(*self._edit("discount", "PATCH", draft, "", body))

    @doing(pick=picks, amount=amounts, reference=st.integers(1, 30), twice=st.booleans())
    def pay(self, pick: int, amount: Decimal, reference: int, twice: bool) -> None:
        """Twice at once: the second is the same payment. References are few, so that they collide."""
        if invoice := self._issued(pick):
            self.at_once(*[self._pay(invoice, amount, reference)] * (1 + twice))

    @doing(project=projects, amount=amounts, rate=rates, day=days)
    def add_an_external_cost(self, project: str, amount: Decimal, rate: str | None, day: date) -> None:
        self.call(*self._cost(project, amount, rate, day))

    @doing(pick=picks, amount=st.none() | amounts)
    def change_or_delete_an_external_cost(self, pick: int, amount: Decimal | None) -> None:
        if costs := list(self.office.all("/v1/external-costs")):
            path = f"/v1/external-costs/{self._picked(pick, costs)['id']}"
            change = {"amount": str(amount)}
            self.call(
                "change a cost",
                lambda: self.office.patch(path, change) if amount is not None else self.office.delete(path),
            )

    @doing(project=projects, day=days)
    def reprice(self, project: str, day: date) -> None:
        """What is unbilled of that day and later takes the price of now."""
        listed = list(self.office.all(f"/v1/projects/{project}/account/entries"))
        self.call(
            "re-price", lambda: self.office.post(f"/v1/projects/{project}/account/repricings", {"from": str(day)})
        )
        again = {row["entry_id"] for row in listed if row["minutes"] is not None and not row["to_give_back"]}
        for ref, (event, _) in self.standing.items():
            if str(event.entry_id) in again and event.day >= day:
                self.standing[ref] = (event, self._worth(event))

    @doing(pick=picks, line=picks, amount=st.none() | amounts, keep=st.booleans(), refund=st.booleans())
    def credit(self, pick: int, line: int, amount: Decimal | None, keep: bool, refund: bool) -> None:
        """Whole, or an amount of a line; the entries come back or stay billed."""
        if invoice := self._issued(pick):
            self.call(*self._credit(invoice, line, amount, keep=keep, refund=refund))

    @doing(project=projects)
    def give_back(self, project: str) -> None:
        """What was taken back after it was billed becomes a credit note."""
        path = f"/v1/projects/{project}/account/credit-notes"
        self.call("give back", lambda: self.office.post(path))

    @doing(pick=picks)
    def write_off(self, pick: int) -> None:
        if invoice := self._issued(pick):
            body = {"reason": "small"}
            self.call("write off", lambda: self.office.post(f"/v1/invoices/{invoice}/write-offs", body))

    @doing(pick=picks)
    def use_a_customers_credit(self, pick: int) -> None:
        if invoice := self._issued(pick):
            self.call("use credit", lambda: self.office.post(f"/v1/invoices/{invoice}/use-credit"))

    @doing(amount=amounts, rate=rates, issue=st.booleans())
    def plain_invoice(self, amount: Decimal, rate: str | None, issue: bool) -> None:
        line = {"description": "contract", "price": str(amount), "vat_rate": rate}
        body = {"customer": "ACME", "lines": [line], "issue": issue}
        self.call("plain invoice", lambda: self.office.post("/v1/plain-invoices", body))

    # And at the same time.

    @doing(project=projects, way=ways, clients=st.integers(2, 6))
    def many_invoice_one_project(self, project: str, way: str, clients: int) -> None:
        done = self.at_once(*[self._invoice(project, way, issue=n % 2 == 0) for n in range(clients)])
        taken = [entry["entry_id"] for invoice in done for line in invoice["lines"] for entry in line["entries"]]
        assert len(done) <= 1 or len(taken) == len(set(taken)), done

    @doing(project=projects, amount=amounts, pick=picks, order=picks)
    def everything_at_once(self, project: str, amount: Decimal, pick: int, order: int) -> None:
        """Drafts, invoices, advances, payments and costs, while facts of timesheets come in."""
        calls = [
            self._invoice(project, "phases", issue=True),
            self._advance(project, amount, None, issue=True),
            self._cost(project, amount, None, date(2026, 3, 2)),
        ]
        if draft := self._invoice_id(pick, state="draft"):
            line = {"description": "contract", "price": str(amount)}
            calls.append(self._edit("add a line", "POST", draft, "/lines", line))
            calls += [self._on_draft(draft, what) for what in ("issue", "refresh", "delete")]
        if issued := self._issued(pick):
            calls.append(self._pay(issued, amount, pick % 30))
            calls += [self._credit(issued, pick, None), self._credit(issued, pick, amount)]
        events: list[Entry] = [self._hours(project, 60), self._expense(project, amount, None)]
        if self.standing:
            events += self._taken_back(pick)
        calls.append(("facts", lambda: self.backend.installed.facts.publish(events)))
        Random(order).shuffle(calls)
        self.at_once(*calls)

    @invariant()
    def books_add_up(self) -> None:
        if hasattr(self, "office") and not self.idle:
            self.checks.all_hold()
            self._ledger_is_the_model()

    def teardown(self) -> None:
        if hasattr(self, "office"):
            self.office.close()

    # How.

    @property
    def idle(self) -> bool:
        """Nothing is done in the run with the simplest values, with which Hypothesis begins: always the same rule."""
        return self.simplest or self.backend.over

    def step(self, name: str, *events: Entry) -> None:
        self.call(name, lambda: self.backend.installed.facts.publish(events))

    def call(self, name: str, what: Callable[[], Any]) -> None:
        self.at_once((name, what))

    def at_once(self, *calls: Call) -> list[Any]:
        """What came of calls that are made at the same time; what is refused for a reason that can be is left out."""
        backend = self.backend
        backend.steps += len(calls)
        futures = [(name, backend.threads.submit(what)) for name, what in calls]
        done = []
        for name, future in futures:
            try:
                done.append(future.result())
                backend.done[name] = backend.done.get(name, 0) + 1
            except Refused as refused:
                if refused.slug not in REFUSALS:
                    raise
                backend.refused[refused.slug] = backend.refused.get(refused.slug, 0) + 1
        return done

    def _rate(self, scope: str | None, price: Decimal) -> None:
        body = {"scope": "project", "project": scope} if scope else {"scope": "organisation"}
        self.office.put("/v1/rates", {**body, "price": str(price)})
        self.rates[scope] = price

    def _worth(self, event: EntryApproved) -> Decimal:
        """Exact, in parts: minutes × price × 100, or quantity × price × 6000."""
        if event.minutes is not None:
            price = self.rates.get(event.project, self.rates[None])
            return event.minutes * price * 100
        assert event.unit_price is not None
        return event.unit_price * 6000

    def _hours(self, account: str | None, minutes: int, ref: str | None = None, **fields: Any) -> EntryApproved:
        return self._approved(account, ref, minutes=minutes, **fields)

    def _expense(self, account: str | None, amount: Decimal, rate: str | None) -> EntryApproved:
        fields = {"kind": "expense", "quantity": "1", "unit_price": str(amount), "vat_rate": rate}
        return self._approved(account, None, **fields)

    def _approved(self, account: str | None, ref: str | None, **fields: Any) -> EntryApproved:
        if ref is None:
            self.count += 1
            ref = f"e{self.count}"
        version = self.versions[ref] = self.versions.get(ref, 0) + 2
        place = {"project": account, "customer": None if account else "ACME"}
        event = approved(self.code, ref, version, **place, **fields)
        self.standing[ref] = (event, self._worth(event))
        return event

    def _taken_back(self, pick: int) -> list[Entry]:
        ref = self._picked(pick, sorted(self.standing))
        event, _ = self.standing.pop(ref)
        return [reversed_(event)]

    def _ledger_is_the_model(self) -> None:
        """Accruals less reversals of each entry are what its standing approval is worth."""
        found: dict[str, Decimal] = {}
        for row in self.checks.ledger:
            if row["kind"] in ("accrual", "reversal") and row["entry_id"]:
                found[row["entry_id"]] = found.get(row["entry_id"], ZERO) + Decimal(row["exact"])
        model = {str(event.entry_id): worth for event, worth in self.standing.values()}
        assert {entry: worth for entry, worth in found.items() if worth} == model

    def _invoice(self, project: str, way: str, *, issue: bool, up_to: date | None = None) -> Call:
        body: dict[str, Any] = {"project": project, "way": way, "issue": issue}
        if up_to is not None:
            body["up_to"] = str(up_to)
        return f"invoice ({way})", lambda: self.office.post("/v1/invoices", body)

    def _advance(self, project: str, amount: Decimal, rate: str | None, *, issue: bool) -> Call:
        body = {"project": project, "amount": str(amount), "vat_rate": rate, "issue": issue}
        return "advance", lambda: self.office.post("/v1/advances", body)

    def _cost(self, project: str, amount: Decimal, rate: str | None, day: date) -> Call:
        body = {"project": project, "description": "crane", "amount": str(amount), "vat_rate": rate, "date": str(day)}
        return "external cost", lambda: self.office.post("/v1/external-costs", body)

    def _on_draft(self, draft: str, what: str) -> Call:
        path = f"/v1/invoices/{draft}"
        if what == "delete":
            return "delete a draft", lambda: self.office.delete(path)
        return f"{what} a draft", lambda: self.office.post(f"{path}/{what}")

    def _pay(self, invoice: str, amount: Decimal, reference: int) -> Call:
        body = {"amount": str(amount), "reference": f"BANK-{reference}"}
        return "pay", lambda: self.office.post(f"/v1/invoices/{invoice}/payments", body)

    def _edit(self, name: str, method: str, draft: str, path: str, body: dict[str, Any]) -> Call:
        """A change of the draft as it is seen now."""
        seen = {"If-Match": f'"{self.office.get(f"/v1/invoices/{draft}")["version"]}"'}
        return name, lambda: self.office.request(method, f"/v1/invoices/{draft}{path}", json=body, headers=seen)

    def _credit(
        self, invoice: str, line: int, amount: Decimal | None, *, keep: bool = False, refund: bool = False
    ) -> Call:
        body: dict[str, Any] = {"keep_entries_billed": keep, "surplus": "refund" if refund else "credit"}
        if amount is not None:
            lines = self.office.get(f"/v1/invoices/{invoice}")["lines"]
            body["lines"] = [{"line": self._picked(line, lines)["position"], "amount": str(amount)}]
        return "credit", lambda: self.office.post(f"/v1/invoices/{invoice}/credit-notes", body)

    def _invoice_id(self, pick: int, **wanted: str) -> str | None:
        found = list(self.office.all("/v1/invoices", **wanted))
        return str(self._picked(pick, found)["id"]) if found else None

    def _issued(self, pick: int) -> str | None:
        found = [invoice for invoice in self.office.all("/v1/invoices") if invoice["number"]]
        return str(self._picked(pick, found)["id"]) if found else None

    @staticmethod
    def _picked(pick: int, among: list[Any]) -> Any:
        return among[pick % len(among)]


@pytest.fixture
def backend(installed: Installed) -> Iterator[Backend]:
    wanted = os.environ.get("BILLING_STATEFUL_STEPS")
    with ThreadPoolExecutor(16) as threads:
        yield Backend(installed, threads, int(wanted) if wanted else None)


@pytest.mark.timeout(0)
def test_the_books_add_up_after_each_step(backend: Backend) -> None:
    Office.backend = backend
    while not backend.over:
        run_state_machine_as_test(
            Office,
            settings=settings(
                max_examples=100,
                stateful_step_count=50 if backend.steps_wanted else 15,
                deadline=None,
                database=None,
                phases=[Phase.generate],  # what threads do is not the same again, so nothing can be made smaller
                suppress_health_check=list(HealthCheck),
            ),
        )
    print(f"\n{backend.steps} steps in {backend.runs} offices; done {backend.done}; refused {backend.refused}")
    assert backend.steps > 0
