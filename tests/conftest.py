"""One engine for the whole session: its practice model is trained once, in about ten seconds."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from openai import AsyncOpenAI

from tests.engine.process import running_engine


@pytest.fixture(scope="session")
def engine_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the session's engine keeps its state and its trained practice-1."""
    return tmp_path_factory.mktemp("session") / "engine"


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
