"""Two hundred members, and a model server that fails three times in ten: what the bot does, in figures."""

import asyncio
import re
import sqlite3
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import aiohttp

from tests.wire.faulty_models import PRICES_TOML, FaultyModelServer
from tests.wire.gateway import LoopbackDiscord
from tests.wire.interaction import Interaction, Kind
from tests.wire.members import Member
from tests.wire.process import Process
from tests.wire.shapes import LOADING, MANAGE_GUILD, Guild, Json
from tests.wire.stage import Stage
from tests.wire.watched_bot import LATE, LONG

MEMBERS, COMMANDS, SERVERS = 200, 20, 4
TIMEOUT = 3.0  # the bot's REQUEST_TIMEOUT, so that stalls end
SAMPLE_SECONDS = 0.5
# What one server may spend in this month, in dollars, and the answers that each member of another one may have today.
BUDGET, DAILY_ANSWERS = 0.4, 10
LATEST_JOKES = 20  # of a server, whose buttons members press
TOKEN = "storm-token"
ENDED = re.compile(r"bot\.commands: (.+?): (\w+)")
UNDER_WAY = re.compile(r"^punchline_commands_under_way (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """A row of the bot's ledger."""

    guild: int
    member: int
    interaction: int | None
    kind: str
    outcome: str
    error: str | None
    nanodollars: int


@dataclass
class Storm:
    """What happened: the interactions, the bot's ledger and log, and its memory and event loop on the way."""

    sent: list[Interaction] = field(default_factory=list)
    callbacks: Counter[str] = field(default_factory=Counter)  # by the interaction's token
    rows: list[Row] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)  # MiB, every `SAMPLE_SECONDS`
    seconds: float = 0.0
    metrics: str = ""

    @property
    def acks(self) -> list[float]:
        """Seconds to each acknowledgement, the slowest last."""
        return sorted(interaction.ack.elapsed for interaction in self.sent if interaction.ack)

    @property
    def outcomes(self) -> Counter[str]:
        """How commands ended, by the bot's own log."""
        return Counter(found[2] for line in self.log if (found := ENDED.search(line)))

    @property
    def steps(self) -> list[float]:
        """Seconds that single steps of the event loop worked, where that was worth a line; the longest last."""
        return sorted(float(found[1]) for line in self.log if (found := LONG.search(line)))

    @property
    def late(self) -> list[float]:
        """Seconds by which the event loop was late while it had a processor, likewise."""
        found = (LATE.search(line) for line in self.log)
        return sorted(max(0.0, float(one[1]) - float(one[2])) for one in found if one)

    def cost(self, *outcomes: str) -> int:
        """What the ledger says that rows with these outcomes cost, in billionths of a dollar."""
        return sum(row.nanodollars for row in self.rows if row.outcome in outcomes)

    def spent_within_budget(self) -> int:
        """What the server with a budget has used of it, in billionths of a dollar."""
        return sum(row.nanodollars for row in self.rows if row.guild == servers()[1].id)

    def most_answers(self) -> int:
        """The most answers that a member with a daily limit had."""
        limited = [row for row in self.rows if row.guild == servers()[2].id and row.outcome != "failed"]
        answers = {(row.member, row.interaction) for row in limited if row.interaction}
        return max(Counter(member for member, _ in answers).values())

    def badly_answered(self) -> Iterator[str]:
        """Each interaction that was not acknowledged once, or has not one final answer."""
        for one in self.sent:
            ack = one.ack.kind if one.ack else None
            shown = [message for message in one.messages if message is not one.source]
            wanted = 0 if ack in {Kind.MODAL, Kind.UPDATE} else 1
            waiting = any(message["flags"] & LOADING for message in shown)
            if self.callbacks[one.token] != 1 or len(shown) != wanted or waiting:
                yield f"{one.payload['data']}: {self.callbacks[one.token]} callbacks, {ack}, answers {shown}"


def servers() -> list[Guild]:
    """The servers of the members."""
    first = Guild()
    return [Guild(first.id + 10 * n, f"Punsters {n}", first.channel_id + 10 * n) for n in range(SERVERS)]


