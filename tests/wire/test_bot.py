"""`python -m bot` as a process, over real sockets."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.wire.conftest import TOKEN, BotFactory
from tests.wire.gateway import LoopbackDiscord
from tests.wire.interaction import Kind
from tests.wire.model_server import FakeModelServer
from tests.wire.process import ROOT, Process
from tests.wire.shapes import MANAGE_GUILD, Upload

JOKES = ROOT / "data" / "jokes.jsonl"


@pytest.fixture
def environment(discord: LoopbackDiscord, models: FakeModelServer, tmp_path: Path) -> dict[str, str]:
    """The settings of a bot on loopback."""
    return {
        **discord.environment,
        "DISCORD_TOKEN": TOKEN,
        "OPENAI_API_KEY": "wire",
        "OPENAI_BASE_URL": models.url,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}",
    }


async def test_a_joke_is_acknowledged_told_and_voted_on_across_a_restart(
    discord: LoopbackDiscord, models: FakeModelServer, start_bot: BotFactory, tmp_path: Path
) -> None:
    async with start_bot(models.url) as bot:
        await bot.bringing(discord.ready())
        joke = await discord.command("joke", {"scenario": "A man walking across the road"}, user_id=7)
        assert (await joke.acked).kind is Kind.DEFER
        message = (await joke.answered).message
        await bot.kill()
    async with start_bot(models.url) as bot:
        await bot.bringing(discord.ready(handshakes=2))
        vote = await discord.press(message, "funny:1", user_id=7)
        assert (await vote.acked).kind is Kind.UPDATE
        assert discord.record.syncs == 1
        assert await bot.stop() == 0
    with sqlite3.connect(tmp_path / "bot.db") as database:
        assert database.execute("SELECT generation_id, user_id, funny FROM votes").fetchall() == [(1, 7, 1)]
    database.close()


async def test_two_hundred_jokes_at_once_are_acknowledged_while_the_model_is_slow(
    discord: LoopbackDiscord, models: FakeModelServer, start_bot: BotFactory
) -> None:
    models.delay = 1.0
    async with start_bot(models.url) as bot:
        await bot.bringing(discord.ready())
        jokes = [await discord.command("joke", {"scenario": f"Scenario {n}"}, user_id=1000 + n) for n in range(200)]
        acks = await asyncio.gather(*(joke.acked for joke in jokes))
        assert {ack.kind for ack in acks} == {Kind.DEFER}
        await asyncio.gather(*(joke.answered for joke in jokes))
    assert len(models.calls("chat")) == 200


async def test_a_cut_line_is_resumed_and_the_command_answered(
    discord: LoopbackDiscord, models: FakeModelServer, start_bot: BotFactory
) -> None:
    async with start_bot(models.url) as bot:
        await bot.bringing(discord.ready())
        await discord.faults.drop()
        joke = await discord.command("joke", {"scenario": "missed"})
        assert (await joke.answered).message["embeds"][0]["title"] == "missed"


@pytest.mark.soak  # `make demo`, which the everyday suite runs, tells the same story without a gateway
async def test_a_model_is_tuned_on_the_real_engine_and_tells_jokes(
    discord: LoopbackDiscord, engine_url: str, start_bot: BotFactory
) -> None:
    async with start_bot(engine_url) as bot:
        await bot.bringing(discord.ready())
        file = Upload("jokes.jsonl", JOKES.read_bytes())
        await (await discord.command("dataset upload", {"file": file}, permissions=MANAGE_GUILD)).answered
        offer = await discord.command("finetune launch", {"dataset": "jokes"}, permissions=MANAGE_GUILD)
        message = (await offer.answered).message
        await (await discord.press(message, "Launch", permissions=MANAGE_GUILD)).acked
        shown = int(message["id"])
        await discord.record.until(
            lambda: "is ready" in str(discord.record.messages[shown]["embeds"][0].get("description")), timeout=120
        )
        joke = await discord.command("joke", {"scenario": "A robot learning to cook"})
        embed = (await joke.answered).message["embeds"][0]
        assert embed["description"].endswith(" Haha")
        assert embed["footer"]["text"] == "Told by this server's own model"


async def test_every_missing_or_wrong_setting_is_named_at_once_and_the_exit_code_is_2(tmp_path: Path) -> None:
    wrong = {"OPENAI_BASE_URL": "https://example.org", "DATABASE_URL": "postgres://somewhere", "LOG_LEVEL": "loud"}
    async with Process("bot", wrong, cwd=tmp_path) as bot:
        assert await bot.ended() == 2
    for name in (
        "DISCORD_TOKEN: is not set",
        "OPENAI_API_KEY: is not set",
        "LOG_LEVEL: cannot be used",
        "DATABASE_URL: must look",
    ):
        assert name in bot.output
    assert "Traceback" not in bot.output


async def test_a_refused_token_is_one_clear_line(environment: dict[str, str], tmp_path: Path) -> None:
    async with Process("bot", {**environment, "DISCORD_TOKEN": TOKEN + "wrong"}, cwd=tmp_path) as bot:
        assert await bot.ended() == 1
    assert "Discord rejects DISCORD_TOKEN. Copy the token again from Discord's developer portal." in bot.lines
    assert "Traceback" not in bot.output


async def test_a_bot_is_backed_up_while_it_runs_and_put_back_elsewhere(
    discord: LoopbackDiscord, environment: dict[str, str], tmp_path: Path
) -> None:
    new = {**environment, "DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}"}
    file = tmp_path / "backup.tar.gz"
    async with Process("bot", environment, cwd=tmp_path) as bot:
        await bot.bringing(discord.ready())
        await (await discord.command("joke", {"scenario": "A duck"})).answered
        async with Process("bot", environment, "backup", str(file), cwd=tmp_path) as backup:
            assert await backup.ended() == 0
        assert backup.lines == [f"Saved the database and 0 dataset files in {file}."]
        async with Process("bot", environment, "restore", str(file), cwd=tmp_path) as restore:
            assert await restore.ended() == 1
        assert "Another bot is running on the database" in restore.lines[-1]
    async with Process("bot", new, "restore", str(file), cwd=tmp_path) as restore:
        assert await restore.ended() == 0
    with closing(sqlite3.connect(tmp_path / "new.db")) as database:
        assert database.execute("SELECT asked FROM generations").fetchall() == [("A duck",)]


async def test_check_names_what_is_well_and_what_is_not(environment: dict[str, str], tmp_path: Path) -> None:
    async with Process("bot", environment, "check", cwd=tmp_path) as check:
        assert await check.ended() == 0
    assert [line[:4] for line in check.lines] == ["ok  "] * 7
    async with Process(
        "bot", {**environment, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, "check", cwd=tmp_path
    ) as check:
        assert await check.ended() == 1
    assert any(line.startswith("FAIL  Model server: ") for line in check.lines)
