"""Lines that timesheets said nothing about: taken back before it got to them, asked for again."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from services.workorders.handlers.entries import follow_entries
from services.workorders.intake import take
from shared.contracts.examples import EXAMPLES
from shared.contracts.timesheets import EntryRecorded
from shared.ids import entry_id_of_line
from shared.words import LineState
from tests.support.workorders import NOW, arrival, batch, labour, line_row, order, outbox

LINES = "workorders.lines.v1"


async def shown(session: AsyncSession, organisation: str, line: str) -> tuple[str, int]:
    row = await line_row(session, entry_id_of_line(organisation, "planner", "W1", line))
    return row["state"], row["version"]


async def test_an_order_cancelled_before_timesheets_answered_is_cancelled(
    session: AsyncSession, organisation: str
) -> None:
    both = [order(organisation), order(organisation, revision=2, status="cancelled")]
    await take(session, [arrival(o) for o in both], NOW)

    assert await shown(session, organisation, "1") == (LineState.CANCELLED, 2)
    published = [(line["state"], line["version"]) for line in await outbox(session, organisation, LINES)]
    assert published == [("cancelled", 2)]


async def test_a_line_left_out_is_cancelled_and_comes_back_as_sent(session: AsyncSession, organisation: str) -> None:
    await take(session, [arrival(order(organisation, lines=[labour("1"), labour("2")]))], NOW)
    await take(session, [arrival(order(organisation, revision=2, lines=[labour("1")]))], NOW)
    assert await shown(session, organisation, "1") == (LineState.SENT, 1)
    assert await shown(session, organisation, "2") == (LineState.CANCELLED, 2)

    await take(session, [arrival(order(organisation, revision=3, lines=[labour("1"), labour("2")]))], NOW)

    assert await shown(session, organisation, "2") == (LineState.SENT, 3)


async def test_what_timesheets_said_stays_until_it_says_otherwise(session: AsyncSession, organisation: str) -> None:
    await take(session, [arrival(order(organisation))], NOW)
    entry = entry_id_of_line(organisation, "planner", "W1", "1")
    said = {"organisation": organisation, "entry_id": str(entry), "version": 1, "state": "submitted"}
    recorded = EntryRecorded.model_validate({**EXAMPLES[EntryRecorded.TYPE], **said})
    await follow_entries(session, batch(recorded))

    await take(session, [arrival(order(organisation, revision=2, status="cancelled"))], NOW)

    assert (await shown(session, organisation, "1"))[0] == LineState.SUBMITTED
