"""A small simulator: units that serve one at a time, those who wait for them in order, and a clock that jumps to the next event."""

import heapq
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias


@dataclass
class Station:
    """So many units. Who takes one waits in line, and gives it back."""

    units: int
    free: int = field(init=False)
    line: "deque[tuple[float, Story]]" = field(default_factory=deque)
    waits: list[float] = field(default_factory=list)
    busy: float = 0.0  # seconds of all units together
    refused: int = 0

    def __post_init__(self) -> None:
        self.free = self.units


@dataclass(frozen=True)
class Take:
    """Wait for a unit."""

    station: Station


@dataclass(frozen=True)
class Give:
    """Let it go after so many seconds of work."""

    station: Station
    seconds: float


# What a command goes through. A number waits for so many seconds.
Story: TypeAlias = Generator[Take | Give | float, None, None]


class Clock:
    """Runs stories; each is at one place at a time."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Story, Station | None]] = []
        self._order = count()  # of events at the same moment

    def begin(self, story: Story, moment: float) -> None:
        """The story begins at a moment."""
        self._later(moment, story, None)

    def run(self, until: float) -> None:
        """Handle all events up to that moment."""
        while self._events and self._events[0][0] <= until:
            self.now, _, story, given = heapq.heappop(self._events)
            if given is not None:
                self._pass_on(given)
            self._step(story)
        self.now = until

    def _later(self, moment: float, story: Story, given: Station | None) -> None:
        heapq.heappush(self._events, (moment, next(self._order), story, given))

    def _step(self, story: Story) -> None:
        while (wanted := next(story, None)) is not None:
            if isinstance(wanted, Give):
                wanted.station.busy += wanted.seconds
                self._later(self.now + wanted.seconds, story, wanted.station)
                return
            if isinstance(wanted, Take):
                station = wanted.station
                if not station.free:
                    station.line.append((self.now, story))
                    return
                station.free -= 1
                station.waits.append(0.0)
            else:
                self._later(self.now + wanted, story, None)
                return

    def _pass_on(self, station: Station) -> None:
        if not station.line:
            station.free += 1
            return
        since, story = station.line.popleft()
        station.waits.append(self.now - since)
        self._later(self.now, story, None)
