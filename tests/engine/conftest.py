"""A job trained once, and data directories that need no training."""

import shutil
from collections.abc import Callable
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
def joke_job(engine_url: str) -> FineTuningJob:
    """A finished job on the shipped jokes."""
    with OpenAI(base_url=engine_url, api_key="practice", max_retries=0) as client:
        with (ROOT / "data" / "jokes.jsonl").open("rb") as jokes:
            uploaded = client.files.create(file=jokes, purpose="fine-tune")
        job = client.fine_tuning.jobs.create(
            model="practice-1", training_file=uploaded.id, suffix="Our Jokes", metadata={"launch_id": "first"}
        )
        return finished(client, job.id)


@pytest.fixture
def prepared_dir(tmp_path: Path, engine_url: str, engine_data_dir: Path) -> Callable[[], Path]:
    """Makes a fresh data directory that already has practice-1."""

    def make() -> Path:
        shutil.copytree(engine_data_dir / "models", tmp_path / "engine" / "models", ignore=_all_but_base)
        return tmp_path / "engine"

    return make


def _all_but_base(_: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.startswith("practice-1")]
