"""The image itself, where one was built: both processes with the rights that compose.yaml leaves them."""

from collections.abc import AsyncIterator

import pytest

from bot.client import DRAIN_SECONDS
from bot.settings import Settings
from tests.deploy.containers import IMAGE, Container
from tests.wire.conftest import TOKEN
from tests.wire.gateway import LoopbackDiscord
from tests.wire.model_server import FakeModelServer

pytestmark = [pytest.mark.soak, pytest.mark.skipif(not IMAGE, reason="PUNCHLINE_IMAGE names no image")]

ASK = """
import json, urllib.request
question = {"model": "smollm2-135m", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 8}
headers = {"Authorization": "Bearer sesame", "Host": "engine:8080", "Content-Type": "application/json"}
address = "http://127.0.0.1:8080/v1/chat/completions"
request = urllib.request.Request(address, json.dumps(question).encode(), headers)
print(json.load(urllib.request.urlopen(request))["choices"][0]["message"]["role"])
"""
# Secrets, what the image does without, and what its user could change: nothing of it is there.
LOOK = """
find / -xdev \\( -name '.env*' -o -name '*.db' -o -path '*/site-packages/torch' -o -path '*/site-packages/simcord' \\) -not -path '/proc/*' -not -path '/data/*' 2>/dev/null
find /app /venv -writable -not -type l
"""


@pytest.fixture
async def bot(discord: LoopbackDiscord, models: FakeModelServer) -> AsyncIterator[Container]:
    settings = {"DISCORD_TOKEN": TOKEN, "OPENAI_BASE_URL": models.url, "OPENAI_API_KEY": "wire"}
    async with Container("bot", "host", {**discord.environment, **settings}) as container:
        yield container


async def test_the_engine_is_healthy_answers_by_its_key_and_stops_at_once() -> None:
    async with Container("engine", "none", {"ENGINE_API_KEY": "sesame"}) as engine:
        await engine.healthy()
        assert await engine.run("python", "-c", ASK) == "assistant\n"
        status, seconds = await engine.stop()
    assert (status, seconds < 5) == (0, True)


async def test_the_bot_answers_saves_a_backup_and_finishes_what_is_under_way(
    discord: LoopbackDiscord, models: FakeModelServer, bot: Container
) -> None:
    await discord.ready()
    if "metrics_port" in Settings.model_fields:
        await bot.healthy(timeout=20)
    assert "Saved the database" in await bot.run("python", "-m", "bot", "backup", "/data/backup.tar.gz")
    models.delay = 1.0
    joke = await discord.command("joke", {"scenario": "A duck"})
    await joke.acked
    status, seconds = await bot.stop()
    assert (await joke.answered).message["embeds"][0]["title"] == "A duck"
    assert (status, seconds < DRAIN_SECONDS + 2) == (0, True)


async def test_the_image_holds_no_secret_nothing_needless_and_nothing_that_its_user_could_change(
    discord: LoopbackDiscord, bot: Container
) -> None:
    await discord.ready()
    assert await bot.run("sh", "-c", LOOK) == ""
    assert await bot.run("id", "-u") == "10001\n"
