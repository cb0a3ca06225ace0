"""Accepts and dismisses corrections: what a newer revision of an order asks of an entry that somebody approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.access import User, refuse_own_approval
from services.timesheets.domain.checks import Known, refuse_by_hand, refuse_closed
from services.timesheets.domain.entry import Act, Step, TimeEntry, reverse
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.words import EntryState
from services.timesheets.handlers.changes import records_of_works
from services.timesheets.handlers.decisions import Outcome, Skipped
from services.timesheets.handlers.keeping import keep
from services.timesheets.handlers.placing import place
from services.timesheets.handlers.revising import moved_by, said_before
from services.timesheets.queries.corrections import Question, decide_corrections, open_questions
from services.timesheets.queries.listing import extras_of
from services.timesheets.queries.load import lock_entries
from shared.database.locks import lock_organisations_shared


@dataclass
class Accepting:
    """What acceptance does: ``reversals`` come first, then what is ``placed`` in their stead."""

    reversals: list[Step] = field(default_factory=list)
    placed: list[TimeEntry] = field(default_factory=list)

    @property
    def replaces(self) -> dict[UUID, int]:
        return {step.entry.id: step.reverses for step in self.reversals if step.reverses is not None}


async def accept_corrections(
    session: AsyncSession, user: User, ids: Sequence[UUID], act: Act, revisions: Mapping[UUID, int] | None = None
) -> Outcome:
    """Each entry is taken back, and what its order says now is recorded and approved; or nothing, where nothing is
    left of it. Extra costs that the order takes back with their entry go along.

    ``revisions``: those that the user saw, by entry; another is refused. Skipped with their ``Refused``: not-found,
    no-open-correction, correction-changed, own-approval, period-closed, and whatever keeps the new work from being
    recorded (unknown-employee, …). Locks: organisation (shared), employees (shared), entries, corrections.
    """
    await lock_organisations_shared(session, [user.organisation])
    extras = await extras_of(session, user.organisation, list(ids), EntryState.APPROVED.value)
    wanted = [*ids, *extras]
    seen = await open_questions(session, wanted, lock=False)
    works = [question.after for question in seen if question.after is not None]
    known = await records_of_works(session, user.organisation, works, act.at)
    entries, questions = await _locked(session, user, wanted)
    asked = _Asked(
        user, known, entries, questions, {question.entry_id: question for question in seen}, revisions or {}
    )
    accepting, outcome = Accepting(), Outcome(sum(entry_id in entries for entry_id in dict.fromkeys(ids)))
    named = set(ids)
    for entry_id in dict.fromkeys(wanted):
        if entry_id in named or asked.goes_along(entry_id, accepting):
            _accept(asked, entry_id, act, accepting, outcome)
    steps = await _steps(session, accepting, user, known, act)
    await keep(session, steps)
    done = {step.entry.id: step.entry for step in steps}
    await decide_corrections(session, list(done), "accepted", act)
    outcome.done.extend(done.values())
    return outcome


async def dismiss_corrections(
    session: AsyncSession, user: User, ids: Sequence[UUID], act: Act, revisions: Mapping[UUID, int] | None = None
) -> Outcome:
    """The entries stay as they were approved; the same is not asked again. Skipped as in ``accept_corrections``."""
    await lock_organisations_shared(session, [user.organisation])
    known = await records_of_works(session, user.organisation, [], act.at)
    entries, questions = await _locked(session, user, ids)
    asked = _Asked(user, known, entries, questions, questions, revisions or {})
    outcome = Outcome(sum(entry_id in entries for entry_id in dict.fromkeys(ids)))
    for entry_id in dict.fromkeys(ids):
        try:
            entry, _ = asked.about(entry_id)
        except Refused as refused:
            outcome.skipped.append(Skipped(entry_id, entries.get(entry_id), refused))
        else:
            outcome.done.append(entry)
    await decide_corrections(session, [entry.id for entry in outcome.done], "dismissed", act)
    return outcome


async def _locked(
    session: AsyncSession, user: User, ids: Sequence[UUID]
) -> tuple[dict[UUID, TimeEntry], dict[UUID, Question]]:
    entries = {entry.id: entry for entry in await lock_entries(session, user.organisation, ids)}
    questions = await open_questions(session, list(entries))
    return entries, {question.entry_id: question for question in questions}


@dataclass(frozen=True)
class _Asked:
    """What is open, as it was ``seen`` before the locks and as it is now."""

    user: User
    known: Known
    entries: Mapping[UUID, TimeEntry]
    questions: Mapping[UUID, Question]
    seen: Mapping[UUID, Question]
    revisions: Mapping[UUID, int]

    def about(self, entry_id: UUID) -> tuple[TimeEntry, Question]:
        """The entry and its correction, which the user may decide on. Raises ``Refused``."""
        entry, question = self.entries.get(entry_id), self.questions.get(entry_id)
        if entry is None:
            raise Refused("not-found", f"There is no entry {str(entry_id)!r}.")
        if question is None:
            raise Refused("no-open-correction", f"nothing is asked of {entry.name}")
        if question != self.seen.get(entry_id) or self.revisions.get(entry_id, question.revision) != question.revision:
            raise Refused("correction-changed", f"revision {question.revision} asks something else of {entry.name}")
        allowed = self.known.organisation.own_approval
        refuse_own_approval(entry, self.user, allowed)
        if question.after is not None:
            refuse_own_approval(moved_by(said_before(entry, question), entry, entry.changed_at), self.user, allowed)
        return entry, question

    def goes_along(self, entry_id: UUID, accepting: Accepting) -> bool:
        """Whether an extra cost is taken back with the entry that it belongs to."""
        entry, question = self.entries.get(entry_id), self.questions.get(entry_id)
        if entry is None or question is None or question.after is not None:
            return False
        taken_back = accepting.replaces.keys() - {placed.id for placed in accepting.placed}
        return entry.work.extra_to in taken_back


def _accept(asked: _Asked, entry_id: UUID, act: Act, accepting: Accepting, outcome: Outcome) -> None:
    try:
        entry, question = asked.about(entry_id)
        refuse_closed(entry.name, asked.known, entry.work.day)
        if question.after is not None:
            refuse_by_hand(question.after, [], asked.known)
        step = reverse(entry, act, act.comment or f"corrected by revision {question.revision}")
    except Refused as refused:
        outcome.skipped.append(Skipped(entry_id, asked.entries.get(entry_id), refused))
        return
    accepting.reversals.append(step)
    if question.after is not None:
        accepting.placed.append(moved_by(said_before(entry, question), step.entry, act.at))


async def _steps(session: AsyncSession, accepting: Accepting, user: User, known: Known, act: Act) -> list[Step]:
    placed = await place(
        session,
        accepting.placed,
        {user.organisation: known},
        act,
        [step.entry.id for step in accepting.reversals],
        replaces=accepting.replaces,
        approver=act,
    )
    return [*accepting.reversals, *placed]
