"""Whatever is done in whatever order, some of it together: the invariants of domain.md hold after each step."""

from __future__ import annotations

from datetime import date
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
from services.billing.schemas.invoices import InvoiceOut
from shared.contracts.timesheets import EntryApproved
from tests.support.billing import reversed_
from tests.support.invoicing import Office, make_office
from tests.support.stateful import BillingMachine, run_machine

REFUSALS = frozenset(
    {"nothing-to-invoice", "draft-outdated", "not-a-draft", "not-found", "not-issued", "reference-conflict"}
)

amounts = st.decimals(min_value="0.01", max_value="300.00", places=2).map(str)
rates = st.sampled_from([None, "21", "9", "0"])
projects = st.sampled_from(["P1", "P2"])
ways = st.sampled_from(["timetracking", "phases"])
days = st.sampled_from([date(2026, 3, 2), date(2026, 3, 3), date(2026, 4, 1)])


class Invoicing(BillingMachine):
    """``unbilled`` is the model: what was accrued, less what was taken back and what was invoiced."""

    refusals = REFUSALS
    entries = Bundle("entries")
    drafts = Bundle("drafts")
    issued = Bundle("issued")

    @initialize()
    def begin(self) -> None:
        self.office: Office = self.run(make_office(self.database))
        self.run(self.office.firm.project("P2"))
        for project in ("P1", "P2"):
            for phase in ("F1", "F2"):
                self.run(self.office.firm.phase(project, phase))
        self.unbilled = {"P1": Decimal(0), "P2": Decimal(0)}
        self.count = 0

    def booked(self, invoice: InvoiceOut) -> None:
        """An invoice was issued: what its lines bill is no longer unbilled. All amounts here are whole cents."""
        if invoice.type == "regular":
            assert invoice.project is not None
            self.unbilled[invoice.project] -= sum(line.net for line in invoice.lines if line.kind != "deduction")

    def approve(self, project: str, amount: str, version: int, ref: str, **fields: Any) -> EntryApproved:
        self.unbilled[project] += Decimal(amount)
        return self.office.firm.approved(
            ref, version, project=project, kind="expense", quantity="1", unit_price=amount, **fields
        )

    @rule(target=entries, project=projects, amount=amounts, rate=rates, phase=st.sampled_from([None, "F1"]), day=days)
    def work(self, project: str, amount: str, rate: str | None, phase: str | None, day: date) -> EntryApproved:
        self.count += 1
        entry = self.approve(project, amount, 2, f"e{self.count}", vat_rate=rate, phase=phase, day=day)
        self.run(self.office.firm.post(entry))
        return entry

    @rule(entry=consumes(entries))
    def take_back(self, entry: EntryApproved) -> None:
        self.unbilled[str(entry.project)] -= entry.unit_price or Decimal(0)
        self.run(self.office.firm.post(reversed_(entry)))

    @rule(target=entries, entry=consumes(entries), project=projects, amount=amounts)
    def correct(self, entry: EntryApproved, project: str, amount: str) -> EntryApproved:
        """Taken back and approved anew, on the same or on the other project."""
        self.unbilled[str(entry.project)] -= entry.unit_price or Decimal(0)
        ref = getattr(entry.origin, "ref", None) or ""
        new = self.approve(project, amount, entry.version + 2, ref, day=entry.day)
        self.run(self.office.firm.post(reversed_(entry), new))
        return new

    @rule(target=drafts, project=projects, way=ways, up_to=st.none() | days)
    def draft(self, project: str, way: str, up_to: date | None) -> Any:
        draft = self.attempt(self.office.draft(project, way, up_to))
        return multiple() if draft is None else draft.id

    @rule(target=drafts, project=projects)
    def draft_a_phase(self, project: str) -> Any:
        draft = self.attempt(self.office.draft(project, "phases", phases=["F1"]))
        return multiple() if draft is None else draft.id

    @rule(target=drafts, amount=amounts, rate=rates)
    def draft_an_advance(self, amount: str, rate: str | None) -> UUID:
        return self.run(self.office.advance(amount, rate, issue=False)).id

    @rule(target=issued, project=projects, amount=amounts, rate=rates)
    def advance(self, project: str, amount: str, rate: str | None) -> UUID:
        return self.run(self.office.advance(amount, rate, project)).id

    @rule(target=issued, draft=drafts)
    def issue(self, draft: UUID) -> Any:
        invoice = self.attempt(self.office.issue(draft))
        if invoice is None:
            return multiple()
        self.booked(invoice)
        return invoice.id

    @rule(draft=drafts)
    def refresh(self, draft: UUID) -> None:
        self.attempt(self.office.refresh(draft))

    @rule(draft=consumes(drafts))
    def delete(self, draft: UUID) -> None:
        self.attempt(self.office.delete(draft))

    @rule(target=issued, project=projects, way=ways)
    def two_invoice_at_once(self, project: str, way: str) -> Any:
        done = self.together(self.office.invoice(project, way), self.office.invoice(project, "phases"))
        assert len(done) <= 1
        for invoice in done:
            self.booked(invoice)
        return multiple(*(invoice.id for invoice in done))

    @rule(target=issued, draft=drafts, entry=consumes(entries), project=projects)
    def everything_at_once(self, draft: UUID, entry: EntryApproved, project: str) -> Any:
        self.unbilled[str(entry.project)] -= entry.unit_price or Decimal(0)
        done = self.together(
            self.office.issue(draft),
            self.office.firm.post(reversed_(entry)),
            self.office.invoice(project, "phases"),
            self.office.advance("1.00", project=project),
        )
        invoices = [one for one in done if isinstance(one, InvoiceOut)]
        for invoice in invoices:
            self.booked(invoice)
        return multiple(*(invoice.id for invoice in invoices))

    @rule(invoice=issued, amount=amounts, reference=st.integers(1, 12))
    def pay(self, invoice: UUID, amount: str, reference: int) -> None:
        """Twice at once: the second is the same payment. References are few, so that they collide."""
        results = [self.office.pay(invoice, amount, f"BANK-{reference}") for _ in range(2)]
        assert sum(booked.new for booked in self.together(*results)) <= 1

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "office"):
            return
        self.run(self.office.check_invariants())
        for project, amount in self.unbilled.items():
            assert self.run(self.office.firm.unbilled(project)) == amount


def test_invariants_hold_after_each_step(stack: Stack) -> None:
    run_machine(Invoicing, stack)
