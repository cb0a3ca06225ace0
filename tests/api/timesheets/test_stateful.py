"""Whatever is done in whatever order, some of it at the same time: no clock of an employee is there twice by hand,
every change has its event and every event its change, and pieces add up.

``STATEFUL_EXAMPLES`` makes it run longer than it does by default.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from deploy.local import Stack
from services.timesheets.handlers.approval_runs import sweep_approvals
from services.timesheets.handlers.classify_again import sweep_classification
from services.timesheets.handlers.flags import sweep_flags
from services.timesheets.handlers.waiting import sweep_waiting
from services.timesheets.service import service
from services.timesheets.settings import TimesheetsSettings
from shared.clock import system_clock
from shared.ids import new_id
from tests.api.timesheets.conftest import Office, clock, minutes
from tests.support.api import Api, service_api
from tests.support.stateful import played
from tests.support.timesheets import Timesheet, hours, labour, make_organisation

T = TypeVar("T")

STANDING = "('draft', 'submitted', 'approved')"
people = st.sampled_from(["jan", "mia"])
times = st.integers(8, 15).flatmap(lambda start: st.tuples(st.just(start), st.integers(start + 1, 16)))
states = st.sampled_from(["draft", "submitted"])
which = st.integers(0, 30)
orders = st.sampled_from(["W1", "W2"])
DECISIONS = ("submit", "approve", "reject", "withdraw")
SWEEPS = (sweep_classification, sweep_waiting, sweep_approvals, sweep_flags)


def at(hour: int) -> str:
    return f"{hour:02}:00"


@dataclass
class Backend:
    """The service and the loop that all runs share."""

    runner: asyncio.Runner
    api: Api


class Timesheets(RuleBasedStateMachine):
    backend: ClassVar[Backend]

    @initialize()
    def begin(self) -> None:
        self.office: Office = self.run(self._organisation())
        self.count = 0
        self.revisions = {"W1": 0, "W2": 0}

    async def _organisation(self) -> Office:
        timesheet = Timesheet(self.backend.api.runtime.database, f"org-{new_id().hex}")
        async with timesheet.database.transaction() as session:
            await make_organisation(session, timesheet.organisation)
        return Office(self.backend.api, timesheet)

    def run(self, call: Coroutine[Any, Any, T]) -> T:
        return self.backend.runner.run(call)

    def ask(self, *calls: Coroutine[Any, Any, httpx.Response]) -> None:
        """Calls that are made at the same time: each works, or is refused for a reason that can be."""

        async def gathered() -> list[httpx.Response]:
            return list(await asyncio.gather(*calls))

        for answer in self.run(gathered()):
            assert answer.status_code < 500, answer.text

    def entry(self, number: int) -> str | None:
        """One of the entries that are there."""
        rows = self.run(self.office.timesheet.rows())
        return str(list(rows.values())[number % len(rows)]["id"]) if rows else None

    def body(self, span: tuple[int, int], **changed: Any) -> dict[str, Any]:
        self.count += 1
        return clock(f"h{self.count}", at(span[0]), at(span[1]), **changed)

    @rule(person=people, span=times, state=states)
    def enter(self, person: str, span: tuple[int, int], state: str) -> None:
        self.ask(self.office.employee(person).post("/v1/entries", json=self.body(span, state=state)))

    @rule(person=people, first=times, second=times)
    def enter_two_at_once(self, person: str, first: tuple[int, int], second: tuple[int, int]) -> None:
        employee = self.office.employee(person)
        self.ask(*(employee.post("/v1/entries", json=self.body(span)) for span in (first, second)))

    @rule(person=people, number=st.integers(1, 900))
    def enter_minutes(self, person: str, number: int) -> None:
        self.count += 1
        body = minutes(f"h{self.count}", minutes=number)
        self.ask(self.office.employee(person).post("/v1/entries", json=body))

    @rule(number=which, span=times, person=st.none() | people)
    def change(self, number: int, span: tuple[int, int], person: str | None) -> None:
        if (entry := self.entry(number)) is not None:
            new = {"start": f"2026-03-02T{at(span[0])}:00", "end": f"2026-03-02T{at(span[1])}:00"}
            body = {**new, **({"employee": person} if person else {})}
            self.ask(self.office.approver.patch(f"/v1/entries/{entry}", json=body))

    @rule(number=which)
    def take_away(self, number: int) -> None:
        if (entry := self.entry(number)) is not None:
            self.ask(self.office.approver.delete(f"/v1/entries/{entry}"))

    @rule(number=which, first=st.sampled_from(DECISIONS), second=st.sampled_from([None, *DECISIONS]))
    def decide(self, number: int, first: str, second: str | None) -> None:
        """Two people may decide at once."""
        if (entry := self.entry(number)) is not None:
            calls = [first] if second is None else [first, second]
            self.ask(
                *(self.office.approver.post(f"/v1/entries/{entry}/{call}", json={"reason": "so"}) for call in calls)
            )

    @rule(number=which, span=times, person=people)
    def send_back_and_forth(self, number: int, span: tuple[int, int], person: str) -> None:
        """While it is rejected something else may take its place."""
        if (entry := self.entry(number)) is not None:
            self.ask(self.office.approver.post(f"/v1/entries/{entry}/reject", json={"reason": "no"}))
            self.ask(self.office.employee(person).post("/v1/entries", json=self.body(span)))
            self.ask(self.office.approver.post(f"/v1/entries/{entry}/submit"))

    @rule()
    def approve_all(self) -> None:
        self.ask(self.office.approver.post("/v1/approvals", json={"filter": {}}))

    @rule(order=orders, spans=st.lists(times, min_size=1, max_size=2), person=people, cancelled=st.booleans())
    def revise(self, order: str, spans: list[tuple[int, int]], person: str, cancelled: bool) -> None:
        self.revisions[order] += 1
        lines = [labour(str(n), at(start), at(end), employee=person) for n, (start, end) in enumerate(spans)]
        event = hours(
            self.office.timesheet.organisation,
            *lines,
            external_id=order,
            revision=self.revisions[order],
            status="cancelled" if cancelled else "completed",
        )
        self.run(self.office.timesheet.complete(event))
        self.run(self.office.timesheet.complete(event))

    @rule(decision=st.sampled_from(["accept", "dismiss"]), background=st.booleans())
    def correct(self, decision: str, background: bool) -> None:
        path, body = f"/v1/corrections/{decision}", {"filter": {}}
        if background:
            path, body = "/v1/corrections/runs", {"decision": decision, "filter": {}}
        self.ask(self.office.approver.post(path, json=body))

    @rule(what=st.sampled_from(["close", "open"]))
    def period(self, what: str) -> None:
        body = {"from": "2026-03-01", "until": "2026-03-31"}
        self.ask(self.office.approver.post(f"/v1/periods/{what}", json=body))

    @rule(surcharge=st.sampled_from(["10", "50"]), start=st.integers(8, 15))
    def surcharge(self, surcharge: str, start: int) -> None:
        rule = {"days": "Mon-Sun", "from": at(start), "until": "17:00", "surcharge": surcharge}
        self.ask(self.office.admin.put("/v1/surcharge-rules/late", json=rule))

    @rule(per=st.sampled_from(["none", "per-day"]))
    def overtime(self, per: str) -> None:
        self.ask(self.office.admin.put("/v1/hour-types/OVER", json={"name": "Overtime", "kind": "labour"}))
        body = {"overtime": per, "overtime_hour_type": "OVER"}
        self.ask(self.office.admin.patch("/v1/settings", json=body))

    @rule()
    def sweep(self) -> None:
        for one in SWEEPS:
            while self.run(one(self.office.timesheet.database, system_clock)):
                pass

    @invariant()
    def no_clock_is_there_twice_by_hand(self) -> None:
        """Of two entries that overlap one came from an order, and says so."""
        if not hasattr(self, "office"):
            return
        found = self.run(
            self.office.timesheet.fetch(
                f"""
                SELECT a.ref AS one, b.ref AS other, a.flags AS first, b.flags AS second
                FROM entries a JOIN entries b ON b.organisation = a.organisation AND b.employee = a.employee
                    AND a.id < b.id AND a.started_at < b.ended_at AND b.started_at < a.ended_at
                WHERE a.organisation = $1 AND a.state IN {STANDING} AND b.state IN {STANDING}
                """,
                self.office.timesheet.organisation,
            )
        )
        for pair in found:
            by_hand = [pair["one"] is not None, pair["other"] is not None]
            assert not all(by_hand), dict(pair)
            flagged = [flags for flags, hand in zip((pair["first"], pair["second"]), by_hand, strict=True) if not hand]
            assert any("overlap" in flags for flags in flagged), dict(pair)

    @invariant()
    def every_change_has_its_event_and_every_event_its_change(self) -> None:
        if not hasattr(self, "office"):
            return
        timesheet = self.office.timesheet
        published = self.run(timesheet.published())
        rows = self.run(timesheet.rows()).values()
        kept = self.run(
            timesheet.fetch(
                "SELECT entry_id, version, snapshot FROM entry_versions WHERE organisation = $1 ORDER BY 1, 2",
                timesheet.organisation,
            )
        )
        facts = {(one["entry_id"], one["version"]): _plain(one) for one in published}
        assert len(facts) == len(published), "no fact is told twice"
        assert facts == {(str(row["entry_id"]), row["version"]): row["snapshot"] for row in kept}
        versions = sorted((str(row["id"]), number) for row in rows for number in range(1, row["version"] + 1))
        assert sorted(facts) == versions, "the history has no gaps, and ends with the entry as it is"
        for row in rows:
            _assert_told(row, facts[str(row["id"]), row["version"]])

    @invariant()
    def pieces_add_up(self) -> None:
        if not hasattr(self, "office"):
            return
        wrong = self.run(
            self.office.timesheet.fetch(
                f"""
                SELECT e.ref, e.external_id, e.minutes, e.raw_minutes, e.break_minutes, sum(p.minutes) AS pieces
                FROM entries e LEFT JOIN entry_pieces p ON p.entry_id = e.id
                WHERE e.organisation = $1 AND e.state IN {STANDING} GROUP BY e.id
                HAVING coalesce(sum(p.minutes), 0) <> e.minutes
                    OR e.minutes <> greatest(e.raw_minutes - e.break_minutes, 0)
                """,
                self.office.timesheet.organisation,
            )
        )
        assert wrong == []


def _plain(published: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in published.items() if not name.startswith("_")}


def _assert_told(row: Any, fact: dict[str, Any]) -> None:
    """The last event says what the entry is."""
    assert fact.get("employee") == row["employee"]
    assert fact.get("minutes") == row["minutes"]
    assert fact.get("flags", []) == row["flags"], json.dumps(fact)


def test_invariants_hold_after_each_step(stack: Stack) -> None:
    with asyncio.Runner() as runner:
        opened = AsyncExitStack()
        api = runner.run(opened.enter_async_context(service_api(stack, "timesheets", service, TimesheetsSettings)))
        try:
            Timesheets.backend = Backend(runner, api)
            run_state_machine_as_test(Timesheets, settings=played(20))
        finally:
            runner.run(opened.aclose())
