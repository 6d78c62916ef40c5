"""What a community needs: each component's load in proportion to its servers."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from benchmarks.scale import constants as known
from benchmarks.scale.constants import POSTGRES, SQLITE, Turns

FULL = 0.7  # of a component's time; above it waits grow faster than what is done
MONTHS, DAYS, DAY = 12, 365, 86_400

Number = TypeVar("Number", int, float)


def _assumed(value: Number, what: str) -> Number:
    return field(default=value, metadata={"what": what})


@dataclass(frozen=True)
class Community:
    """Assumptions about members, none of them measured."""

    servers: int
    members: float = _assumed(20, "members of a server who use the bot on a day, on average")
    commands: float = _assumed(2, "commands of each of them on a day")
    peak: float = _assumed(3, "the busy hour, beside the mean hour")
    model_share: float = _assumed(0.6, "share of commands that ask a model for one answer")
    vote_share: float = _assumed(0.2, "share that write a row; the rest only read")
    limited_share: float = _assumed(0.2, "share of answers in servers with budgets (`/limits`)")
    message_share: float = _assumed(0.02, "messages of the outbox for each command")
    trainings: float = _assumed(0.2, "trainings of a server in a month, each on 72 jokes")
    texts: int = _assumed(500, "texts of a server that are embedded and kept")
    zipf: float = _assumed(0.8, "the server of rank r has r to the power of minus this of the first one's commands")
    trip: float = _assumed(0.0005, "seconds from a process to PostgreSQL and back, on top of what was measured")
    servers_a_shard: int = _assumed(1000, "servers on a shard, below Discord's bound of 2,500")
    shards_a_process: int = _assumed(10, "shards of a process")
    prompt_tokens: int = _assumed(
        403, "tokens of a prompt to a provider: ten examples (the log's line in operating.md)"
    )
    answer_tokens: int = _assumed(16, "tokens of an answer (the same line)")

    @property
    def rate(self) -> float:
        """Commands a second in the busy hour."""
        return self.servers * self.members * self.commands * self.peak / DAY

    @property
    def asked(self) -> float:
        """Requests to a model a second in the busy hour."""
        return self.rate * self.model_share

    @property
    def messages(self) -> float:
        """Messages and edits a second in the busy hour that count for Discord's global limit."""
        edits = self.servers * self.trainings * known.TRAINING_SECONDS / known.EDIT_SECONDS * self.peak
        return self.rate * self.message_share + edits * MONTHS / DAYS / DAY


@dataclass(frozen=True)
class Plan:
    """What runs: processes of the bot, engines of two cores, and the database."""

    processes: int
    engines: int
    turns: Turns
    at_once: int = known.ON_ONE_MACHINE  # requests that one process sends to the engines


# Of one unit each: the share of its time that it works.
def loop(community: Community) -> float:
    each = community.model_share * known.JOKE_LOOP + (1 - community.model_share) * known.LIGHT_LOOP
    return community.rate * each


def writing(community: Community, turns: Turns) -> float:
    """The turns of one process that all write through."""
    joke, vote = turns.a_joke(community.limited_share, community.trip), turns.a_vote(community.trip)
    return community.rate * (community.model_share * joke + community.vote_share * vote)


def lock(community: Community) -> float:
    """PostgreSQL's one lock of all processes."""
    return community.asked * community.limited_share * POSTGRES.locked(community.trip)


def engine(community: Community) -> float:
    return community.asked * known.ENGINE_SECONDS


def handing_on(community: Community) -> float:
    """An engine process whose chats are answered elsewhere (`--serve-url`)."""
    return community.asked * known.HANDED_ON


def rest(community: Community) -> float:
    return community.messages / known.REST_A_SECOND


def shards(community: Community) -> int:
    return math.ceil(community.servers / community.servers_a_shard)


def plan(community: Community) -> Plan:
    """One process and SQLite for as long as they do, else PostgreSQL and as many as keep each below FULL."""
    engines = max(1, math.ceil(engine(community) / FULL))
    alone = max(loop(community), writing(community, SQLITE)) <= FULL and community.servers <= known.SERVERS_A_SHARD
    if alone:
        return Plan(1, engines, SQLITE)
    by_load = math.ceil(max(loop(community), writing(community, POSTGRES)) / FULL)
    by_shards = math.ceil(shards(community) / community.shards_a_process)
    by_engines = math.ceil(engines / known.ON_ONE_MACHINE)
    return Plan(max(2, by_load, by_shards, by_engines), engines, POSTGRES)


def end_of(load: Callable[[Community], float]) -> int:
    """How many servers bring it to FULL; every load grows in proportion to them."""
    many = 1_000_000
    return round(many * FULL / load(Community(many)))


def mean_wait(load: float, units: int, seconds: float) -> float:
    """Mean seconds of waiting for one of `units` that each take the same time; `load` is of all units together. Infinite when full.

    Erlang's C for exponential times, halved as for constant ones (exact for one unit, near for several).
    """
    if load >= units:
        return math.inf
    blocked = 1.0
    for count in range(1, units + 1):  # Erlang's B
        blocked = load * blocked / (count + load * blocked)
    waits = blocked / (1 - load / units * (1 - blocked))
    return waits * seconds / (units - load) / 2
