"""Three bots that are one, on one PostgreSQL database, and members who do not care."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from psycopg.rows import dict_row

from bot.serving import shard_of
from tests.wire.gateway import LoopbackDiscord
from tests.wire.interaction import Interaction
from tests.wire.members import scene
from tests.wire.model_server import FakeModelServer
from tests.wire.process import Process
from tests.wire.shapes import LOADING, Guild, Json, walk
from tests.wire.stage import Stage

TOKEN = "cluster-token"
PROCESSES, SHARDS = 3, 6
THINK_SECONDS = (0.5, 2.0)
FIRST_MEMBER = 9_000
PATHS = ("joke", "joke", "slogan", "similarity compare", "usage me", "top")


def servers() -> list[Guild]:
    """One for each shard."""
    first = 1_000_000 * SHARDS
    ids = [(first + shard) << 22 for shard in range(SHARDS)]
    return [Guild(one, f"Punsters {number}", one + 1) for number, one in enumerate(ids)]


class ClusterStage(Stage):
    """The bots, however many and however often they are started."""

    def __init__(self, discord: LoopbackDiscord, models: FakeModelServer, folder: Path, url: str) -> None:
        settings = {"CLUSTERS": str(PROCESSES), "SHARD_COUNT": str(SHARDS), "DATABASE_URL": url}
        super().__init__(discord, models, folder, TOKEN, DATASETS_FOLDER=str(folder / "files"), **settings)
        self._url = url

    def bot(self, *arguments: str, module: str = "bot", folder: Path | None = None) -> Process:
        """One of them."""
        return Process(module, self.environment, *arguments, cwd=folder or self.folder)

    def rows(self, table: str) -> list[dict[str, Any]]:
        with psycopg.connect(self._url, row_factory=dict_row) as database:
            return database.execute(f"SELECT * FROM {table}".encode()).fetchall()  # noqa: S608  # names from the tests

    async def all_served(self, timeout: float) -> float:  # noqa: ASYNC109  # passed on
        """Return once a bot is connected to each shard; after how many seconds that was."""
        began = perf_counter()
        await self.discord.record.until(lambda: all(map(self.discord.hears, self.discord.guilds)), timeout)
        return perf_counter() - began

    def handshakes(self, after: int) -> set[int]:
        """The shards that identified or went on after so many had."""
        return {handshake.shard for handshake in self.discord.record.handshakes[after:]}

    def shards_of(self, bot: Process) -> set[int]:
        """The shards that this process has, by its log."""
        held: set[int] = set()
        for line in bot.lines:
            words = line.split()
            if "is ours:" in line:
                held.add(int(words[words.index("Shard") + 1]))
            elif "is handed over." in line or "ran out." in line:
                held.discard(int("".join(filter(str.isdigit, line.rpartition("hard")[2])) or -1))
        return held


class Members:
    """Two in each server; each sends a command, reads the answer, and sends the next. They wait while their server has no bot."""

    def __init__(self, discord: LoopbackDiscord) -> None:
        self.sent: list[Interaction] = []
        self.voted: list[Interaction] = []
        self._discord = discord

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        """They are, until left; then all have read their last answer, or waited for it in vain."""
        done = asyncio.Event()
        people = [self._one(guild, number, done) for number in range(2) for guild in self._discord.guilds]
        working = asyncio.gather(*people)
        try:
            yield
        finally:
            done.set()
            await working

    async def _one(self, guild: Guild, number: int, done: asyncio.Event) -> None:
        member = FIRST_MEMBER + number
        chance = random.Random(guild.id + number)  # noqa: S311  # an order
        while not done.is_set():
            await asyncio.sleep(chance.uniform(*THINK_SECONDS))
            if not self._discord.hears(guild):
                continue
            path = chance.choice(PATHS)
            sent = await self._discord.command(path, _options(path, chance), user_id=member, guild=guild)
            self.sent.append(sent)
            with suppress(TimeoutError):
                joke = (await sent.answered).message
                if path == "joke" and self._discord.hears(guild):
                    await self._vote(joke, member)

    async def _vote(self, joke: Json, member: int) -> None:
        ids = [one["custom_id"] for one in walk(joke["components"]) if one.get("custom_id")]
        wanted = next((one for one in ids if one.startswith("funny:")), None)
        if wanted is not None:
            pressed = await self._discord.press(joke, wanted, user_id=member)
            self.sent.append(pressed)
            self.voted.append(pressed)
            await pressed.acked

    def callbacks(self, interaction: Interaction) -> int:
        """How often an interaction was acknowledged, or that was tried."""
        return len(self._discord.record.sent("POST", f"/interactions/*/{interaction.token}/callback"))

    def unanswered(self) -> Iterator[Interaction]:
        """Those that were not acknowledged once, or still wait for their answer."""
        calls = Counter(one.path.split("/")[3] for one in self._discord.record.sent("POST", "/interactions/*/callback"))
        for one in self.sent:
            shown = [message for message in one.messages if message is not one.source]
            waiting = any(message["flags"] & LOADING for message in shown)
            if calls[one.token] != 1 or waiting or (one.source is None and len(shown) != 1):
                yield one


def _options(path: str, chance: random.Random) -> dict[str, Any]:
    asked = scene(chance)
    options: dict[str, dict[str, Any]] = {
        "joke": {"scenario": asked},
        "slogan": {"description": f"A shop where {asked}", "count": 1},
        "similarity compare": {"first": asked, "second": scene(chance)},
    }
    return options.get(path, {})


@asynccontextmanager
async def three(stage: ClusterStage) -> AsyncIterator[list[Process]]:
    """Three bots that have all the shards between them."""
    async with AsyncExitStack() as stack:
        bots = [await stack.enter_async_context(stage.bot()) for _ in range(PROCESSES)]
        try:
            await bots[0].bringing(stage.all_served(timeout=150))
            yield bots
        finally:
            for number, bot in enumerate(bots):  # which pytest shows where a test fails
                sys.stdout.write(f"--- bot {number}\n{bot.output}\n")


def exactly_once(stage: ClusterStage, members: Members) -> None:
    """Nothing is there twice, and each vote that was acknowledged is there."""
    assert votes_once(stage) == len([one for one in members.voted if one.is_acked])


def votes_once(stage: ClusterStage) -> int:
    """No job, model, message or vote is there twice, and no IDENTIFY came too soon; returns how many votes there are."""
    record = stage.discord.record
    assert record.early == []
    assert record.syncs == 1
    sent = [row["sends"] for row in stage.rows("outbox") if row["delivered_revision"]]
    assert set(sent) <= {0, 1}  # 0 where a message that was there is edited
    assert sum(sent) == len(record.nonces)
    votes = Counter((row["generation_id"], row["user_id"]) for row in stage.rows("votes"))
    assert set(votes.values()) <= {1}
    return sum(votes.values())


def shards(interactions: list[Interaction]) -> set[int]:
    """The shards that they were sent to."""
    return {shard_of(one.guild.id, SHARDS) for one in interactions}
