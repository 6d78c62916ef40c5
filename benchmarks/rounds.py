"""The ways to ask for jokes, and what each way is timed by."""

import asyncio
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.contestants import Contestant, Running
from tests.wire.interaction import Interaction

SCENARIO = "A man walking across the road"
_members = count(3_000_000_000_000_000_000)


@dataclass(frozen=True)
class Joke:
    """Seconds from the interaction's dispatch to its callback, and to the first thing a member can read."""

    ack: float
    reply: float


@dataclass(frozen=True)
class Spread:
    """What a list of times looks like, in milliseconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: list[float]) -> "Spread":
        cuts = quantiles(seconds, n=100, method="inclusive")
        return cls(median(seconds) * 1000, cuts[94] * 1000, cuts[98] * 1000)

    def cells(self) -> list[str]:
        return [f"{value:.2f}" for value in (self.p50, self.p95, self.p99)]


async def ask(running: Running) -> Interaction:
    """A member who has never asked before types /joke."""
    return await running.discord.command("joke", {"scenario": SCENARIO}, user_id=next(_members))


async def one(running: Running) -> Joke:
    interaction = await ask(running)
    ack, answer = await interaction.acked, await interaction.answered
    return Joke(ack.elapsed, answer.elapsed)


async def one_at_a_time(running: Running, jokes: int) -> list[Joke]:
    """The next is asked for when the last has been read."""
    return [await one(running) for _ in range(jokes)]


async def at_once(running: Running, jokes: int) -> Joke:
    """Seconds from the first of a burst going out to the last ack and the last reply of all."""
    start = perf_counter()
    asked = [await ask(running) for _ in range(jokes)]
    acks = await asyncio.gather(*(interaction.acked for interaction in asked))
    answers = await asyncio.gather(*(interaction.answered for interaction in asked))
    offsets = [interaction.sent_at - start for interaction in asked]
    return Joke(
        max(offset + ack.elapsed for offset, ack in zip(offsets, acks, strict=True)),
        max(offset + answer.elapsed for offset, answer in zip(offsets, answers, strict=True)),
    )


async def slowest_wait(running: Running, jokes: int) -> Joke:
    """The longest that any one member of a burst waited for the ack, and for the reply."""
    asked = [await ask(running) for _ in range(jokes)]
    acks = await asyncio.gather(*(interaction.acked for interaction in asked))
    answers = await asyncio.gather(*(interaction.answered for interaction in asked))
    return Joke(max(ack.elapsed for ack in acks), max(answer.elapsed for answer in answers))


@dataclass(frozen=True)
class Start:
    """Seconds from the start of a process until its first joke was acknowledged."""

    first: float
    again: float


async def start_twice(contestant: Contestant, models_url: str) -> Start:
    """In an empty directory, then again in the same one."""
    with TemporaryDirectory() as home:
        first = await _start(contestant, models_url, Path(home))
        return Start(first, await _start(contestant, models_url, Path(home)))


async def _start(contestant: Contestant, models_url: str, home: Path) -> float:
    async with contestant.running(models_url, home) as running:
        interaction = await ask(running)
        ack = await interaction.acked
        await interaction.answered
        return interaction.sent_at + ack.elapsed - running.process.started_at
