"""Posting: approvals and what takes them back, many at once, become ledger rows, suspense, or a memory.

Used by the consumer, and when something that waited goes on. The caller holds the organisations' advisory locks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.approvals import Approval, TakingBack
from services.billing.domain.facts import Fact, Standing, approved, taken_back
from services.billing.domain.kept import KeptPrice
from services.billing.domain.pricing import (
    NOTHING_YET,
    Accrued,
    Books,
    DayGroup,
    Outcome,
    SoFar,
    SuspenseReason,
    Unpriced,
    assess,
    day_group,
    same_work,
)
from services.billing.queries import accounts, entries, ledger, pricing, suspense
from services.billing.queries.kept import load_kept_prices
from services.billing.queries.organisations import OrganisationTerms

Posting = Approval | TakingBack


async def post(
    session: AsyncSession, postings: Sequence[Posting], organisations: Mapping[str, OrganisationTerms], now: datetime
) -> None:
    """Post facts of ``organisations``, in their order; each counts once, whatever came before."""
    books = await pricing.load_books(session, ((p.fact.organisation, p.work) for p in postings), organisations)
    await accounts.lock_accounts(session, await _accounts(session, postings, books))
    standings = await ledger.load_standings(session, {posting.fact for posting in postings})
    so_far = await pricing.load_so_far(session, _day_groups(postings, books))
    replaced = {p.replaces for p in postings if isinstance(p, Approval) and p.replaces is not None}
    changes = Changes(books, dict(standings), so_far, await load_kept_prices(session, replaced))
    for posting in postings:
        changes.add(posting)
    await _write(session, changes, {code: terms.generation for code, terms in organisations.items()}, now)


async def _accounts(session: AsyncSession, postings: Iterable[Posting], books: Mapping[str, Books]) -> set[UUID]:
    """Every account that may change: where the work belongs now, and where it was accrued."""
    found = {books[p.fact.organisation].account(p.work) for p in postings}
    ids = {account.id for account in found if account is not None}
    reversed_facts = {posting.fact for posting in postings if isinstance(posting, TakingBack)}
    return ids.union(await ledger.accounts_of(session, reversed_facts)) if reversed_facts else ids


def _day_groups(postings: Iterable[Posting], books: Mapping[str, Books]) -> set[DayGroup]:
    groups = (_day_group(posting, books) for posting in postings)
    return {group for group in groups if group is not None}


def _day_group(posting: Posting, books: Mapping[str, Books]) -> DayGroup | None:
    """The minutes that are rounded together with the posting's, if its account prefers that."""
    account = books[posting.fact.organisation].account(posting.work)
    if account is None or not account.rounds_per_day or not posting.work.kind.is_time:
        return None
    return day_group(posting.work, account)


