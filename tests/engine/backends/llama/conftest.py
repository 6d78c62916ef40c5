"""The built-in model, read once, and an engine that serves it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI

from engine.backends.llama.base import GGUFBase, open_gguf
from engine.backends.llama.smollm2 import find
from tests.conftest import MakeOnce
from tests.engine.process import EngineProcess, running_engine


@pytest.fixture(scope="session")
def gguf() -> Path:
    """The built-in model's file."""
    return find()


@pytest.fixture(scope="session")
def gguf_cache(make_once: MakeOnce, gguf: Path) -> Path:
    """A folder that holds what was read of it."""
    return make_once("gguf", lambda folder: open_gguf(gguf, folder))


@pytest.fixture(scope="session")
def base(gguf: Path, gguf_cache: Path) -> GGUFBase:
    """What the engine knows of the built-in model."""
    return open_gguf(gguf, gguf_cache)


@pytest.fixture(scope="session")
def smollm2_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """An engine started as a newcomer does."""
    with running_engine(tmp_path_factory.mktemp("smollm2") / "engine", with_smollm2=True) as engine:
        yield engine


@pytest.fixture(scope="session")
def client(smollm2_engine: EngineProcess) -> Iterator[OpenAI]:
    """The real client, talking to that engine."""
    with OpenAI(base_url=smollm2_engine.url, api_key="none", max_retries=0) as client:
        yield client
