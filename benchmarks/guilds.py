"""One bot process in ten thousand servers: what each takes of memory, how long a start takes, and /joke at a steady rate."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import accumulate, count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.contestants import TOKEN, model_server
from benchmarks.report import table
from benchmarks.rounds import SCENARIO, Spread
from benchmarks.scale.constants import SERVERS_A_SHARD
from benchmarks.scale.formulas import Community
from tests.wire.gateway import LoopbackDiscord
from tests.wire.interaction import Interaction
from tests.wire.process import Process
from tests.wire.shapes import Guild

TITLE = "One process in 10,000 servers"
SIZES = (1, 100, 1_000, 10_000)
CHANNELS, ROLES = 20, 10
RATE, SECONDS, WARM_UP_SECONDS = 100, 60, 5  # commands a second
START_TIMEOUT, ANSWER_TIMEOUT, SETTLE_SECONDS = 300.0, 120.0, 3.0
FIRST, SHARD_BITS = 500_000_000_000, 22  # of the servers' ids, whose bits above these choose the shard
SEED = 1
TICKS = os.sysconf("SC_CLK_TCK")
_members = count(4_000_000_000_000_000_000)


@dataclass(frozen=True)
class Load:
    """Milliseconds from dispatch to acknowledgement and to reply, the share of one core that the bot used, and MiB at the end."""

    acks: Spread
    replies: Spread
    unanswered: int
    rate: float
    core: float
    memory: float


@dataclass(frozen=True)
class Size:
    """Seconds from the start of the process until the last session was open, and until the bot said that it is ready; MiB then."""

    servers: int
    shards: int
    opened: float
    ready: float
    memory: float
    load: Load | None


async def measure() -> list[Size]:
    """Each size has a process of its own; the smallest and the largest get the commands."""
    async with model_server() as models:
        return [await _measure(servers, models.url, load=servers in (SIZES[0], SIZES[-1])) for servers in SIZES]


async def _measure(servers: int, models_url: str, *, load: bool) -> Size:
    shards = -(-servers // SERVERS_A_SHARD)
    async with _running(_guilds(servers), shards, models_url) as (discord, bot):
        await bot.bringing(discord.ready(timeout=START_TIMEOUT))
        opened = perf_counter() - bot.started_at
        await bot.line(rf"Ready as .* in {servers} servers", START_TIMEOUT)
        ready = perf_counter() - bot.started_at
        await asyncio.sleep(SETTLE_SECONDS)
        memory = bot.resident_mib()
        return Size(servers, shards, opened, ready, memory, await _load(discord, bot) if load else None)


@asynccontextmanager
async def _running(
    guilds: Sequence[Guild], shards: int, models_url: str
) -> AsyncIterator[tuple[LoopbackDiscord, Process]]:
    with TemporaryDirectory() as home:
        env = {
            "DISCORD_TOKEN": TOKEN,
            "OPENAI_API_KEY": TOKEN,
            "OPENAI_BASE_URL": models_url,
            "DATABASE_URL": f"sqlite:///{home}/bot.db",
            "CHAT_MODEL": "gpt-6-luna",
            "SHARD_COUNT": str(shards),
        }
        async with (
            LoopbackDiscord(
                *guilds, shards=shards, max_concurrency=1, ack_limit=ANSWER_TIMEOUT, answer_timeout=ANSWER_TIMEOUT
            ) as discord,
            Process("bot", {**env, **discord.environment}, cwd=Path(home)) as bot,
        ):
            yield discord, bot


def _guilds(servers: int) -> list[Guild]:
    """Spread evenly over the shards."""
    ids = [(FIRST + number) << SHARD_BITS for number in range(servers)]
    return [
        Guild(one, f"Punsters {one % 997}", one + 1000, more_channels=CHANNELS - 1, more_roles=ROLES) for one in ids
    ]


async def _load(discord: LoopbackDiscord, bot: Process) -> Load:
    """Commands at a steady rate, whether or not the last ones were answered, from servers of very different size."""
    chance, weights = Random(SEED), _weights(len(discord.guilds))  # noqa: S311  # an order
    await _answered(await _send(discord, chance, weights, WARM_UP_SECONDS))
    worked, began = _worked(bot), perf_counter()
    sent = await _send(discord, chance, weights, SECONDS)
    seconds = perf_counter() - began
    worked = _worked(bot) - worked
    found = await _answered(sent)
    answered = [one for one in found if one is not None]
    return Load(
        Spread.of([ack for ack, _ in answered]),
        Spread.of([reply for _, reply in answered]),
        len(found) - len(answered),
        len(sent) / seconds,
        worked / seconds,
        bot.resident_mib(),
    )


def _weights(servers: int) -> list[float]:
    """Cumulative: the server of rank r has r to the power of minus zipf of the first one's commands."""
    return list(accumulate((rank + 1) ** -Community(servers).zipf for rank in range(servers)))


