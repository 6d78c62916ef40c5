"""The bot's own parts, real ones: a database file, the app, and a model server on loopback."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest

import bot.settings
from bot.app import App, open_app
from bot.database_url import place_of
from bot.model_server.client import LLM, open_llm
from bot.settings import Settings
from bot.store.database import BACKGROUND_TURN_SECONDS, Database, open_database, turn_seconds
from tests.bot.parts import StillClock, settings_for
from tests.object_store import fresh_bucket
from tests.postgres import fresh_database, server_url
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


@pytest.fixture(scope="session")
def template() -> Iterator[str | None]:
    """A PostgreSQL database with the schema, to be copied; None where the tests run on SQLite."""

    async def make(url: str) -> None:
        async with open_database(url):
            pass

    if (server := server_url()) is None:
        yield None
        return
    with fresh_database(server) as url:
        asyncio.run(make(url))
        yield url.rpartition("/")[2]


@pytest.fixture
def database_url(tmp_path: Path, template: str | None) -> Iterator[str]:
    """An address of a new database."""
    server = server_url()
    if server is None or template is None:
        yield f"sqlite:///{tmp_path / 'punchline.db'}"
        return
    with fresh_database(server, template) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(place_of(database_url)) as database:
        yield database


@pytest.fixture
async def server() -> AsyncIterator[FakeModelServer]:
    async with FakeModelServer() as server:
        yield server


@pytest.fixture
async def files(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[dict[str, str]]:
    """Settings of where dataset files are: in a folder, or in a bucket for tests `on_both`."""
    monkeypatch.setattr(bot.settings, "DATASETS_FOLDER", tmp_path / "punchline.files")
    if getattr(request, "param", "folder") == "folder":
        yield {}
        return
    async with fresh_bucket() as changes:
        yield changes


@pytest.fixture
def settings(tmp_path: Path, database_url: str, server: FakeModelServer, files: dict[str, str]) -> Settings:
    return settings_for(tmp_path, server.url, database_url=database_url, **files)


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
