"""What goes into the transaction of a batch, and what comes out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.messaging.batch import Refusal
from shared.messaging.codec import UNKNOWN_SOURCE, Decoded, Unusable, source_of
from shared.messaging.limit import Tally
from shared.messaging.message import Message
from shared.messaging.positions import Positions
from shared.messaging.setting_aside import Failed


@dataclass(frozen=True, slots=True)
class Poll:
    """Decoded records by partition, each in its order and not empty.

    ``expected``: where this consumer believes the stored position of each partition to be.
    """

    partitions: Mapping[int, Sequence[Decoded]]
    expected: Mapping[int, int]


@dataclass(slots=True)
class Outcome:
    """What a committed batch did.

    ``moved``: the new positions. ``elsewhere``: partitions whose stored position is not where it was expected.
    """

    moved: Positions = field(default_factory=dict)
    elsewhere: set[int] = field(default_factory=set)
    messages: int = 0
    duplicates: int = 0
    passed_over: int = 0
    dead: int = 0
    tallies: dict[str, Tally] = field(default_factory=dict)


def compare(poll: Poll, stored: Positions, outcome: Outcome) -> list[Decoded]:
    """The records that are ours to do: of partitions whose stored position is where this consumer left it.

    Otherwise another consumer did this batch already, or an operator set the position: its records are left out, and
    the consumer goes where the stored position is.
    """
    ours: list[Decoded] = []
    for partition, records in poll.partitions.items():
        position = stored.get(partition)
        first, last = _offset(records[0]), _offset(records[-1])
        if position is None or position != poll.expected.get(partition) or position > first:
            outcome.elsewhere.add(partition)
            continue
        outcome.moved[partition] = last + 1
        ours += records
    return ours


def _offset(decoded: Decoded) -> int:
    return decoded.record.place.offset


def failed_record(unusable: Unusable) -> Failed:
    return Failed(
        unusable.record,
        Refusal(unusable.slug, unusable.detail),
        unusable.organisation,
        unusable.source,
        unusable.message_type,
    )


def failed_message(message: Message[Any], why: Refusal) -> Failed:
    return Failed(message.record, why, message.organisation, source_of(message), message.envelope.type)


def tallies(
    messages: Sequence[Message[Any]], refused: Mapping[Message[Any], Refusal], unusable: Sequence[Unusable]
) -> dict[str, Tally]:
    """Messages and bad ones by source; ``refused`` are among ``messages``."""
    bad = Counter(source_of(message) for message in refused)
    bad.update(record.source or UNKNOWN_SOURCE for record in unusable)
    total = Counter(source_of(message) for message in messages)
    total.update(record.source or UNKNOWN_SOURCE for record in unusable)
    return {source: Tally(count, bad[source]) for source, count in total.items()}
