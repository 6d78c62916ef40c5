"""The training process by itself: what it reports, how it carries on, and that it ends with whoever started it."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.concurrency.channel import OPENED
from engine.training.task import Hyperparameters, TrainingReport, TrainingTask
from engine.training.worker import Worker
from tests.engine.datasets import training_file
from tests.engine.process import ROOT


def task(folder: Path, content: bytes = b"") -> TrainingTask:
    """Eight steps in two epochs."""
    (folder / "train.jsonl").write_bytes(content or training_file(10))
    return TrainingTask(
        trainer="tests.engine.counting",
        training_file=folder / "train.jsonl",
        start=None,
        result=folder / "ftjob-x",
        hyperparameters=Hyperparameters(n_epochs=2, batch_size=1, learning_rate_multiplier=1),
        seed=1,
        checkpoints=True,
    )


def reports(given: TrainingTask, *, pause_at_step: int = 0) -> list[TrainingReport]:
    """What a worker reports, in this process, until it ends or is paused."""
    found: list[TrainingReport] = []
    pause = threading.Event()

    def note(report: TrainingReport) -> None:
        found.append(report)
        if pause_at_step and report.metrics.get("step") == pause_at_step:
            pause.set()

    Worker(given, note, pause).run()
    return found


@contextmanager
def worker(given: TrainingTask) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "engine.training.worker"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe) as process:  # noqa: S603 - our own
        assert process.stdin is not None
        process.stdin.write(given.model_dump_json().encode() + b"\n")
        process.stdin.flush()
        try:
            yield process
        finally:
            process.kill()


def lines(process: subprocess.Popen[bytes]) -> Iterator[TrainingReport]:
    assert process.stdout is not None
    assert OPENED in process.stdout
    return map(TrainingReport.model_validate_json, process.stdout)


def test_it_reports_steps_and_checkpoints_and_leaves_a_model(tmp_path: Path) -> None:
    given = task(tmp_path)
    found = reports(given)
    assert [(report.kind, report.metrics.get("step")) for report in found] == [
        *[("metrics", step) for step in (1, 2, 3, 4)],
        ("checkpoint", 4),
        *[("metrics", step) for step in (5, 6, 7, 8)],
        ("checkpoint", 8),
        ("done", None),
    ]
    assert found[0].metrics == {"step": 1, "total_steps": 8, "train_loss": 1.0}
    assert given.result.read_text() == "8"
    assert {path.name for path in tmp_path.iterdir()} == {
        "train.jsonl", "ftjob-x", "ftjob-x.step-4", "ftjob-x.step-8", "ftjob-x.progress",
    }  # fmt: skip


def test_after_a_pause_it_goes_on_at_the_very_step_and_reports_its_checkpoint_again(tmp_path: Path) -> None:
    given = task(tmp_path)
    assert reports(given, pause_at_step=6)[-1].kind == "paused"
    found = reports(given)
    assert found[0].message == "The training goes on after step 6/8"
    assert [(report.kind, report.metrics.get("step")) for report in found[1:3]] == [("checkpoint", 4), ("metrics", 7)]
    assert found[-1].kind == "done"


def test_progress_that_cannot_be_used_is_named_and_the_training_starts_over(tmp_path: Path) -> None:
    given = task(tmp_path)
    given.progress.write_text("junk")
    found = reports(given)
    assert (found[0].level, found[0].message.startswith("The saved progress cannot be used (")) == ("warn", True)
    assert found[1].metrics["step"] == 1


def test_a_file_that_cannot_be_learned_is_refused_in_words(tmp_path: Path) -> None:
    with worker(task(tmp_path, training_file(9))) as process:
        (refused,) = lines(process)
    assert (refused.kind, refused.code, refused.param) == ("refused", "invalid_n_examples", "training_file")
    assert refused.message == "The training file has 9 example(s), but must have at least 10."


@pytest.mark.parametrize("number", ["28", "122"], ids=["ENOSPC", "EDQUOT"])
def test_a_full_disk_is_no_failure_of_the_training(tmp_path: Path, number: str) -> None:
    (tmp_path / "orders").write_text(number)
    with worker(task(tmp_path)) as process:
        (full,) = lines(process)
        assert process.wait(timeout=10) == 0
    assert full.kind == "disk_full"


def test_what_libraries_print_is_no_report(tmp_path: Path) -> None:
    (tmp_path / "orders").write_text("print")
    with worker(task(tmp_path)) as process:
        found = list(lines(process))
        assert process.stderr is not None
        assert process.stderr.read() == b"a stray line\n" * 8
    assert found[-1].kind == "done"


def test_it_ends_when_its_starter_is_gone(tmp_path: Path) -> None:
    given = task(tmp_path)
    (tmp_path / "orders").write_text("wait")
    with worker(given) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert OPENED in process.stdout
        process.stdin.close()
        assert process.wait(timeout=10) == 1
    assert not given.result.exists()