@dataclass
class Changes:
    """What a batch changes: its facts are added one after the other, then written in bulk."""

    books: Mapping[str, Books]
    standings: dict[Fact, Standing]
    so_far: dict[DayGroup, SoFar]
    kept: dict[Fact, KeptPrice] = field(default_factory=dict)
    before: dict[Fact, Standing | None] = field(default_factory=dict)
    accruals: dict[Fact, tuple[Approval, Accrued]] = field(default_factory=dict)
    suspended: dict[Fact, tuple[Approval, SuspenseReason]] = field(default_factory=dict)
    unpriced: dict[Fact, tuple[Approval, Unpriced]] = field(default_factory=dict)
    takings_back: dict[Fact, TakingBack] = field(default_factory=dict)

    def add(self, posting: Posting) -> None:
        standing = self.standings.get(posting.fact)
        self.before.setdefault(posting.fact, standing)
        if isinstance(posting, TakingBack):
            self.takings_back.setdefault(posting.fact, posting)
            self.standings[posting.fact] = taken_back(standing)
        elif standing is None:
            self.standings[posting.fact] = approved(standing, self._priced(posting))
        else:
            self.standings[posting.fact] = approved(standing, standing)

    def now_standing(self, standing: Standing) -> set[Fact]:
        """Facts that this batch brought there."""
        return {fact for fact, before in self.before.items() if self.standings[fact] is standing is not before}

    def _priced(self, approval: Approval) -> Standing:
        outcome = self._outcome(approval)
        if isinstance(outcome, Accrued):
            self.accruals[approval.fact] = (approval, outcome)
            return Standing.ACCRUED
        if isinstance(outcome, SuspenseReason):
            self.suspended[approval.fact] = (approval, outcome)
            return Standing.SUSPENDED
        self.unpriced[approval.fact] = (approval, outcome)
        return Standing.UNPRICED

    def _outcome(self, approval: Approval) -> Outcome:
        books = self.books[approval.fact.organisation]
        group = _day_group(approval, self.books)
        if group is None:
            return assess(approval.work, books, kept=self._kept(approval))
        so_far = self.so_far.get(group, NOTHING_YET)
        outcome = assess(approval.work, books, so_far, self._kept(approval))
        if isinstance(outcome, Accrued):
            minutes = sum(piece.minutes for piece in approval.work.pieces)
            billed = outcome.price.billed_minutes or 0
            self.so_far[group] = SoFar(so_far.minutes + minutes, so_far.billed_minutes + billed)
        return outcome

    def _kept(self, approval: Approval) -> KeptPrice | None:
        """The price of the approval that this one corrects, if the ledger has it, or this batch brought it."""
        if approval.replaces in self.accruals:
            replaced, accrued = self.accruals[approval.replaces]
            rates = {piece.hour_type: piece.rate for piece in accrued.price.pieces}
            return KeptPrice(same_work(replaced.work, accrued.account), rates, accrued.price.listed)
        return self.kept.get(approval.replaces) if approval.replaces is not None else None


async def _write(session: AsyncSession, changes: Changes, generations: Mapping[str, int], now: datetime) -> None:
    balances: dict[UUID, Decimal] = {}
    await ledger.accrue(session, list(changes.accruals.values()), now)
    for _, accrued in changes.accruals.values():
        _sum(balances, accrued.account.id, accrued.price.parts)
    reversed_now = changes.now_standing(Standing.REVERSED)
    if reversed_now:
        traces = {fact: changes.takings_back[fact].traceparent for fact in reversed_now}
        for account_id, parts in await ledger.take_back(session, traces, now):
            _sum(balances, account_id, parts)
    if balances:
        await accounts.add_to_balances(session, balances)
    await _write_beside(session, changes, generations, now)


def _sum(balances: dict[UUID, Decimal], account_id: UUID, parts: Decimal) -> None:
    balances[account_id] = balances.get(account_id, Decimal(0)) + parts


async def _write_beside(
    session: AsyncSession, changes: Changes, generations: Mapping[str, int], now: datetime
) -> None:
    """What is not in the ledger: suspense, entries without a price, and what was taken back."""
    annulled = changes.now_standing(Standing.ANNULLED)
    waiting = changes.now_standing(Standing.SUSPENDED)
    unpriced_reversed = changes.now_standing(Standing.UNPRICED_REVERSED)
    await suspense.suspend(session, [changes.suspended[fact] for fact in waiting], generations, now)
    await suspense.drop(session, [fact for fact in annulled if changes.before[fact] is Standing.SUSPENDED])
    await entries.keep_unpriced(session, list(changes.unpriced.values()), unpriced_reversed, now)
    await entries.reverse_unpriced(session, unpriced_reversed - changes.unpriced.keys(), now)
    met_before = {fact for fact in annulled if changes.before[fact] is Standing.AWAITED}
    early = changes.now_standing(Standing.AWAITED) | (annulled - met_before)
    await entries.remember_taken_back(session, {f: changes.takings_back[f].by for f in early}, annulled, now)
    await entries.meet(session, met_before, now)
