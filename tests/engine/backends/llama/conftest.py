"""The built-in model, read once, and an engine that serves it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI

from engine.backends.llama.base import GGUFBase, open_gguf
from engine.backends.llama.smollm2 import NAME, find
from engine.bases import cache_of
from tests.engine.process import EngineProcess, running_engine


@pytest.fixture(scope="session")
def gguf() -> Path:
    """The built-in model's file."""
    return find()


@pytest.fixture(scope="session")
def base(gguf: Path, smollm2_bases: Path) -> GGUFBase:
    """What the engine knows of the built-in model."""
    return open_gguf(gguf, cache_of(NAME, gguf, smollm2_bases))


@pytest.fixture(scope="session")
def smollm2_engine(tmp_path_factory: pytest.TempPathFactory, smollm2_bases: Path) -> Iterator[EngineProcess]:
    """An engine started as a newcomer does, for the second time."""
    data_dir = tmp_path_factory.mktemp("smollm2") / "engine"
    shutil.copytree(smollm2_bases, data_dir / "bases")
    with running_engine(data_dir, with_smollm2=True) as engine:
        yield engine


@pytest.fixture(scope="session")
def client(smollm2_engine: EngineProcess) -> Iterator[OpenAI]:
    """The real client, talking to that engine."""
    with OpenAI(base_url=smollm2_engine.url, api_key="none", max_retries=0) as client:
        yield client
