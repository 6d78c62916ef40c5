"""A tiny base made on the spot, an engine that serves it, and a job tuned once. Where torch is missing, one test says so."""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from tests.conftest import MakeOnce
from tests.engine.process import ROOT, EngineProcess, running_engine
from tests.engine.waiting import finished

INSTALLED = all(importlib.util.find_spec(name) for name in ("torch", "transformers", "peft"))
REQUIRED = bool(os.environ.get("PUNCHLINE_REQUIRE_LORA"))
collect_ignore_glob = [] if INSTALLED or REQUIRED else ["test_[!e]*.py"]  # test_extra.py stays, and skips


@pytest.fixture(scope="session")
def tiny_base(make_once: MakeOnce) -> Path:
    """The directory of a small Llama that tells jokes without Haha."""
    tiny = importlib.import_module("tests.engine.backends.lora.tiny")
    return make_once("bases", tiny.make_base) / "tiny"


@pytest.fixture(scope="session")
def lora_dir(tmp_path_factory: pytest.TempPathFactory, practice_base: Path) -> Path:
    """A data directory that already has practice-1."""
    folder = tmp_path_factory.mktemp("lora") / "engine"
    shutil.copytree(practice_base, folder / "models")
    return folder


@pytest.fixture(scope="session")
def lora_engine(lora_dir: Path, tiny_base: Path) -> Iterator[EngineProcess]:
    """An engine with the tiny model beside practice-1."""
    with running_engine(lora_dir, "--base", f"tiny={tiny_base}") as engine:
        yield engine


@pytest.fixture(scope="session")
def lora_client(lora_engine: EngineProcess) -> Iterator[OpenAI]:
    """The real client, talking to that engine."""
    with OpenAI(base_url=lora_engine.url, api_key="tiny", max_retries=0) as client:
        yield client


@pytest.fixture(scope="session")
def lora_job(lora_client: OpenAI) -> FineTuningJob:
    """The tiny model tuned on the shipped jokes, with every hyperparameter left to the engine."""
    with (ROOT / "data" / "jokes.jsonl").open("rb") as jokes:
        uploaded = lora_client.files.create(file=jokes, purpose="fine-tune")
    job = lora_client.fine_tuning.jobs.create(
        model="tiny", training_file=uploaded.id, validation_file=uploaded.id, suffix="jokes", seed=1
    )
    return finished(lora_client, job.id)
