"""An engine with its speech model."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI

from tests.engine.process import EngineProcess, running_engine


@pytest.fixture(scope="session")
def speech_engine(tmp_path_factory: pytest.TempPathFactory, practice_base: Path) -> Iterator[EngineProcess]:
    """An engine that transcribes, beside practice-1."""
    data_dir = tmp_path_factory.mktemp("speech") / "engine"
    shutil.copytree(practice_base, data_dir / "models")
    with running_engine(data_dir, with_whisper=True) as engine:
        yield engine


@pytest.fixture(scope="session")
def client(speech_engine: EngineProcess) -> Iterator[OpenAI]:
    """The real client, talking to that engine."""
    with OpenAI(base_url=speech_engine.url, api_key="none", max_retries=0) as client:
        yield client