async def _send(discord: LoopbackDiscord, chance: Random, weights: list[float], seconds: float) -> list[Interaction]:
    sent, began = list[Interaction](), perf_counter()
    for number in range(round(RATE * seconds)):
        await asyncio.sleep(max(0.0, began + number / RATE - perf_counter()))
        (guild,) = chance.choices(discord.guilds, cum_weights=weights)
        sent.append(await discord.command("joke", {"scenario": SCENARIO}, user_id=next(_members), guild=guild))
    return sent


async def _answered(sent: list[Interaction]) -> list[tuple[float, float] | None]:
    """Seconds to acknowledgement and reply of each; None for one that had no reply."""
    return await asyncio.gather(*map(_times, sent))


async def _times(interaction: Interaction) -> tuple[float, float] | None:
    try:
        return (await interaction.acked).elapsed, (await interaction.answered).elapsed
    except TimeoutError:
        return None


def _worked(process: Process) -> float:
    """Seconds of processor time."""
    fields = Path(f"/proc/{process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def render(sizes: list[Size]) -> str:
    """Starts and memory of all sizes, then what members waited for."""
    parts = [INTRODUCTION, "### Start and memory", table(START_HEAD, [_start(one, sizes[0]) for one in sizes])]
    loads = [_loaded(one, one.load) for one in sizes if one.load]
    return "\n\n".join([*parts, f"### {RATE} commands a second for {SECONDS} s (ms)", table(LOAD_HEAD, loads)])


START_HEAD = ["servers", "shards", "sessions open (s)", "ready (s)", "memory, RSS (MiB)", "a server (KiB)"]
LOAD_HEAD = [
    "servers", "ack p50", "p95", "p99", "reply p50", "p95", "p99", "without a reply", "sent a second", "of one core",
    "memory after it (MiB)",
]  # fmt: skip


def _start(one: Size, first: Size) -> list[str]:
    each = (one.memory - first.memory) * 1024 / (one.servers - first.servers) if one is not first else None
    cells = [f"{one.servers:,}", f"{one.shards}", f"{one.opened:.1f}", f"{one.ready:.1f}", f"{one.memory:.0f}"]
    return [*cells, "" if each is None else f"{each:.1f}"]


def _loaded(one: Size, load: Load) -> list[str]:
    times = [*load.acks.cells(), *load.replies.cells()]
    return [
        f"{one.servers:,}",
        *times,
        f"{load.unanswered}",
        f"{load.rate:.1f}",
        f"{load.core:.0%}",
        f"{load.memory:.0f}",
    ]


INTRODUCTION = f"""The real bot process on a loopback Discord, with one shard for every {SERVERS_A_SHARD:,} servers, all in one process. Each server has {CHANNELS} channels
(with topics; one in three with rules for a role) and {ROLES} roles. As at Discord one IDENTIFY is taken in five seconds, which is what most of a start with several shards
is; the bot says that it is ready when no server has come for two seconds. Memory is read {SETTLE_SECONDS:.0f} s after that, and a server's is what a size has more than the smallest.

Then members ask for jokes at a steady rate, {RATE} a second, whether or not earlier ones were answered, each a member who has never asked before; servers have very different shares of them
(the one of rank r has r to the power of -{Community(1).zipf} of the first one's). The model server answers at once. It is one process, Discord and the members are another, and both share the machine with the bot.
After a warm-up of {WARM_UP_SECONDS} s the commands of {SECONDS} s count, all of them."""
