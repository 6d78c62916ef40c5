"""The busy hour of a community, command by command, with the times that were measured. The same seed gives the same hour."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.scale import constants as known
from benchmarks.scale.formulas import Community, Plan, shards
from benchmarks.scale.stations import Clock, Give, Station, Story, Take

COMMANDS, SECONDS = 20_000, 300.0
SEED = 1


@dataclass(frozen=True)
class Seen:
    """One kind of station: the share of its time that it works (mean, and of the busiest), and seconds of waiting."""

    load: float
    busiest: float
    mean: float
    p50: float
    p99: float
    refused: float  # share of those who came


@dataclass(frozen=True)
class Hour:
    """All stations of a plan. `lock` is PostgreSQL's; SQLite has none beside its turn."""

    loop: Seen
    writing: Seen
    lock: Seen
    engine: Seen
    rest: Seen


class Simulation:
    """Commands come at random to servers by their size, and each passes event loop, turns, engine."""

    def __init__(self, community: Community, plan: Plan, seed: int = SEED) -> None:
        self._community, self._plan = community, plan
        self._random = np.random.default_rng(seed)
        self._clock = Clock()
        self._loops = [Station(1) for _ in range(plan.processes)]
        self._turns = [Station(1) for _ in range(plan.processes)]
        self._lock, self._rest = Station(1), Station(1)
        # An engine does 8 answers at once as fast as one after the other at its full speed; see ENGINE_SECONDS.
        self._engines = Station(min(plan.engines, plan.processes * plan.at_once))
        self._asked = 0

    def run(self, at_least: float = SECONDS) -> Hour:
        """What was seen: COMMANDS or so, as many as come in that many seconds if those are more."""
        community = self._community
        seconds = max(at_least, COMMANDS / community.rate)
        for moment, process in self._arrivals(community.rate, seconds):
            self._clock.begin(self._command(process), moment)
        for moment, _ in self._arrivals(community.messages, seconds):
            self._clock.begin(_used(self._rest, 1 / known.REST_A_SECOND), moment)
        self._clock.run(seconds)
        return Hour(
            _seen(self._loops, seconds),
            _seen(self._turns, seconds),
            _seen([self._lock], seconds),
            _seen([self._engines], seconds, self._asked),
            _seen([self._rest], seconds),
        )

    def _arrivals(self, rate: float, seconds: float) -> Iterator[tuple[float, int]]:
        """Moments, and the process that has the shard that has the server."""
        community, random = self._community, self._random
        count = int(random.poisson(rate * seconds))
        sizes = np.arange(1, community.servers + 1) ** -community.zipf
        reach = np.cumsum(random.permutation(sizes))
        servers = np.searchsorted(reach, random.random(count) * reach[-1])
        processes = servers % max(shards(community), self._plan.processes) % self._plan.processes
        yield from zip(random.random(count) * seconds, processes.tolist(), strict=True)

    def _command(self, process: int) -> Story:
        community, kind = self._community, self._random.random()
        loop, turn = self._loops[process], self._turns[process]
        asks = kind < community.model_share
        yield Take(loop)
        yield Give(loop, known.JOKE_LOOP if asks else known.LIGHT_LOOP)
        if asks:
            yield from self._answer(turn)
        elif kind < community.model_share + community.vote_share:
            yield from _used(turn, self._plan.turns.a_vote(self._trip))

    def _answer(self, turn: Station) -> Story:
        turns, trip = self._plan.turns, self._trip
        yield Take(turn)
        if self._random.random() >= self._community.limited_share:
            yield Give(turn, turns.opening + turns.trips * trip)
        elif turns.locked_trips:
            yield Take(self._lock)
            yield Give(self._lock, turns.locked(trip))
            turn.busy += turns.locked(trip)
            yield Give(turn, turns.limited_turn(trip) - turns.locked(trip))
        else:
            yield Give(turn, turns.limited)
        if self._refuses():
            return
        yield Take(self._engines)
        yield Give(self._engines, known.ENGINE_MEDIAN * math.exp(self._random.normal(0, known.ENGINE_SPREAD)))
        yield from _used(turn, turns.settling + turns.trips * trip)
        yield from _used(turn, turns.storing + turns.trips * trip)

    def _refuses(self) -> bool:
        """As `FairQueue` does for each process: who would wait too long is told so."""
        self._asked += 1
        station = self._engines
        long = (len(station.line) + 1) * known.ENGINE_SECONDS / station.units > known.MAX_WAIT_SECONDS
        full = len(station.line) >= known.MAX_WAITING * self._plan.processes
        if not station.free and (long or full):
            station.refused += 1
            return True
        return False

    @property
    def _trip(self) -> float:
        return self._community.trip if self._plan.turns.trips else 0.0


def _used(station: Station, seconds: float) -> Story:
    yield Take(station)
    yield Give(station, seconds)


def _seen(stations: list[Station], seconds: float, came: int = 0) -> Seen:
    loads = [station.busy / seconds / station.units for station in stations]
    waits = np.array([wait for station in stations for wait in station.waits] or [0.0])
    p50, p99 = np.percentile(waits, [50, 99])
    refused = sum(station.refused for station in stations) / came if came else 0.0
    return Seen(float(np.mean(loads)), max(loads), float(waits.mean()), float(p50), float(p99), refused)
