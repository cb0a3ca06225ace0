"""Dead letters: listed, looked at, replayed in place, discarded."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch
from shared.database.database import Database
from shared.messaging.batch import Batch, Reject
from shared.messaging.dead_letters import (
    DeadLetter,
    NotOpen,
    discard_dead_letter,
    get_dead_letter,
    list_dead_letters,
)
from shared.messaging.replay import replay_dead_letter
from shared.messaging.subscription import Subscription
from tests.support.messaging import (
    counted,
    create_topics,
    dead,
    done,
    keep,
    new_topic,
    own_headers,
    positions,
    producing,
    running,
    send,
    subscribe,
    until_equal,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


async def _known_organisations(session: AsyncSession, batch: Batch) -> None:
    rows = await execute(session, "SELECT FROM once WHERE name = 'open for business'")
    for message in batch.messages:
        if rows == "SELECT 0":
            batch.reject(message, "unknown-organisation", f"there is no organisation {message.organisation}")
    await keep(session, Batch([m for m in batch.messages if m not in batch.refused], batch.now))


async def _refused(
    database: Database, bootstrap: str, numbers: int = 1, *, claims: bool = True
) -> tuple[Subscription, list[DeadLetter]]:
    """A subscription, and the dead letters of some messages that it refused."""
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    subscription = subscribe(topic, _known_organisations, claims=claims)
    await send(bootstrap, topic, [counted(topic, "k", n) for n in range(numbers)])
    async with running(database, bootstrap, [subscription]):
        await until_equal({0: numbers}, lambda: positions(database))
    async with database.transaction() as session:
        return subscription, await list_dead_letters(session, organisation=None)


@pytest.mark.parametrize("claims", [True, False])
async def test_a_replay_that_works_closes_it(database: Database, bootstrap: str, *, claims: bool) -> None:
    subscription, (letter,) = await _refused(database, bootstrap, claims=claims)
    assert (letter.slug, letter.state, letter.attempts) == ("unknown-organisation", "open", 1)
    again = await replay_dead_letter(database, [subscription], letter.id, by="anna", now=NOW)
    assert (again.state, again.attempts, again.failed_at) == ("open", 2, NOW)
    async with database.transaction() as session:
        await execute(session, "INSERT INTO once VALUES ('open for business')")
    replayed = await replay_dead_letter(database, [subscription], letter.id, by="anna", now=NOW)
    assert (replayed.state, replayed.resolved_by, replayed.resolved_at) == ("replayed", "anna", NOW)
    assert await done(database) == [("k", 0)]
    async with database.transaction() as session:
        assert len(await fetch(session, "SELECT message_key FROM inbox")) == int(claims)
    with pytest.raises(NotOpen):
        await replay_dead_letter(database, [subscription], letter.id, by="anna", now=NOW)


async def test_a_replay_of_what_was_handled_meanwhile_does_nothing(database: Database, bootstrap: str) -> None:
    subscription, (letter,) = await _refused(database, bootstrap)
    async with database.transaction() as session:
        await execute(session, "INSERT INTO once VALUES ('open for business')")
    async with producing(bootstrap) as producer:  # its sender sends it again
        record = letter.record
        await producer.send_and_wait(subscription.topic.name, record.value, record.key, headers=[*record.headers])
    async with running(database, bootstrap, [subscription]):
        await until_equal({0: 2}, lambda: positions(database))
    replayed = await replay_dead_letter(database, [subscription], letter.id, by="anna", now=NOW)
    assert (replayed.state, replayed.note) == ("replayed", "the same message was handled already")
    assert await done(database) == [("k", 0)]


async def test_what_crashes_again_stays_open_and_leaves_nothing(database: Database, bootstrap: str) -> None:
    subscription, (letter,) = await _refused(database, bootstrap)

    async def half(session: AsyncSession, batch: Batch) -> None:
        await keep(session, batch)
        raise Reject("too-late", "the period is closed")

    other = Subscription(subscription.topic, subscription.group, half)
    again = await replay_dead_letter(database, [other], letter.id, by="anna", now=NOW)
    assert (again.state, again.slug, again.detail) == ("open", "too-late", "the period is closed")
    assert await done(database) == []


async def test_discarding_keeps_who_and_why(database: Database, bootstrap: str) -> None:
    _, letters = await _refused(database, bootstrap, 3)
    async with database.transaction() as session:
        gone = await discard_dead_letter(session, letters[0].id, by="anna", reason="a test order", now=NOW)
        assert (gone.state, gone.resolved_by, gone.note) == ("discarded", "anna", "a test order")
        with pytest.raises(NotOpen):
            await discard_dead_letter(session, letters[0].id, by="anna", reason="again", now=NOW)
        assert len(await list_dead_letters(session, organisation="demo", state="open")) == 2


async def test_a_list_goes_on_where_it_ended_and_shows_nothing_of_others(database: Database, bootstrap: str) -> None:
    _, letters = await _refused(database, bootstrap, 5)
    async with database.transaction() as session:
        first = await list_dead_letters(session, organisation="demo", limit=2)
        rest = await list_dead_letters(session, organisation="demo", after=(first[-1].failed_at, first[-1].id))
        assert [letter.id for letter in first + rest] == [letter.id for letter in letters]
        assert await list_dead_letters(session, organisation="other") == []
        assert await get_dead_letter(session, letters[0].id, organisation="other") is None
        assert (await get_dead_letter(session, letters[0].id, organisation="demo")) == letters[0]


async def test_bytes_and_headers_survive_as_they_came(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    event = counted(topic, "k", 1)
    headers = [*own_headers(event), ("x", b"\x00\xff"), ("x", b"twice"), ("e\u0000mpty", b"")]
    async with producing(bootstrap) as producer:
        await producer.send_and_wait(topic.name, b"\x00\xff\xfe not json", b"\x00key\xff", headers=headers)
    async with running(database, bootstrap, [subscribe(topic)]):
        await until_equal({0: 1}, lambda: positions(database))
    async with database.transaction() as session:
        (letter,) = await list_dead_letters(session, organisation=None)
    assert (letter.value, letter.key) == (b"\x00\xff\xfe not json", b"\x00key\xff")
    assert letter.headers == tuple(headers)


async def test_the_same_place_is_kept_once(database: Database, bootstrap: str) -> None:
    subscription, _ = await _refused(database, bootstrap)
    async with database.transaction() as session:  # a restored database reads it again
        await execute(session, "UPDATE consumer_positions SET next_offset = 0")
    async with running(database, bootstrap, [subscription]):
        await until_equal({0: 1}, lambda: positions(database))
    assert len(await dead(database)) == 1