async def storm(
    folder: Path, *, members: int = MEMBERS, commands: int = COMMANDS, **settings: str
) -> tuple[Storm, FaultyModelServer]:
    """Tune a model in fair weather, then let the members loose while the model server fails; returns when all is settled."""
    prices = folder / "prices.toml"
    prices.write_text(PRICES_TOML, "utf-8")
    settings = {"REQUEST_TIMEOUT": str(TIMEOUT), "PRICES_FILE": str(prices), "METRICS_PORT": "0", **settings}
    async with (
        LoopbackDiscord(*servers(), token=TOKEN, answer_timeout=120) as discord,
        FaultyModelServer() as models,
    ):
        stage = Stage(discord, models, folder, TOKEN, **settings)
        models.jobs.plan = ("queued", "running", "succeeded")
        seen = Storm()
        async with stage.bot(module="tests.wire.watched_bot") as bot:
            await bot.bringing(discord.ready())
            await stage.launch()
            await stage.ends_with_a_model()
            await _use_it(stage)
            await _limit(discord)
            before = len(bot.lines)
            models.failing = True
            async with _sampling(bot, seen):
                await bot.bringing(_loose(discord, seen, members, commands))
            seen.metrics = await _idle(bot)
            seen.log = bot.lines[before:]
            models.closed = True
            await asyncio.sleep(TIMEOUT + 1)  # what is still being answered in the background is settled then
            await bot.stop()
        seen.callbacks = _callbacks(discord)
        seen.rows = _rows(folder)
    return seen, models


async def _use_it(stage: Stage) -> None:
    (model,) = stage.rows("models")
    used = await stage.discord.command("models use", {"model": model["model"]}, permissions=MANAGE_GUILD)
    await used.answered


async def _limit(discord: LoopbackDiscord) -> None:
    limits = ({"scope": "server", "monthly_dollars": BUDGET}, {"scope": "member", "daily_answers": DAILY_ANSWERS})
    for guild, options in zip(discord.guilds[1:], limits, strict=False):
        done = await discord.command("limits set", options, permissions=MANAGE_GUILD, guild=guild)
        await done.answered


async def _loose(discord: LoopbackDiscord, seen: Storm, members: int, commands: int) -> None:
    began = perf_counter()
    told: dict[int, deque[Json]] = {guild.id: deque(maxlen=LATEST_JOKES) for guild in discord.guilds}
    all_members = []
    for number in range(members):
        guild = discord.guilds[number % len(discord.guilds)]
        all_members.append(Member(discord, guild, number, told[guild.id]))
    await asyncio.gather(*(member.take_part(commands) for member in all_members))
    seen.seconds = perf_counter() - began
    seen.sent = [interaction for member in all_members for interaction in member.sent]


@asynccontextmanager
async def _sampling(bot: Process, seen: Storm) -> AsyncIterator[None]:
    async def sample() -> None:
        while bot.running:
            seen.memory.append(bot.resident_mib())
            await asyncio.sleep(SAMPLE_SECONDS)

    sampling = asyncio.create_task(sample())
    try:
        yield
    finally:
        sampling.cancel()
        await asyncio.gather(sampling, return_exceptions=True)


async def _idle(bot: Process) -> str:
    """The bot's metrics, once no command is under way."""
    address = (await bot.line(r"Health and metrics at (http://\S+)/health"))[1]
    async with aiohttp.ClientSession() as session, asyncio.timeout(60):
        while True:
            async with session.get(f"{address}/metrics") as response:
                metrics = await response.text()
            if (found := UNDER_WAY.search(metrics)) and float(found[1]) == 0:
                return metrics
            await asyncio.sleep(0.1)


def _callbacks(discord: LoopbackDiscord) -> Counter[str]:
    return Counter(request.path.split("/")[3] for request in discord.record.sent("POST", "/interactions/*/callback"))


def _rows(folder: Path) -> list[Row]:
    with closing(sqlite3.connect(folder / "bot.db")) as database:
        return [
            Row(*row)
            for row in database.execute(
                "SELECT guild_id, user_id, interaction_id, kind, outcome, error, cost_nanodollars FROM usage"
            )
        ]
