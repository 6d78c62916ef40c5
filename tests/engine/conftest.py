"""A job trained once, and data directories that need no training."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from engine.backends.minilm import MiniLM
from tests.engine.process import ROOT
from tests.engine.waiting import finished


@pytest.fixture(scope="session")
def encoder() -> MiniLM:
    """The embedding model, in this process."""
    return MiniLM()


@pytest.fixture(scope="session")
def client(engine_url: str) -> Iterator[OpenAI]:
    """The real client, blocking, talking to the session's engine."""
    with OpenAI(base_url=engine_url, api_key="practice", max_retries=0) as client:
        yield client


@pytest.fixture(scope="session")
def joke_job(client: OpenAI) -> FineTuningJob:
    """A finished job on the shipped jokes."""
    with (ROOT / "data" / "jokes.jsonl").open("rb") as jokes:
        uploaded = client.files.create(file=jokes, purpose="fine-tune")
    job = client.fine_tuning.jobs.create(
        model="practice-1", training_file=uploaded.id, suffix="Our Jokes", metadata={"launch_id": "first"}
    )
    return finished(client, job.id)


@pytest.fixture
def prepared_dir(tmp_path: Path, practice_base: Path) -> Callable[[], Path]:
    """Makes a fresh data directory that already has practice-1."""

    def make() -> Path:
        shutil.copytree(practice_base, tmp_path / "engine" / "models")
        return tmp_path / "engine"

    return make
