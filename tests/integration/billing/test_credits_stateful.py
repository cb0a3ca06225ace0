"""Credits among everything else, in whatever order and some at the same time: the invariants hold after each step."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from deploy.local import Stack
from services.billing.domain.credits import Wanted
from shared.contracts.timesheets import EntryApproved
from tests.support.billing import reversed_
from tests.support.invoicing import Office, make_office
from tests.support.stateful import BillingMachine, run_machine

REFUSALS = frozenset(
    {
        "draft-outdated",
        "exceeds-remaining",
        "invalid-input",
        "not-a-draft",
        "not-creditable",
        "not-found",
        "not-issued",
        "nothing-to-invoice",
        "reference-conflict",
    }
)

amounts = st.decimals(min_value="0.01", max_value="90.00", places=2).map(str)
rates = st.sampled_from([None, "9"])
ways = st.sampled_from(["timetracking", "phases"])
minutes = st.integers(1, 200)


class Credits(BillingMachine):
    refusals = REFUSALS
    entries = Bundle("entries")
    drafts = Bundle("drafts")
    issued = Bundle("issued")

    @initialize(grouping=st.sampled_from(["per entry", "per phase"]))
    def begin(self, grouping: str) -> None:
        self.office: Office = self.run(make_office(self.database))
        self.run(self.office.firm.rate("project", "P1", "74.99"))
        self.run(self.office.firm.prefers("organisation", grouping=grouping))
        self.count = 0

    @rule(target=entries, worked=minutes, rate=rates, surcharge=st.sampled_from(["0", "50"]))
    def work(self, worked: int, rate: str | None, surcharge: str) -> EntryApproved:
        self.count += 1
        pieces = [
            {"minutes": worked, "hour_type": "WORK", "surcharge": "0"},
            {"minutes": worked, "hour_type": "WORK", "surcharge": surcharge},
        ]
        entry = self.office.firm.approved(f"e{self.count}", minutes=2 * worked, pieces=pieces, vat_rate=rate)
        self.run(self.office.firm.post(entry))
        return entry

    @rule(entry=consumes(entries))
    def take_back(self, entry: EntryApproved) -> None:
        self.run(self.office.firm.post(reversed_(entry)))

    @rule(target=entries, entry=consumes(entries), worked=minutes)
    def correct(self, entry: EntryApproved, worked: int) -> EntryApproved:
        ref = getattr(entry.origin, "ref", None) or ""
        new = self.office.firm.approved(ref, entry.version + 2, minutes=worked, vat_rate=entry.vat_rate)
        self.run(self.office.firm.post(reversed_(entry), new))
        return new

    @rule(target=drafts, way=ways)
    def draft(self, way: str) -> Any:
        draft = self.attempt(self.office.draft("P1", way))
        return multiple() if draft is None else draft.id

    @rule(target=issued, draft=consumes(drafts))
    def issue(self, draft: UUID) -> Any:
        self.attempt(self.office.refresh(draft))
        invoice = self.attempt(self.office.issue(draft))
        return multiple() if invoice is None else invoice.id

    @rule(target=issued, way=ways)
    def invoice(self, way: str) -> Any:
        invoice = self.attempt(self.office.invoice("P1", way))
        return multiple() if invoice is None else invoice.id

    @rule(target=issued, amount=amounts, rate=rates)
    def advance(self, amount: str, rate: str | None) -> UUID:
        return self.run(self.office.advance(amount, rate)).id

    @rule(invoice=issued, keep=st.booleans(), refund=st.booleans())
    def credit(self, invoice: UUID, keep: bool, refund: bool) -> None:
        self.attempt(self.office.credit(invoice, keep=keep, refund=refund))

    @rule(invoice=issued, lines=st.lists(st.tuples(st.integers(1, 5), st.none() | amounts), min_size=1, max_size=3))
    def credit_lines(self, invoice: UUID, lines: list[tuple[int, str | None]]) -> None:
        wanted = [Wanted(line, None if amount is None else Decimal(amount)) for line, amount in lines]
        self.attempt(self.office.credit(invoice, *wanted))

    @rule(invoice=issued, line=st.integers(1, 4), entry=entries, amount=st.none() | amounts, keep=st.booleans())
    def credit_entry(self, invoice: UUID, line: int, entry: EntryApproved, amount: str | None, keep: bool) -> None:
        wanted = Wanted(line, None if amount is None else Decimal(amount), frozenset({entry.entry_id}))
        self.attempt(self.office.credit(invoice, wanted, keep=keep))

    @rule()
    def give_back(self) -> None:
        self.attempt(self.office.give_back())

    @rule(invoice=issued, amount=amounts, reference=st.integers(1, 8))
    def pay(self, invoice: UUID, amount: str, reference: int) -> None:
        self.attempt(self.office.pay(invoice, amount, f"BANK-{reference}"))

    @rule(one=issued, other=issued, entry=consumes(entries), amount=amounts)
    def at_once(self, one: UUID, other: UUID, entry: EntryApproved, amount: str) -> None:
        self.together(
            self.office.credit(one),
            self.office.credit(one, Wanted(1, Decimal(amount))),
            self.office.credit(other, keep=True),
            self.office.firm.post(reversed_(entry)),
            self.office.give_back(),
            self.office.pay(one, amount, f"at once {amount} {one}"),
            self.office.draft("P1", "phases"),
        )

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "office"):
            self.run(self.office.check_invariants())


def test_invariants_hold_whatever_is_credited(stack: Stack) -> None:
    run_machine(Credits, stack)
