"""Members of a running bot ask to be forgotten, one before it is killed: nothing of them is left, in its files, its log, or the engine."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.bot.privacy.traces import left_in, needles
from tests.engine.process import running_engine
from tests.wire.conftest import TOKEN
from tests.wire.gateway import LoopbackDiscord
from tests.wire.model_server import FakeModelServer
from tests.wire.process import Process
from tests.wire.shapes import Json
from tests.wire.stage import Stage

pytestmark = pytest.mark.soak

ANNA, BERT, CARLA = 1387654321098765201, 1387654321098765202, 1387654321098765203
TEXTS = {ANNA: "Ein Walross im Büro", BERT: "Zwei Störche auf Stöckelschuhen", CARLA: "Drei Lamas am Buffet"}
REWRITTEN = r"Rewrote the database file in \d"


async def use(discord: LoopbackDiscord, member: int) -> Json:
    """Let a member ask for a joke, vote on it, compare texts and search; returns the question whether to forget them."""
    told = await (await discord.command("joke", {"scenario": TEXTS[member]}, user_id=member)).answered
    funny = told.message["components"][0]["components"][0]["custom_id"]
    await (await discord.press(told.message, funny, user_id=member)).answered
    texts = {"first": TEXTS[member], "second": f"{TEXTS[member]} am Abend"}
    await (await discord.command("similarity compare", texts, user_id=member)).answered
    await (await discord.command("similarity search", {"query": TEXTS[member]}, user_id=member)).answered
    asked = await discord.command("forget-me", {}, user_id=member)
    return (await asked.answered).message


def ask_for(database: Path, member: int) -> None:
    """Write the request as the bot does before it deletes anything: then it was killed."""
    with closing(sqlite3.connect(database)) as connection, connection:
        (guild,) = connection.execute("SELECT DISTINCT guild_id FROM usage").fetchone()
        insert = "INSERT INTO forgettings (guild_id, user_id, asked_at) VALUES (?, ?, '2026-11-22')"
        connection.execute(insert, (guild, member))


async def test_nothing_is_left_also_where_the_bot_was_killed(
    discord: LoopbackDiscord, tmp_path: Path, practice_base: Path
) -> None:
    engine_folder, bot_folder = tmp_path / "engine", tmp_path / "bot"
    shutil.copytree(practice_base, engine_folder / "models")
    bot_folder.mkdir()
    database, output = bot_folder / "bot.db", ""
    with running_engine(engine_folder) as engine:
        environment = {
            **discord.environment,
            "DISCORD_TOKEN": TOKEN,
            "OPENAI_BASE_URL": engine.url,
            "DATABASE_URL": f"sqlite:///{database}",
        }
        async with Process("bot", environment, cwd=bot_folder) as bot:
            await bot.bringing(discord.ready())
            question = await use(discord, ANNA)
            for member in (BERT, CARLA):
                await use(discord, member)
            assert await left_in(bot_folder, needles(ANNA, [TEXTS[ANNA]])) != {}
            done = await (await discord.press(question, "forget-me:0", user_id=ANNA)).answered
            assert done.text.startswith("Done. Your data in this server is deleted")
            await bot.line(REWRITTEN)
            assert await left_in(tmp_path, needles(ANNA, [TEXTS[ANNA]])) == {}
            assert await left_in(bot_folder, needles(BERT, [TEXTS[BERT]])) != {}
            await bot.kill()
            output += bot.output
        ask_for(database, BERT)
        async with Process("bot", environment, cwd=bot_folder) as bot:
            await bot.bringing(discord.ready(handshakes=2))
            await bot.line(REWRITTEN)
            await bot.kill()
            output += bot.output
    for member in (ANNA, BERT):
        wanted = needles(member, [TEXTS[member]])
        assert await left_in(tmp_path, wanted) == {}
        assert not any(needle in output.encode() for needle in wanted)
    assert await left_in(bot_folder, needles(CARLA, [TEXTS[CARLA]])) != {}


def departed(database: Path) -> list[tuple[int]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT guild_id FROM departures").fetchall()


async def test_an_outage_is_no_removal_and_a_removal_is_noted(
    discord: LoopbackDiscord, models: FakeModelServer, tmp_path: Path
) -> None:
    stage = Stage(discord, models, tmp_path, TOKEN)
    async with stage.bot() as bot:
        await bot.bringing(discord.ready())
        (guild, *_) = discord.guilds
        session = discord._gateway.session_for(guild)
        await (await discord.command("joke", {"scenario": "A duck"})).answered
        await session.dispatch("GUILD_DELETE", {"id": str(guild.id), "unavailable": True})
        await (await discord.command("privacy", {})).answered
        assert departed(tmp_path / "bot.db") == []
        await session.dispatch("GUILD_DELETE", {"id": str(guild.id)})
        await (await discord.command("privacy", {})).answered
        async with asyncio.timeout(10):
            while departed(tmp_path / "bot.db") != [(guild.id,)]:  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.01)
