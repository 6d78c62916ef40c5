"""A bot whose surroundings fail: it answers in time and in one sentence, and goes down without losing what is under way."""

import asyncio
import copy
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.texts.common import DATABASE_BUSY, NOT_WORKED, RESTARTING
from tests.wire import replies
from tests.wire.conftest import BotFactory
from tests.wire.gateway import LoopbackDiscord
from tests.wire.interaction import Interaction
from tests.wire.model_server import FakeModelServer
from tests.wire.process import Process
from tests.wire.shapes import MANAGE_GUILD, Json

GONE = "This one is no longer saved. Ask for a new one."


@pytest.fixture
async def bot(discord: LoopbackDiscord, models: FakeModelServer, start_bot: BotFactory) -> AsyncIterator[Process]:
    async with start_bot(models.url) as bot:
        await bot.bringing(discord.ready())
        yield bot


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Another process writes into the bot's database, and takes its time."""
    with closing(sqlite3.connect(folder / "bot.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


async def test_while_another_process_holds_the_database_all_are_answered_in_time(
    discord: LoopbackDiscord, models: FakeModelServer, bot: Process, tmp_path: Path
) -> None:
    told = (await (await discord.command("joke", {"scenario": "A duck"})).answered).message
    with held(tmp_path):
        joke = await discord.command("joke", {"scenario": "A goose"})
        vote = await discord.press(told, "funny:1")
        setting = await discord.command("settings cap", {"amount": 5}, permissions=MANAGE_GUILD)
        answers = await asyncio.gather(joke.answered, vote.answered, setting.answered)
        assert all(interaction.is_acked for interaction in (joke, vote, setting))
    assert answers[0].text == str(NOT_WORKED), "what cannot be written down is not asked for"
    assert len(models.calls("chat")) == 1
    assert [answer.text for answer in answers[1:]] == [str(DATABASE_BUSY)] * 2
    again = await discord.press(told, "funny:1")
    await again.acked
    with closing(sqlite3.connect(tmp_path / "bot.db")) as database:
        assert database.execute("SELECT COUNT(*) FROM votes").fetchone() == (1,)


async def test_what_is_under_way_when_the_bot_is_stopped_is_finished(
    discord: LoopbackDiscord, models: FakeModelServer, bot: Process
) -> None:
    models.delay = 1.0
    jokes = [await discord.command("joke", {"scenario": f"Scenario {n}"}, user_id=1000 + n) for n in range(50)]
    await asyncio.gather(*(joke.acked for joke in jokes))
    assert await bot.stop() == 0
    assert {len((await joke.answered).message["embeds"]) for joke in jokes} == {1}


@pytest.mark.soak
async def test_who_still_waits_after_some_seconds_is_told_to_try_again(
    discord: LoopbackDiscord, models: FakeModelServer, bot: Process
) -> None:
    models.script("chat", replies.hang())
    joke = await discord.command("joke", {"scenario": "A duck"})
    await joke.acked
    assert await bot.stop(timeout=20) == 0
    assert [message["content"] for message in joke.messages] == [str(RESTARTING)]


@pytest.mark.soak
async def test_a_second_signal_ends_it_at_once(discord: LoopbackDiscord, models: FakeModelServer, bot: Process) -> None:
    models.script("chat", replies.hang())
    await (await discord.command("joke", {"scenario": "A duck"})).acked
    bot.signal(signal.SIGTERM)
    await bot.line("Finishing 1 answers")
    bot.signal(signal.SIGTERM)
    assert await bot.ended(timeout=5) == 0


async def test_a_second_bot_on_the_same_database_is_refused_in_one_line(
    bot: Process, models: FakeModelServer, start_bot: BotFactory
) -> None:
    async with start_bot(models.url) as second:
        assert await second.ended() == 1
    (line,) = second.lines
    assert line.startswith("Another bot is running on the database")
    assert bot.running


async def test_a_discord_that_is_not_there_is_one_line(models: FakeModelServer, tmp_path: Path) -> None:
    environment = {
        "DISCORD_TOKEN": "secret-token",
        "OPENAI_BASE_URL": models.url,
        "DISCORD_API_BASE": "http://127.0.0.1:9/api",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}",
    }
    async with Process("bot", environment, cwd=tmp_path) as bot:
        assert await bot.ended(timeout=60) == 1
    (line,) = bot.lines
    assert line.startswith("Cannot reach Discord: ")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (4004, "Discord rejects DISCORD_TOKEN. Copy the token again from Discord's developer portal."),
        (4013, "Discord ended the bot's session for good (close code 4013)."),
        (4014, "Discord rejects the bot's intents. Check the application in Discord's developer portal."),
    ],
)
async def test_a_session_that_discord_ends_for_good_is_one_line(
    discord: LoopbackDiscord, bot: Process, code: int, said: str
) -> None:
    await discord.faults.drop(code, resumable=False)
    assert await bot.ended() == 1
    assert bot.lines[-1] == said
    assert "Traceback" not in bot.output


async def test_our_own_secrets_are_shown_to_nobody(
    discord: LoopbackDiscord, models: FakeModelServer, start_bot: BotFactory
) -> None:
    async with start_bot(models.url, OPENAI_API_KEY="sk-very-secret-key") as bot:
        await bot.bringing(discord.ready())
        models.script("chat", replies.error(400, "The key sk-very-secret-key may not do this", "odd"))
        models.script("models", replies.error(500, "sk-very-secret-key"))
        joke = await discord.command("joke", {"scenario": "A duck"})
        await discord.record.until(lambda: joke.followups)
    assert "may not do this" in str(joke.messages)
    assert "very-secret" not in str(joke.messages) + bot.output


async def test_a_forged_button_belongs_to_nothing(discord: LoopbackDiscord, bot: Process) -> None:
    told = (await (await discord.command("joke", {"scenario": "A duck"})).answered).message
    for number in (0, 2, 2**63 - 1, 2**63, 10**90):
        for button in ("joke", "funny", "details", "like"):
            pressed = await discord.press(_forged(told, f"{button}:1", f"{button}:{number}"[:100]), button)
            await discord.record.until(_says(pressed, GONE))
    assert "Traceback" not in bot.output


def _says(interaction: Interaction, text: str) -> Callable[[], bool]:
    return lambda: [message["content"] for message in interaction.messages] == [text]


def _forged(message: Json, true: str, forged: str) -> Json:
    changed: Json = copy.deepcopy(message)
    for row in changed["components"]:
        for component in row["components"]:
            if component.get("custom_id") == true:
                component["custom_id"] = forged
                component["label"] = true.split(":", maxsplit=1)[0]
    return changed
