"""The bot killed at every step of a launch: after its restart one job, one model, one final message, or a plain failure."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.postgres import fresh_database, server_url
from tests.wire.conftest import TOKEN
from tests.wire.gate import Gate, Point
from tests.wire.gateway import LoopbackDiscord
from tests.wire.model_server import FakeModelServer
from tests.wire.stage import DISCORD_STEPS, MODEL_STEPS, REMOTE_STEPS, Stage, points

POINTS = points([*MODEL_STEPS, *DISCORD_STEPS])
# Only now does the server have the job that goes on without the bot.
REMOTE_POINTS = [point for point in points(REMOTE_STEPS) if point != Point("create_job", 1, "before")]
CHOICE = random.Random(2026)  # noqa: S311  # a fixed choice; the others are for `make soak`
EVERYDAY = {*CHOICE.sample(POINTS, 1), Point("create_job", 1, "after")}


def everyday(cut: list[Point]) -> list[Any]:
    """Some of the points, and all of them in `make soak`."""
    return [pytest.param(point, marks=[] if point in EVERYDAY else pytest.mark.soak, id=str(point)) for point in cut]


@pytest.fixture
def database_url() -> Iterator[str]:
    """PostgreSQL where the tests run on it, else the stage's own file."""
    if (server := server_url()) is None:
        yield ""
        return
    with fresh_database(server) as url:
        yield url


@pytest.fixture
def stage(discord: LoopbackDiscord, models: FakeModelServer, tmp_path: Path, database_url: str) -> Stage:
    models.jobs.plan = ("queued", "running", "succeeded")
    return Stage(discord, models, tmp_path, TOKEN, database_url)


async def kill_at(stage: Stage, point: Point) -> None:
    """Launch, and end the bot exactly there."""
    gate = Gate(point)
    stage.put(gate)
    async with stage.bot() as bot:
        await bot.bringing(stage.discord.ready())
        await stage.launch()
        async with asyncio.timeout(60):
            await gate.reached.wait()
        await bot.kill()
    gate.open()


@pytest.mark.parametrize("point", everyday(POINTS))
async def test_a_killed_bot_carries_on_to_one_job_one_model_and_one_last_message(stage: Stage, point: Point) -> None:
    await kill_at(stage, point)
    async with stage.bot() as bot:
        await bot.bringing(stage.discord.ready(handshakes=2))
        if point == Point("create_job", 1, "before"):
            await stage.ends_as_never_confirmed()
        else:
            await stage.ends_with_a_model()


@pytest.mark.parametrize("point", everyday(REMOTE_POINTS))
async def test_a_bot_that_stays_down_until_the_job_has_ended_finds_its_model(stage: Stage, point: Point) -> None:
    await kill_at(stage, point)
    (remote_id,) = stage.models.jobs.jobs
    stage.models.jobs.finish(remote_id)
    async with stage.bot() as bot:
        await bot.bringing(stage.discord.ready(handshakes=2))
        await stage.ends_with_a_model()


async def test_a_job_that_create_itself_calls_done_is_read_like_any_other(stage: Stage) -> None:
    stage.models.jobs.at_once = True
    async with stage.bot() as bot:
        await bot.bringing(stage.discord.ready())
        await stage.launch()
        await stage.ends_with_a_model()
