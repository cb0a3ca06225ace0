"""When a consumer is stuck: it makes no progress although Kafka answers (aio-libs/aiokafka #1154, #1037, #847).

Ages are passed in, so that this can be stepped by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: A partition alone may wait its turn behind others for longer.
_ONE_PARTITION = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Seconds since things last went on. ``polls``: for each partition, since Kafka last answered a fetch of it.

    ``joined``: the consumer has an assignment, maybe an empty one. ``busy``: it handles a batch, or waits for a
    failure of the database to pass; that is no fault of its connection to Kafka.
    """

    joined: bool
    busy: bool
    assigned: float
    committed: float
    polls: Mapping[int, float]

    @property
    def idle(self) -> float:
        """Seconds since anything went on."""
        return min([self.assigned, self.committed, *self.polls.values()])


def why_stuck(progress: Progress, kafka_answers_for: float, patience: float) -> str | None:
    """Why the consumer must be started anew; None: it need not. ``kafka_answers_for``: seconds, 0 when it does not."""
    if progress.busy or kafka_answers_for < patience:
        return None
    if not progress.joined:
        return f"it has not joined its group for {progress.assigned:.0f} s" if progress.assigned > patience else None
    if not progress.polls:
        return None  # more consumers than partitions: there is nothing to do
    if progress.idle > patience:
        return f"no poll was answered for {progress.idle:.0f} s"
    since = {partition: min(age, progress.assigned) for partition, age in progress.polls.items()}
    partition, age = max(since.items(), key=lambda item: item[1])
    return f"partition {partition} was not answered for {age:.0f} s" if age > patience * _ONE_PARTITION else None
