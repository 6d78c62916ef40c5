"""Datasets in a bucket, and the bot killed at every step of an upload: afterwards a dataset is whole, or there is nothing of it."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.object_store import LoopbackS3
from tests.wire.conftest import TOKEN
from tests.wire.gate import Gate, Point
from tests.wire.gateway import LoopbackDiscord
from tests.wire.model_server import FakeModelServer
from tests.wire.shapes import MANAGE_GUILD, Upload
from tests.wire.stage import JOKES, Stage, points

FILE = f"{hashlib.sha256(JOKES).hexdigest()}.jsonl"
STEPS = [
    ("put", 1),
    ("copy", 1),
    ("delete", 1),
]  # bring it in, place it, and let go of its passing name once the row is written
EVERYDAY = Point("copy", 1, "after")


@pytest.fixture
async def s3() -> AsyncIterator[LoopbackS3]:
    async with LoopbackS3() as server:
        yield server


@pytest.fixture
def stage(discord: LoopbackDiscord, models: FakeModelServer, tmp_path: Path, s3: LoopbackS3) -> Stage:
    models.jobs.plan = ("queued", "running", "succeeded")
    place = {name.upper(): value for name, value in s3.settings(s3.bucket()).items()}
    return Stage(discord, models, tmp_path, TOKEN, **place)


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(point, marks=[] if point == EVERYDAY else pytest.mark.soak, id=str(point))
        for point in points(STEPS)
    ],
)
async def test_a_bot_killed_during_an_upload_leaves_a_whole_dataset_or_nothing(
    stage: Stage, s3: LoopbackS3, point: Point
) -> None:
    (bucket,) = s3.buckets
    s3.gate = Gate(point)
    async with stage.bot() as bot:
        await bot.bringing(stage.discord.ready())
        file = Upload("jokes.jsonl", JOKES)
        await stage.discord.command("dataset upload", {"file": file}, permissions=MANAGE_GUILD)
        await s3.gate.reached.wait()
        await bot.kill()
    s3.gate.open()
    s3.gate = Gate()
    is_saved = point.name == "delete"
    async with stage.bot() as bot:
        await bot.bringing(stage.discord.ready(handshakes=2))
        assert s3.keys(bucket) == ([f"datasets/{FILE}"] if is_saved else [])
        assert len(stage.rows("datasets")) == int(is_saved)
    assert list((stage.folder / "bot.files").glob("*")) == []


@pytest.mark.soak
async def test_a_model_is_tuned_from_a_dataset_in_a_bucket(stage: Stage, s3: LoopbackS3) -> None:
    (bucket,) = s3.buckets
    async with stage.bot() as bot:
        await bot.bringing(stage.discord.ready())
        await stage.launch()
        await stage.ends_with_a_model()
    assert s3.keys(bucket) == [f"datasets/{FILE}"]
