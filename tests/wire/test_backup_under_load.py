"""A backup of a bot at work, restored elsewhere: what had happened by then is there, to the cent, and the model still tells."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.wire.conftest import TOKEN
from tests.wire.faulty_models import PRICES_TOML
from tests.wire.gateway import LoopbackDiscord
from tests.wire.model_server import FakeModelServer
from tests.wire.process import Process
from tests.wire.shapes import MANAGE_GUILD
from tests.wire.stage import JOKES, Stage

MEMBERS, BACKUPS, FIRST_MEMBER = 40, 3, 8_000
Row = dict[str, Any]


@pytest.fixture
def stage(discord: LoopbackDiscord, models: FakeModelServer, tmp_path: Path) -> Stage:
    models.jobs.plan = ("queued", "running", "succeeded")
    (tmp_path / "home").mkdir()
    (tmp_path / "prices.toml").write_text(PRICES_TOML, "utf-8")
    return Stage(discord, models, tmp_path / "home", TOKEN, PRICES_FILE=str(tmp_path / "prices.toml"))


@contextmanager
def load(stage: Stage) -> Iterator[None]:
    """Members who ask and vote without a pause."""
    tasks = [asyncio.create_task(_ask_on(stage.discord, FIRST_MEMBER + n)) for n in range(MEMBERS)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


async def _ask_on(discord: LoopbackDiscord, member: int) -> None:
    turn = 0
    while True:
        turn += 1
        joke = await discord.command("joke", {"scenario": f"Scenario {turn} of {member}"}, user_id=member)
        message = (await joke.answered).message
        await (await discord.press(message, "funny:" + _number(message), user_id=member)).answered


def _number(message: Row) -> str:
    return str(message["components"][0]["components"][0]["custom_id"].split(":")[1])


def table(folder: Path, name: str) -> dict[int, Row]:
    """All rows by their number; fails where the database is not whole."""
    with closing(sqlite3.connect(folder / "bot.db")) as database:
        database.row_factory = sqlite3.Row
        assert [row[0] for row in database.execute("PRAGMA integrity_check")] == ["ok"]
        assert list(database.execute("PRAGMA foreign_key_check")) == []
        rows = database.execute(f"SELECT rowid AS number, * FROM {name}")  # noqa: S608 - names from the tests
        return {row["number"]: dict(row) for row in rows}


def more_jokes(stage: Stage, wanted: int) -> Callable[[], bool]:
    """Whether the model server was asked so often since now."""
    before = len(stage.models.history)
    return lambda: len(stage.models.history) >= before + wanted


async def run(bot: Process) -> str:
    async with bot:
        assert await bot.ended() == 0, bot.output
    return bot.output


def is_a_prefix(copied: Path, home: Path, least: int) -> None:
    """The copy has every row up to its last, `least` or a later one; each is as it was then: still under way, or settled as it is now."""
    then, now = table(copied, "usage"), table(home, "usage")
    assert max(then) >= least
    assert then.keys() == {number for number in now if number <= max(then)}
    settled = {number for number, row in then.items() if row["outcome"] != "unknown"}
    assert {number: then[number] for number in settled} == {number: now[number] for number in settled}
    assert all(then[number]["cost_nanodollars"] >= now[number]["cost_nanodollars"] for number in then)
    jokes, all_jokes = table(copied, "generations"), table(home, "generations")
    assert jokes == {number: all_jokes[number] for number in jokes}
    assert {joke["usage_id"] for joke in jokes.values()} <= settled
    assert len(jokes) > 0


@pytest.mark.soak
async def test_a_backup_made_under_load_is_the_same_community_elsewhere(stage: Stage, tmp_path: Path) -> None:
    copies = {tmp_path / f"copy-{n}": 0 for n in range(BACKUPS)}  # and the last row before each
    async with stage.bot() as bot:
        await bot.bringing(stage.discord.ready())
        await stage.launch()
        await stage.ends_with_a_model()
        (model,) = stage.rows("models")
        used = await stage.discord.command("models use", {"model": model["model"]}, permissions=MANAGE_GUILD)
        await used.answered
        with load(stage):
            for copy in copies:
                copy.mkdir()
                await stage.discord.record.until(more_jokes(stage, 100))
                copies[copy] = max(row["id"] for row in stage.rows("usage"))
                assert "1 " in await run(stage.bot("backup", str(copy / "backup.tar.gz")))
        assert await bot.stop() == 0
    for copy, least in copies.items():
        await run(stage.bot("restore", str(copy / "backup.tar.gz"), folder=copy))
        is_a_prefix(copy, stage.folder, least)
        (dataset,) = table(copy, "datasets").values()
        assert (copy / "bot.files" / f"{dataset['sha256']}.jsonl").read_bytes() == JOKES
    async with stage.bot(folder=next(iter(copies))) as restored:
        await restored.bringing(stage.discord.ready(handshakes=2))
        told = await (await stage.discord.command("joke", {"scenario": "A duck that moved"})).answered
        assert told.message["embeds"][0]["footer"]["text"] == "Told by this server's own model"
    assert stage.models.calls("chat")[-1].body["model"] == model["model"]
