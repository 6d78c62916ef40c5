"""The training process by itself: what it reports, and that it ends with whoever started it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.backends.practice.model import PracticeModel
from engine.training.task import Course, Report, TrainingTask
from tests.engine.datasets import training_file
from tests.engine.process import ROOT


def task(folder: Path, epochs: int) -> TrainingTask:
    (folder / "train.jsonl").write_bytes(training_file(10))
    course = Course(n_epochs=epochs, batch_size=16, learning_rate_multiplier=1.0)
    result = folder / "models" / "result.safetensors"
    return TrainingTask(training_file=folder / "train.jsonl", start=None, result=result, course=course, seed=1)


@contextmanager
def worker(given: TrainingTask) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "engine.backends.practice.worker"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, bufsize=1) as process:  # noqa: S603 - our own
        assert process.stdin is not None
        process.stdin.write(given.model_dump_json() + "\n")
        try:
            yield process
        finally:
            process.kill()


def test_it_reports_its_steps_and_leaves_a_model(tmp_path: Path) -> None:
    given = task(tmp_path, epochs=2)
    with worker(given) as process:
        assert process.stdout is not None
        reports = [Report.model_validate_json(line) for line in process.stdout]
        assert process.wait(timeout=10) == 0
    steps = [report.metrics["step"] for report in reports if report.kind == "metrics"]
    assert reports[-1].kind == "done"
    assert steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (1, 50)
    model = PracticeModel.load(given.result)
    assert " likes" in model.vocabulary.pieces
    assert [path.name for path in given.result.parent.iterdir()] == ["result.safetensors"]


def test_it_ends_when_its_starter_is_gone(tmp_path: Path) -> None:
    given = task(tmp_path, epochs=50)
    with worker(given) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        process.stdin.close()
        assert process.wait(timeout=2) == 1
    assert not given.result.exists()
