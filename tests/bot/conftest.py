"""The bot's own parts, real ones: a database file, the app, and a model server on loopback."""

from collections.abc import AsyncIterator
from pathlib import Path

import hypothesis
import pytest

from bot.app import App, open_app
from bot.llm import LLM, open_llm
from bot.settings import Settings
from bot.store.database import BACKGROUND_TURN_SECONDS, Database, open_database, turn_seconds
from tests.bot.parts import StillClock, settings_for
from tests.wire.model_server import FakeModelServer

# How long one example takes says more about what else runs on the machine than about the code.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a developer has set must not decide what a test sees."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "punchline.db") as database:
        yield database


@pytest.fixture
async def server() -> AsyncIterator[FakeModelServer]:
    async with FakeModelServer() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, server: FakeModelServer) -> Settings:
    return settings_for(tmp_path, server.url)


@pytest.fixture
async def app(settings: Settings, clock: StillClock) -> AsyncIterator[App]:
    """Everything that the commands use, wired as in production; a test that calls `round` has the patience of the loop."""
    turn_seconds.set(BACKGROUND_TURN_SECONDS)
    async with open_app(settings, clock) as app:
        yield app


@pytest.fixture
async def llm(settings: Settings) -> AsyncIterator[LLM]:
    async with open_llm(settings) as llm:
        yield llm
