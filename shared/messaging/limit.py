"""The limit on bad messages: a bad deploy must stop a consumer, not make everything a dead letter.

Time is passed in (seconds of a clock that never goes back), so that it can be stepped by hand.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass

from shared.messaging.codec import UNKNOWN_SOURCE
from shared.messaging.settings import BadMessageLimit

#: Sources that are watched at once; the one that was silent longest is forgotten first.
_SOURCES = 1000


@dataclass(frozen=True, slots=True)
class Tally:
    """Messages of one batch, and how many of them were bad."""

    total: int = 0
    bad: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.total + other.total, self.bad + other.bad)

    @property
    def share(self) -> float:
        return self.bad / self.total if self.total else 0.0


class Window:
    """The tallies of the last ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._tallies: deque[tuple[float, Tally]] = deque()
        self._sum = Tally()

    def add(self, now: float, tally: Tally) -> None:
        self._tallies.append((now, tally))
        self._sum += tally

    def sum(self, now: float) -> Tally:
        while self._tallies and self._tallies[0][0] <= now - self._seconds:
            gone = self._tallies.popleft()[1]
            self._sum = Tally(self._sum.total - gone.total, self._sum.bad - gone.bad)
        return self._sum


class Guard:
    """Watches one consumer. On our own topics all messages count together; on open topics each source for itself."""

    def __init__(self, limit: BadMessageLimit, *, per_source: bool) -> None:
        self._limit = limit
        self._per_source = per_source
        self._windows: OrderedDict[str, Window] = OrderedDict()

    def why_stop(self, now: float, tallies: Mapping[str, Tally]) -> str | None:
        """Whether the consumer must stop rather than commit a batch with these tallies; None: it may go on.

        ``tallies`` go by source. On an open topic one source's garbage stops nobody; only when all sources that send
        enough to judge by, at least two, are over the limit, the fault is ours.
        """
        sums = self._sums(now, tallies)
        if not self._per_source:
            total = sum(sums.values(), Tally())
            return self._words(total) if self._over(total) else None
        judged = {s: t for s, t in sums.items() if s != UNKNOWN_SOURCE and t.total >= self._limit.minimum}
        if len(judged) >= 2 and all(self._over(tally) for tally in judged.values()):
            return f"{self._words(sum(judged.values(), Tally()))}, of all its {len(judged)} sources"
        return None

    def record(self, now: float, tallies: Mapping[str, Tally]) -> None:
        """Count a batch that was committed."""
        for source, tally in tallies.items():
            window = self._windows.setdefault(source, Window(self._limit.window.total_seconds()))
            self._windows.move_to_end(source)
            window.add(now, tally)
        while len(self._windows) > _SOURCES:
            self._windows.popitem(last=False)

    def degraded(self, now: float) -> dict[str, float]:
        """Sources of an open topic that are over the limit, each with its share of bad messages."""
        if not self._per_source:
            return {}
        sums = self._sums(now, {})
        return {source: tally.share for source, tally in sums.items() if self._over(tally)}

    def _sums(self, now: float, tallies: Mapping[str, Tally]) -> dict[str, Tally]:
        sums = {source: window.sum(now) for source, window in self._windows.items()}
        for source, tally in tallies.items():
            sums[source] = sums.get(source, Tally()) + tally
        return sums

    def _over(self, tally: Tally) -> bool:
        return tally.bad >= self._limit.minimum and tally.share > self._limit.share

    def _words(self, tally: Tally) -> str:
        return (
            f"{tally.bad} of the last {tally.total} messages were bad ({tally.share:.0%}, the limit is "
            f"{self._limit.share:.0%}); nothing of the last batch was kept, it is read again after a restart"
        )
