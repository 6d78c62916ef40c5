"""Each reply of Discord and of the model server lost once: a command ends in one visible answer, and nothing paid is lost or doubled."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.texts.common import NOT_WORKED
from tests.wire import replies
from tests.wire.conftest import TOKEN, BotFactory
from tests.wire.gate import Gate, Point, When, losing
from tests.wire.gateway import LoopbackDiscord
from tests.wire.interaction import Interaction
from tests.wire.model_server import FakeModelServer
from tests.wire.shapes import EPHEMERAL, LOADING, MANAGE_GUILD, Json
from tests.wire.stage import DISCORD_STEPS, MODEL_STEPS, WHENS, Stage, points

CALLBACK, EDIT = "POST interactions/callback", "PATCH webhooks/messages/@original"
FOLLOW_UP, DELETE = "POST webhooks", "DELETE webhooks/messages/@original"
# The answers to /dataset upload, /finetune launch and the button.
ADMINS_STEPS = [(name, nth) for name in (CALLBACK, EDIT) for nth in (1, 2, 3)]
JOKE, FAILED = "A pun", "The model server failed (HTTP 500). Try again in a minute."
UNREACHABLE = "The model server cannot be reached."
MEMBER = 7


@dataclass(frozen=True)
class World:
    """A running bot between its Discord and its model server."""

    discord: LoopbackDiscord
    models: FakeModelServer
    folder: Path

    async def joke(self) -> Interaction:
        return await self.discord.command("joke", {"scenario": "A duck"}, user_id=MEMBER)

    async def settings(self) -> Interaction:
        return await self.discord.command("settings cap", {"amount": 5}, permissions=MANAGE_GUILD)

    async def completion(self) -> Interaction:
        return await self.discord.autocomplete("joke", {"scenario": "A duck", "model": ""}, "model")

    @asynccontextmanager
    async def losing(self, point: Point) -> AsyncIterator[None]:
        """Lose one reply, or request, of whichever server has it."""
        self.discord.record.gate = self.models.gate = gate = losing(point)
        try:
            yield
        finally:
            self.discord.record.gate = self.models.gate = Gate()
        assert gate.reached.is_set()

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "bot.db")) as database:
            return database.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608  # names from this file


@pytest.fixture
async def world(
    discord: LoopbackDiscord, models: FakeModelServer, start_bot: BotFactory, tmp_path: Path
) -> AsyncIterator[World]:
    numbers = count(1)
    models.say = lambda _asked: f"{JOKE}, number {next(numbers)}. Haha"
    async with start_bot(models.url) as bot:
        await bot.bringing(discord.ready())
        yield World(discord, models, tmp_path)


async def readable(world: World, interaction: Interaction) -> list[Json]:
    """What a member sees of an interaction in the end: every answer of the bot's, and none that is still thinking."""
    await interaction.answered
    await world.discord.record.until(lambda: _is_final(interaction), timeout=60)
    return [message for message in interaction.messages if message is not interaction.source]


def _is_final(interaction: Interaction) -> bool:
    """Whether nothing is thinking, and nothing says only that it did not work, before the reason comes."""
    return not any(
        message["flags"] & LOADING or message["content"] == str(NOT_WORKED) for message in interaction.messages
    )


Ask = Callable[[World], Awaitable[Interaction]]


@pytest.mark.soak
@pytest.mark.parametrize("when", WHENS)
@pytest.mark.parametrize(
    ("ask", "name", "said", "paid"),
    [
        (World.joke, CALLBACK, JOKE, 1),
        (World.joke, EDIT, JOKE, 1),
        (World.joke, "models", JOKE, 1),
        (World.joke, "chat", UNREACHABLE, 1),
        (World.settings, CALLBACK, "$5.00", 0),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_a_command_is_answered_once(world: World, ask: Ask, name: str, said: str, paid: int, when: When) -> None:
    async with world.losing(Point(name, 1, when)):
        interaction = await ask(world)
        (message,) = await readable(world, interaction)
    assert said in str(message)
    assert len(world.models.calls("chat")) == paid  # a question that may have been paid for is never repeated
    assert len(world.rows("generations")) == (0 if name == "chat" else paid)


@pytest.mark.soak
@pytest.mark.parametrize("when", WHENS)
@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Another", CALLBACK),
        ("Another", EDIT),
        ("😂 0", CALLBACK),
        ("Details", CALLBACK),
        ("More like", CALLBACK),
        ("More like", EDIT),
    ],
)
async def test_a_button_is_answered_once(world: World, label: str, name: str, when: When) -> None:
    told = (await (await world.joke()).answered).message
    custom_id = {"😂 0": "funny:1"}.get(label, label)
    async with world.losing(Point(name, 1, when)):
        pressed = await world.discord.press(told, custom_id, user_id=MEMBER)
        shown = await readable(world, pressed)
    if label == "😂 0":
        assert (shown, len(world.rows("votes"))) == ([], 1)
        assert "'1'" in str(told["components"])
    else:
        assert len(shown) == 1
    assert len(world.models.calls("chat")) == (2 if label == "Another" else 1)
    assert len(world.rows("generations")) == len(world.models.calls("chat"))


@pytest.mark.soak
@pytest.mark.parametrize("when", WHENS)
@pytest.mark.parametrize("name", [CALLBACK, EDIT, FOLLOW_UP, DELETE])
async def test_a_failure_is_answered_in_words(world: World, name: str, when: When) -> None:
    world.models.script("chat", replies.error(500))
    async with world.losing(Point(name, 1, when)):
        interaction = await world.joke()
        shown = await readable(world, interaction)
    said = [(message["content"], bool(message["flags"] & EPHEMERAL)) for message in shown]
    if name == FOLLOW_UP:  # Discord has no way to ask whether one arrived, so it is said in the channel
        assert said == ([(FAILED, False)] if when == "before" else [(FAILED, False), (FAILED, True)])
    else:
        assert said == [(FAILED, True)]
    assert len(world.models.calls("chat")) == 1


@pytest.mark.soak
@pytest.mark.parametrize("when", WHENS)
async def test_suggestions_come(world: World, when: When) -> None:
    async with world.losing(Point(CALLBACK, 1, when)):
        offered = (await (await world.completion()).answered).message
    assert [choice["name"] for choice in offered["choices"]] == ["base"]


@pytest.mark.soak
@pytest.mark.parametrize("point", points([*MODEL_STEPS, *DISCORD_STEPS, *ADMINS_STEPS]), ids=str)
async def test_a_launch_ends_in_one_job_one_model_and_one_report(
    discord: LoopbackDiscord, models: FakeModelServer, tmp_path: Path, point: Point
) -> None:
    models.jobs.plan = ("queued", "running", "succeeded")
    stage = Stage(discord, models, tmp_path, TOKEN)
    stage.put(gate := losing(point))
    async with stage.bot() as bot:
        await bot.bringing(stage.discord.ready())
        await stage.launch()
        if point == Point("create_job", 1, "before"):  # nobody can know that the server never had it
            await stage.ends_as_never_confirmed()
        else:  # an evaluation whose first question is lost is tried again in a minute
            await stage.ends_with_a_model(timeout=120)
    assert gate.reached.is_set()
    assert len(models.calls("create_job")) == len(stage.rows("jobs")) == len(stage.rows("datasets")) == 1
