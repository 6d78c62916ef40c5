"""A LoRA training as the worker drives it: reports, checkpoints, and a break that changes nothing."""

import threading
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from engine.backends.lora.base import BaseError
from engine.backends.lora.trainer import load
from engine.training.lines import TrainingFileError
from engine.training.task import Hyperparameters, TrainingReport, TrainingTask
from engine.training.worker import Worker
from tests.engine.backends.lora.tiny import make_model, make_tokenizer
from tests.engine.datasets import line, training_file

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # peft's about transformers


@pytest.fixture(scope="module")
def raw_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base that has learned nothing."""
    folder = tmp_path_factory.mktemp("raw")
    tokenizer = make_tokenizer(["A cat on a mat"])
    make_model(tokenizer).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def task(folder: Path, start: Path, content: bytes | None = None) -> TrainingTask:
    """Six steps in two epochs."""
    folder.mkdir(exist_ok=True)
    (folder / "train.jsonl").write_bytes(content or training_file(10))
    (folder / "valid.jsonl").write_bytes(training_file(2))
    return TrainingTask(
        trainer="engine.backends.lora.trainer",
        training_file=folder / "train.jsonl",
        validation_file=folder / "valid.jsonl",
        start=start,
        result=folder / "models" / "ftjob-x",
        hyperparameters=Hyperparameters(n_epochs=2, batch_size=4, learning_rate_multiplier=1),
        seed=5,
        checkpoints=True,
        settings={"rank": 2},
    )


def reports(given: TrainingTask, *, pause_at_step: int = 0) -> list[TrainingReport]:
    found: list[TrainingReport] = []
    pause = threading.Event()

    def note(report: TrainingReport) -> None:
        found.append(report)
        if pause_at_step and report.metrics.get("step") == pause_at_step:
            pause.set()

    Worker(given, note, pause).run()
    return found


def test_a_training_that_was_broken_off_ends_as_if_it_had_not_been(tmp_path: Path, raw_base: Path) -> None:
    whole = task(tmp_path / "whole", raw_base)
    expected = reports(whole)
    assert [report.kind for report in expected] == [
        *["metrics"] * 3,
        "checkpoint",
        *["metrics"] * 3,
        "checkpoint",
        "done",
    ]
    assert {"valid_loss", "full_valid_loss", "full_valid_mean_token_accuracy"} <= expected[-2].metrics.keys()

    broken = task(tmp_path / "broken", raw_base)
    assert reports(broken, pause_at_step=4)[-1].kind == "paused"
    rest = reports(broken)
    assert rest[0].message == "The training goes on after step 4/6"
    assert (rest[1].kind, rest[1].metrics["step"]) == ("checkpoint", 3)
    assert rest[-2].metrics == pytest.approx(expected[-2].metrics, abs=1e-5)
    ours, theirs = (load_file(kept.result / "adapter_model.safetensors") for kept in (broken, whole))
    assert all(ours[name] == pytest.approx(theirs[name], abs=1e-6) for name in theirs)
    names = {path.name for path in broken.result.parent.iterdir()}
    assert names == {"ftjob-x", "ftjob-x.step-3", "ftjob-x.step-6", "ftjob-x.progress"}


def test_a_tuned_model_is_tuned_further(tmp_path: Path, raw_base: Path) -> None:
    first = task(tmp_path / "first", raw_base)
    before = reports(first)
    again = load(task(tmp_path / "second", first.result), print)
    assert again.step()["loss"] < before[0].metrics["train_loss"]
    assert again.model.peft_config["default"].r == 2
    assert again.model.peft_config["default"].base_model_name_or_path == str(raw_base)


def test_what_cannot_be_learned_is_refused_in_words(tmp_path: Path, raw_base: Path) -> None:
    too_long = b"\n".join([line("A cat " * 400).encode()] * 10)
    with pytest.raises(TrainingFileError, match=r"No example has an answer within what the model can read\."):
        load(task(tmp_path / "long", raw_base, too_long), print)
    with pytest.raises(BaseError, match="cannot be opened as a causal language model") as refused:
        load(task(tmp_path / "gone", tmp_path / "nowhere"), print)
    assert (refused.value.code, refused.value.param) == ("model_not_available", "model")
