"""The bot killed at every step of a launch: after its restart one job, one model, one final message, or a plain failure."""

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.wire.gate import Gate, Point, When
from tests.wire.gateway import LoopbackDiscord
from tests.wire.model_server import FakeModelServer
from tests.wire.process import ROOT, Process
from tests.wire.shapes import MANAGE_GUILD, Upload

JOKES = (ROOT / "data" / "jokes.jsonl").read_bytes()
PATCH, POST = "PATCH channels/messages", "POST channels/messages"
MODEL_STEPS = [("upload", 1), ("create_job", 1), *(("job", n) for n in (1, 2, 3)), *(("events", n) for n in (1, 2, 3))]
MODEL_STEPS += [("chat", 1), ("chat", 2), ("chat", 21), ("chat", 40)]
DISCORD_STEPS = [(PATCH, 1), (PATCH, 2), (PATCH, 3), (POST, 1)]
WHENS: tuple[When, When] = ("before", "after")
POINTS = [Point(name, nth, when) for name, nth in [*MODEL_STEPS, *DISCORD_STEPS] for when in WHENS]
EVERYDAY = random.Random(2026).sample(POINTS, 3)  # noqa: S311  # a fixed choice; the others are for `make soak`


def points() -> list[Any]:
    return [
        pytest.param(point, marks=[] if point in EVERYDAY else [pytest.mark.soak], id=str(point)) for point in POINTS
    ]


class Stage:
    """A Discord, a model server, and the bot on one database, however often it is started."""

    def __init__(self, discord: LoopbackDiscord, models: FakeModelServer, folder: Path, token: str) -> None:
        self.discord, self.models, self.folder = discord, models, folder
        self._environment = {
            **discord.environment,
            "DISCORD_TOKEN": token,
            "OPENAI_API_KEY": "wire",
            "OPENAI_BASE_URL": models.url,
            "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}",
            "REQUEST_TIMEOUT": "2",
        }

    def bot(self) -> Process:
        return Process("bot", self._environment, cwd=self.folder)

    async def launch(self) -> None:
        """Upload, quote, and press the button."""
        file = Upload("jokes.jsonl", JOKES)
        await (await self.discord.command("dataset upload", {"file": file}, permissions=MANAGE_GUILD)).answered
        offer = await self.discord.command("finetune launch", {"dataset": "jokes"}, permissions=MANAGE_GUILD)
        await self.discord.press((await offer.answered).message, "Launch", permissions=MANAGE_GUILD)

    def rows(self, table: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.folder / "bot.db")) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(f"SELECT * FROM {table}")]  # noqa: S608  # names from this file

    def titles(self) -> list[str]:
        """What the bot's messages in the channel say in their titles."""
        return [embed["title"] for message in self.discord.record.messages.values() for embed in message["embeds"]]


@pytest.fixture
def stage(discord: LoopbackDiscord, models: FakeModelServer, tmp_path: Path) -> Stage:
    models.jobs.plan = ("queued", "running", "succeeded")
    return Stage(discord, models, tmp_path, "wire-token")


@pytest.mark.parametrize("point", points())
async def test_a_killed_bot_carries_on_to_one_job_one_model_and_one_last_message(stage: Stage, point: Point) -> None:
    gate = Gate(point)
    if point.name in (PATCH, POST):
        stage.discord.record.gate = gate
    else:
        stage.models.gate = gate
    async with stage.bot() as bot:
        await bot.bringing(stage.discord.ready())
        await stage.launch()
        async with asyncio.timeout(30):
            await gate.reached.wait()
        await bot.kill()
    gate.open()
    async with stage.bot() as bot:
        await bot.bringing(stage.discord.ready(handshakes=2))
        if point == Point("create_job", 1, "before"):
            await _ends_as_never_confirmed(stage)
        else:
            await _ends_with_a_model(stage)


async def _ends_with_a_model(stage: Stage) -> None:
    await stage.discord.record.until(lambda: any("learned" in title for title in stage.titles()), timeout=60)
    await stage.discord.record.until(lambda: any("done" in title for title in stage.titles()), timeout=30)
    (remote,) = stage.models.jobs.jobs.values()
    (job,), (model,), (report,) = stage.rows("jobs"), stage.rows("models"), stage.rows("reports")
    assert (job["status"], job["remote_job_id"]) == ("succeeded", remote["id"])
    assert model["model"] == remote["fine_tuned_model"]
    assert report["job_id"] == job["id"]
    assert len([title for title in stage.titles() if "learned" in title]) == 1
    assert len([title for title in stage.titles() if "Job 1" in title and "done" in title]) == 1


async def _ends_as_never_confirmed(stage: Stage) -> None:
    await stage.discord.record.until(lambda: any("failed" in title for title in stage.titles()), timeout=30)
    (job,) = stage.rows("jobs")
    assert (job["status"], job["error_code"]) == ("failed", "not_confirmed")
    assert stage.models.jobs.jobs == {}
    assert stage.rows("models") == []
