"""Submit, approve and reject: one, many, or all that match a filter, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.access import User, refuse_own_approval
from services.timesheets.domain.checks import Known, refuse_by_hand, refuse_closed
from services.timesheets.domain.classification import classify, cost_of
from services.timesheets.domain.entry import Act, ByHand, Step, TimeEntry, approve, reject, submit
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.words import EntryState, Flag
from services.timesheets.handlers.classify_again import classified_now
from services.timesheets.handlers.keeping import keep
from services.timesheets.handlers.limits import limits_among
from services.timesheets.handlers.placing import approved_by_itself, overlaps_among, with_flags
from services.timesheets.queries.classifying import pending
from services.timesheets.queries.employees import lock_employees_of
from services.timesheets.queries.known import known_records
from services.timesheets.queries.listing import extras_of
from services.timesheets.queries.load import lock_entries
from shared.database.locks import lock_organisations_shared

#: What a decision does to one entry; raises ``Refused`` where it may not.
Rule = Callable[[TimeEntry], list[Step]]


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that the rules did not let through, or (``entry`` None) that is not there for this user."""

    entry_id: UUID
    entry: TimeEntry | None
    refused: Refused


@dataclass(slots=True)
class Outcome:
    """``done``: the entries as they are now; extra costs that went along are among them."""

    matched: int
    done: list[TimeEntry] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


async def approve_entries(session: AsyncSession, user: User, ids: Sequence[UUID], act: Act) -> Outcome:
    """Approve what is submitted; extra costs of an entry are approved with it (domain.md, "Ledger").

    What is still to be classified again, because rules or schedules changed, is classified first.
    """
    await lock_organisations_shared(session, [user.organisation])
    due = await pending(session, user.organisation)
    if due:
        await lock_employees_of(session, user.organisation, ids, by_hand=False)
    extras = await extras_of(session, user.organisation, list(ids), EntryState.SUBMITTED.value)
    entries = await _visible(session, user, [*ids, *extras])
    if due:
        entries = await classified_now(session, user.organisation, entries, due, act.at)
    known = await _records(session, user.organisation, entries, act.at, placing=False)

    def rule(entry: TimeEntry) -> list[Step]:
        step = approve(entry, act, cost_of(entry.work, known))
        refuse_own_approval(entry, user, known.organisation.own_approval)
        return [step]

    return await _decide(session, entries, ids, set(extras) - set(ids), rule)


async def reject_entries(session: AsyncSession, user: User, ids: Sequence[UUID], reason: str, act: Act) -> Outcome:
    """Reject what is submitted; the reason goes back to the work order."""
    await lock_organisations_shared(session, [user.organisation])
    entries = await _visible(session, user, ids)
    return await _decide(session, entries, ids, (), lambda entry: [reject(entry, act, reason)])


async def submit_entries(session: AsyncSession, user: User, ids: Sequence[UUID], act: Act) -> Outcome:
    """Offer drafts, and what was rejected, for approval. What was rejected is checked again: by hand it must pass,
    from a work order it is flagged.

    A draft keeps its clock from others already, so only what was rejected can have come to overlap; the project of
    both can have been closed.
    """
    await lock_organisations_shared(session, [user.organisation])
    await lock_employees_of(session, user.organisation, ids, by_hand=False)
    entries = await _visible(session, user, ids)
    known = await _records(session, user.organisation, entries, act.at, placing=True)
    rejected = [one for one in entries if one.state is EntryState.REJECTED]
    overlaps = await overlaps_among(session, rejected, [entry.id for entry in rejected])
    limits = await limits_among(session, entries, {user.organisation: known})

    def rule(entry: TimeEntry) -> list[Step]:
        odd = limits[entry.id] | ({Flag.OVERLAP} if entry.id in overlaps else set())
        flagged = entry if isinstance(entry.origin, ByHand) else with_flags(entry, odd)
        step = submit(replace(flagged, pieces=classify(entry.work, known)), act)
        if isinstance(entry.origin, ByHand):
            refuse_by_hand(entry.work, sorted(odd, key=lambda flag: (flag is not Flag.OVERLAP, flag)), known)
        refuse_closed(entry.name, known, entry.work.day)
        return [step, *approved_by_itself(step.entry, known, act.at)]

    return await _decide(session, entries, ids, (), rule)


async def _visible(session: AsyncSession, user: User, ids: Sequence[UUID]) -> list[TimeEntry]:
    return [entry for entry in await lock_entries(session, user.organisation, ids) if user.sees(entry)]


async def _records(
    session: AsyncSession, organisation: str, entries: Sequence[TimeEntry], now: datetime, *, placing: bool
) -> Known:
    employees = {(organisation, entry.work.employee) for entry in entries if entry.work.employee is not None}
    hour_types = {(organisation, entry.work.hour_type) for entry in entries if entry.work.hour_type is not None}
    known = await known_records(session, [organisation], employees, hour_types, now, placing=placing)
    return known[organisation]


async def _decide(
    session: AsyncSession,
    entries: Sequence[TimeEntry],
    asked: Collection[UUID],
    along: Collection[UUID],
    rule: Rule,
) -> Outcome:
    """Apply ``rule`` to the entries that were asked for, and to those ``along`` whose own entry it let through."""
    wanted = dict.fromkeys(asked)
    outcome = Outcome(sum(entry.id in wanted for entry in entries))
    steps: list[Step] = []
    through: set[UUID] = set()
    for entry in sorted(entries, key=lambda one: one.id in along):
        if entry.id in along and entry.work.extra_to not in through:
            continue
        try:
            taken = rule(entry)
        except Refused as refused:
            outcome.skipped.append(Skipped(entry.id, entry, refused))
            continue
        steps += taken
        through.add(entry.id)
        outcome.done.append(taken[-1].entry)
    kept = await keep(session, steps)
    outcome.done = [kept[entry.id] for entry in outcome.done]
    _add_missing(outcome, [entry_id for entry_id in wanted if entry_id not in through])
    return outcome


def _add_missing(outcome: Outcome, ids: Sequence[UUID]) -> None:
    """What is not there, or not for this user, is told like any other that was skipped."""
    told = {skipped.entry_id for skipped in outcome.skipped}
    for entry_id in ids:
        if entry_id not in told:
            missing = Refused("not-found", f"There is no entry {str(entry_id)!r}.")
            outcome.skipped.append(Skipped(entry_id, None, missing))
