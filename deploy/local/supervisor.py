"""Starting processes again that end by themselves, ever more slowly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds
STABLE = 60.0  # seconds after which a service that ran so long counts as well again


class Supervised(Protocol):
    """What is watched."""

    @property
    def name(self) -> str: ...
    @property
    def running(self) -> bool: ...


@dataclass
class _Watch:
    pause: float = FIRST_PAUSE
    started: float = 0.0
    due: float | None = None


class Supervisor:
    """Looks at what it watches when told to; each comes with how it is started without waiting.

    ``clock`` gives seconds.
    """

    def __init__(
        self,
        watched: Mapping[Supervised, Callable[[], None]],
        *,
        clock: Callable[[], float],
        say: Callable[[str], None],
    ) -> None:
        self._launches = dict(watched)
        self._clock = clock
        self._say = say
        self._watches = {service.name: _Watch(started=clock()) for service in watched}

    def look(self) -> None:
        """Start again what has ended and whose pause is over."""
        for service, launch in self._launches.items():
            watch = self._watches[service.name]
            if service.running:
                continue
            if watch.due is None:
                self._ended(service, watch)
            elif self._clock() >= watch.due:
                watch.due = None
                watch.started = self._clock()
                launch()

    def _ended(self, service: Supervised, watch: _Watch) -> None:
        if self._clock() - watch.started >= STABLE:
            watch.pause = FIRST_PAUSE
        watch.due = self._clock() + watch.pause
        self._say(f"{service.name} ended; it is started again in {watch.pause:.0f} s")
        watch.pause = min(watch.pause * 2, LONGEST_PAUSE)
