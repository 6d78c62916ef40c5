"""One engine for the whole session. Its practice model is trained once, in about ten seconds, whatever number of processes test."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from openai import AsyncOpenAI

from engine.backends.llama import smollm2
from engine.backends.llama.base import open_gguf
from engine.backends.practice.backend import CORPUS, base_path, train_base
from engine.bases import cache_of
from tests.engine.process import running_engine
from tests.postgres import server_url

MakeOnce = Callable[[str, Callable[[Path], object]], Path]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is about SQLite's file makes no sense on PostgreSQL, and the other way round."""
    unfit, why = ("sqlite", "for SQLite alone") if server_url() else ("postgres", "for PostgreSQL: make test-postgres")
    for item in items:
        if item.get_closest_marker(unfit):
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="session")
def make_once(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> MakeOnce:
    """Makes a folder for all of pytest's processes: the first to ask fills it, the others wait for it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        folder, done = shared / name, shared / f"{name}.done"
        try:
            folder.mkdir()
        except FileExistsError:
            while not done.exists():
                time.sleep(0.05)
        else:
            fill(folder)
            done.touch()
        return folder

    return make


@pytest.fixture(scope="session")
def practice_base(make_once: MakeOnce) -> Path:
    """A folder that holds practice-1 and nothing else."""
    return make_once("practice-1", lambda folder: asyncio.run(train_base(CORPUS, base_path(folder, CORPUS))))


@pytest.fixture(scope="session")
def smollm2_bases(make_once: MakeOnce) -> Path:
    """A folder `bases` for a data directory, with what is read once of smollm2-135m."""
    gguf = smollm2.find()
    return make_once("smollm2", lambda folder: open_gguf(gguf, cache_of(smollm2.NAME, gguf, folder)))


@pytest.fixture(scope="session")
def engine_data_dir(tmp_path_factory: pytest.TempPathFactory, practice_base: Path) -> Path:
    """Where the session's engine keeps its state and its models."""
    folder = tmp_path_factory.mktemp("session") / "engine"
    shutil.copytree(practice_base, folder / "models")
    return folder


@pytest.fixture(scope="session")
def engine_url(engine_data_dir: Path) -> Iterator[str]:
    """The base url (ending in /v1) of an engine that runs until the session ends."""
    with running_engine(engine_data_dir) as engine:
        yield engine.url


@pytest.fixture
async def openai_client(engine_url: str) -> AsyncIterator[AsyncOpenAI]:
    """The real client, talking to the session's engine; it does not retry."""
    async with AsyncOpenAI(base_url=engine_url, api_key="practice", max_retries=0) as client:
        yield client
