"""What cannot be exported is said in one sentence, and nothing is written."""

import asyncio
import json
from pathlib import Path

import pytest

from engine.bases import can_tune
from engine.export.command import export
from engine.options import UsageError
from engine.protocol.objects import new_model
from engine.storage.state import open_state

JOB = "ftjob-AAAAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture
async def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "engine"
    (folder / "models").mkdir(parents=True)
    async with open_state(folder) as state, state.transaction():
        await state.models.add(new_model("ft:practice-1:club", "practice-1", f"{JOB}.safetensors", 0))
    return folder


def adapter(data_dir: Path, reference: str) -> Path:
    """An adapter for a base at that place."""
    folder = data_dir / "models" / JOB
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": reference}))
    return folder


def refusal(data_dir: Path, target: Path, model: str = JOB, *more: str, kind: str = "gguf") -> str:
    with pytest.raises(UsageError) as refused:
        export([model, "--format", kind, "--to", str(target), "--data-dir", str(data_dir), *more])
    assert list(target.parent.glob("out*")) == ([target] if target.exists() else [])
    return str(refused.value)


def test_an_unknown_model_is_answered_with_the_known_ones(data_dir: Path, tmp_path: Path) -> None:
    told = refusal(data_dir, tmp_path / "out", "ft:nope")
    assert told == f"There is no tuned model ft:nope in {data_dir}. Tuned models: ft:practice-1:club."


def test_a_model_of_practice_1_runs_nowhere_else(data_dir: Path, tmp_path: Path) -> None:
    (data_dir / "models" / f"{JOB}.safetensors").touch()
    told = refusal(data_dir, tmp_path / "out", "ft:practice-1:club")
    assert told == "ft:practice-1:club was tuned from practice-1, which runs in this engine alone."


def test_weights_that_are_gone_are_named(data_dir: Path, tmp_path: Path) -> None:
    told = refusal(data_dir, tmp_path / "out")
    assert told == f"The weights of {JOB} are gone: {data_dir / 'models' / JOB} does not exist."


async def test_while_the_engine_runs_a_job_must_be_named(data_dir: Path, tmp_path: Path) -> None:
    async with open_state(data_dir):
        told = await _in_thread(data_dir, tmp_path / "out")
    assert told == (
        f"Another engine is using {data_dir}: stop it or give --data-dir."
        " Or name the job that made the model (ftjob-…) instead of the model."
    )


async def _in_thread(data_dir: Path, target: Path) -> str:
    return await asyncio.to_thread(refusal, data_dir, target, "ft:practice-1:club")


def test_a_base_that_is_not_given_is_asked_for(data_dir: Path, tmp_path: Path) -> None:
    adapter(data_dir, "/models/small")
    told = refusal(data_dir, tmp_path / "out")
    assert told == "The adapter's base is /models/small: give --base NAME=PATH as you give it to the engine."


@pytest.mark.skipif(not can_tune(), reason="without torch such a base is refused before (`make lora`)")
def test_no_gguf_file_is_made_of_safetensors(data_dir: Path, tmp_path: Path) -> None:
    base = tmp_path / "small"
    base.mkdir()
    adapter(data_dir, str(base))
    told = refusal(data_dir, tmp_path / "out", JOB, "--base", f"small={base}")
    assert told == (
        "small is not a GGUF file, so a GGUF file cannot be made of it here: "
        "use --format merged, then llama.cpp's convert_hf_to_gguf.py."
    )


def test_a_directory_with_files_is_left_alone(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").touch()
    told = refusal(data_dir, tmp_path / "out")
    assert told == f"{tmp_path / 'out'} exists and is not empty: give --to a new directory."


def test_a_directory_of_no_engine_is_not_turned_into_one(tmp_path: Path) -> None:
    told = refusal(tmp_path / "nothing", tmp_path / "out")
    assert told == f"{tmp_path / 'nothing'} is no engine's data directory: give --data-dir."
    assert not (tmp_path / "nothing").exists()
