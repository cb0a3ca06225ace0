"""Whatever is billed ahead, deducted and credited, in whatever order: advances add up, and no part is negative.

What is open is worked out a second time, from the lines of all documents: an advance line adds, a deduction takes
off, and a credit note has the opposite sign of what it undoes.
"""

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
from services.billing.domain.credits import Wanted
from services.billing.handlers import issuing
from services.billing.handlers.deals import SliceAsked, invoice_deal, save_deal
from services.billing.handlers.deductions import LimitAsked, limit_deductions
from services.billing.handlers.drafts import locked_draft
from services.billing.handlers.subscription_runs import run_by_hand
from services.billing.queries.advances import open_advances
from shared.http.problems import Problem
from tests.support.invoicing import NOON, Office, make_office
from tests.support.stateful import BillingMachine, run_machine
from tests.support.subscriptions import check_billed_once, subscribe

REFUSALS = frozenset(
    {
        "nothing-to-invoice",
        "draft-outdated",
        "not-a-draft",
        "not-found",
        "not-creditable",
        "not-editable",
        "not-issued",
        "exceeds-remaining",
    }
)
DEAL = Decimal("1000.01")

amounts = st.decimals(min_value="0.01", max_value="400.00", places=2).map(str)
rates = st.sampled_from(["21", "9", "0"])
percentages = st.decimals(min_value="0.01", max_value="60.00", places=2)

_FROM_LINES = """
SELECT coalesce(sum(l.net), 0) AS open FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id
WHERE i.organisation = $1 AND i.state <> 'draft' AND l.kind IN ('advance', 'deduction')
"""
_SLICES = """
SELECT d.amount, d.billed, coalesce(sum(i.net), 0) - coalesce(sum(v.credited), 0) AS slices
FROM deals d
LEFT JOIN deal_slices s ON s.organisation = d.organisation AND s.deal = d.code
LEFT JOIN invoices i ON i.id = s.invoice_id
LEFT JOIN advances v ON v.invoice_id = i.id
WHERE d.organisation = $1 GROUP BY d.organisation, d.code
"""


class Advances(BillingMachine):
    """One project with a deal and a subscription."""

    refusals = REFUSALS
    drafts = Bundle("drafts")
    issued = Bundle("issued")

    @initialize()
    def begin(self) -> None:
        self.office: Office = self.run(make_office(self.database))
        self.run(self._deal())
        self.run(subscribe(self.office, "S1", amount=Decimal("33.33")))
        self.count = 0

    async def _deal(self) -> None:
        async with self.database.transaction() as session:
            await save_deal(session, self.office.firm.code, "D1", {"project": "P1", "amount": DEAL}, "anna")

    async def _slice(self, asked: SliceAsked, *, issue: bool) -> UUID:
        async with self.database.transaction() as session:
            organisation = self.office.firm.code
            invoice_id = await invoice_deal(session, organisation, "D1", asked, "anna")
            if issue:
                await issuing.issue(session, organisation, invoice_id, issuing.Order("anna", NOON))
            return invoice_id

    @rule(target=issued, amount=amounts, rate=rates)
    def advance(self, amount: str, rate: str) -> UUID:
        return self.run(self.office.advance(amount, rate)).id

    @rule(target=issued, percentage=percentages)
    def percentage_of_the_deal(self, percentage: Decimal) -> Any:
        made = self.attempt(self._slice(SliceAsked(percentage=percentage), issue=True))
        return multiple() if made is None else made

    @rule(target=issued, amount=amounts)
    def amount_of_the_deal(self, amount: str) -> Any:
        made = self.attempt(self._slice(SliceAsked(amount=Decimal(amount)), issue=True))
        return multiple() if made is None else made

    @rule(target=drafts, percentage=percentages)
    def draft_of_the_deal(self, percentage: Decimal) -> Any:
        made = self.attempt(self._slice(SliceAsked(percentage=percentage), issue=False))
        return multiple() if made is None else made

    @rule(month=st.integers(1, 12))
    def run_the_subscription(self, month: int) -> None:
        until = date(2026, month, 1)
        self.run(run_by_hand(self.database, self.office.firm.code, until, by="anna", clock=lambda: NOON))

    @rule(amount=amounts, rate=rates)
    def work(self, amount: str, rate: str) -> None:
        self.count += 1
        self.run(self.office.work(f"e{self.count}", amount, vat_rate=rate))

    @rule(target=drafts, way=st.sampled_from(["timetracking", "phases"]))
    def draft(self, way: str) -> Any:
        made = self.attempt(self.office.draft(way=way))
        return multiple() if made is None else made.id

    @rule(target=issued, way=st.sampled_from(["timetracking", "phases"]))
    def invoice(self, way: str) -> Any:
        made = self.attempt(self.office.invoice(way=way))
        return multiple() if made is None else made.id

    @rule(target=issued, draft=drafts)
    def issue(self, draft: UUID) -> Any:
        made = self.attempt(self.office.issue(draft))
        return multiple() if made is None else made.id

    @rule(draft=drafts, place=st.integers(0, 3), share=st.none() | st.sampled_from([0, 30, 100]))
    def lower_a_deduction(self, draft: UUID, place: int, share: int | None) -> None:
        self.attempt(self._lower(draft, place, share))

    async def _lower(self, draft: UUID, place: int, share: int | None) -> None:
        """To so many per cent of what is open; None: as much as there is."""
        async with self.database.transaction() as session:
            invoice = await locked_draft(session, self.office.firm.code, draft)
            opened = await open_advances(session, [invoice.account.id])
            if place < len(opened):
                one = opened[place]
                amount = None if share is None else (one.open * share / 100).quantize(Decimal("0.01"))
                asked = LimitAsked(one.invoice_id, one.vat.rate, amount)
                await limit_deductions(session, invoice, [asked])

    @rule(draft=drafts)
    def refresh(self, draft: UUID) -> None:
        self.attempt(self.office.refresh(draft))

    @rule(draft=consumes(drafts))
    def delete(self, draft: UUID) -> None:
        self.attempt(self.office.delete(draft))

    @rule(invoice=issued)
    def credit_what_is_left(self, invoice: UUID) -> None:
        self.attempt(self.office.credit(invoice))

    @rule(invoice=issued, line=st.integers(1, 3), amount=amounts)
    def credit_a_part(self, invoice: UUID, line: int, amount: str) -> None:
        try:
            self.attempt(self.office.credit(invoice, Wanted(line, Decimal(amount))))
        except Problem as problem:
            assert problem.slug == "invalid-input", problem  # no such line  # noqa: PT017

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "office"):
            return
        self.run(self.office.check_invariants())
        self.run(check_billed_once(self.office))
        self.run(self._check_open())
        self.run(self._check_deal())

    async def _check_open(self) -> None:
        (row,) = await self.office.firm.query(_FROM_LINES)
        assert await self.office.advance_open() == row["open"] >= 0

    async def _check_deal(self) -> None:
        (row,) = await self.office.firm.query(_SLICES)
        assert row["billed"] == row["slices"], dict(row)
        assert 0 <= row["billed"] <= row["amount"]


def test_advances_add_up_after_each_step(stack: Stack) -> None:
    run_machine(Advances, stack)
