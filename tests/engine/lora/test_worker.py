"""A LoRA training as the engine's queue sees it: reports, checkpoints, and a break that changes nothing."""

from pathlib import Path

import pytest
from safetensors.numpy import load_file

from engine.backends.lora.adapter import save_adapter
from engine.backends.lora.worker import Lesson
from engine.training.task import Course, Report, TrainingTask
from engine.training.training_file import DatasetError
from tests.engine.datasets import line, training_file
from tests.engine.lora.tiny import make_model, make_tokenizer

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
    folder.mkdir(exist_ok=True)
    (folder / "train.jsonl").write_bytes(content or training_file(10))
    (folder / "valid.jsonl").write_bytes(training_file(2))
    return TrainingTask(
        training_file=folder / "train.jsonl",
        validation_file=folder / "valid.jsonl",
        start=start,
        result=folder / "models" / "ftjob-x",
        course=Course(n_epochs=2, batch_size=4, learning_rate_multiplier=1.0),
        seed=5,
        checkpoints=True,
        settings={"rank": 2},
    )


def take(lesson: Lesson, steps: int) -> None:
    for _ in range(steps):
        lesson.go_on()


def reports(capsys: pytest.CaptureFixture[str]) -> list[Report]:
    return [Report.model_validate_json(said) for said in capsys.readouterr().out.splitlines()]


def test_a_training_that_was_broken_off_ends_as_if_it_had_not_been(
    tmp_path: Path, raw_base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = task(tmp_path / "whole", raw_base)
    lesson = Lesson(whole)
    take(lesson, 6)
    assert lesson.training.finished
    save_adapter(lesson.model, whole.result)
    expected = reports(capsys)
    assert [report.kind for report in expected] == ["metrics"] * 3 + ["checkpoint"] + ["metrics"] * 3 + ["checkpoint"]
    assert {"valid_loss", "full_valid_loss", "full_valid_mean_token_accuracy"} <= expected[-1].metrics.keys()

    broken = task(tmp_path / "broken", raw_base)
    first = Lesson(broken)
    take(first, 4)
    first.leave()
    capsys.readouterr()
    second = Lesson(broken)
    second.take_up()
    take(second, 2)
    save_adapter(second.model, broken.result)
    said = reports(capsys)
    assert said[0].message == "The training goes on after step 4/6"
    assert (said[1].kind, said[1].metrics["step"]) == ("checkpoint", 3)
    assert said[-1].metrics == pytest.approx(expected[-1].metrics, abs=1e-5)
    ours, theirs = (load_file(kept.result / "adapter_model.safetensors") for kept in (broken, whole))
    assert all(ours[name] == pytest.approx(theirs[name], abs=1e-6) for name in theirs)
    names = {path.name for path in broken.result.parent.iterdir()}
    assert names == {"ftjob-x", "ftjob-x.step-3", "ftjob-x.step-6", "ftjob-x.progress"}


def test_a_tuned_model_is_tuned_further(tmp_path: Path, raw_base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = Lesson(task(tmp_path / "first", raw_base))
    take(first, 6)
    save_adapter(first.model, tmp_path / "ftjob-first")
    before = reports(capsys)
    second = Lesson(task(tmp_path / "second", tmp_path / "ftjob-first"))
    take(second, 1)
    assert reports(capsys)[0].metrics["train_loss"] < before[0].metrics["train_loss"]
    assert second.model.peft_config["default"].r == 2
    assert second.model.peft_config["default"].base_model_name_or_path == str(raw_base)


def test_junk_in_place_of_progress_is_said_and_left(
    tmp_path: Path, raw_base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = task(tmp_path / "junk", raw_base)
    given.progress.parent.mkdir()
    given.progress.write_bytes(b"junk")
    Lesson(given).take_up()
    (said,) = reports(capsys)
    assert (said.level, said.message.endswith("it starts over")) == ("warn", True)


def test_a_file_beyond_the_model_is_refused(tmp_path: Path, raw_base: Path) -> None:
    too_long = b"\n".join([line("A cat " * 400).encode()] * 10)
    with pytest.raises(DatasetError, match=r"No example has an answer within what the model can read\."):
        Lesson(task(tmp_path / "long", raw_base, too_long))
