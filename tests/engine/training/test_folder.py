"""A task's folder on shared storage, with real worker processes: numbered reports, one worker at a time, and a lease."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.training.folder import Lease, ReportReader, TrainingFolder, has_finished
from engine.training.folder_worker import LeaseWatch, ReportWriter
from engine.training.task import Hyperparameters, TrainingReport, TrainingTask
from tests.engine.datasets import training_file
from tests.engine.process import ROOT
from tests.engine.waiting import wait_until


@pytest.fixture
def folder(tmp_path: Path) -> TrainingFolder:
    """Eight steps in two epochs, to be taken by the first attempt."""
    (tmp_path / "train.jsonl").write_bytes(training_file(10))
    folder = TrainingFolder(tmp_path / "job")
    folder.write_task(
        TrainingTask(
            trainer="tests.engine.counting",
            training_file=tmp_path / "train.jsonl",
            result=tmp_path / "ftjob-x",
            hyperparameters=Hyperparameters(n_epochs=2, batch_size=1, learning_rate_multiplier=1),
            seed=1,
            checkpoints=True,
        )
    )
    folder.write_lease(Lease(submitted=True))
    return folder


@contextmanager
def worker(folder: TrainingFolder, attempt: int = 1) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "engine.ray.worker", "--task", str(folder.path), "--attempt", str(attempt)]
    with subprocess.Popen(command, cwd=ROOT) as process:  # noqa: S603 - our own
        try:
            yield process
        finally:
            process.kill()


def order(folder: TrainingFolder, text: str) -> None:
    """What the counting trainer is to do before its next step."""
    (folder.path.parent / "orders").write_text(text)


def told(folder: TrainingFolder) -> list[tuple[int, int, str]]:
    """Number, attempt and kind, with the step, of each report."""
    reports = ReportReader(folder.reports, 0).read()
    return [(each.number, each.attempt, f"{each.kind} {each.metrics.get('step', '')}".strip()) for each in reports]


def test_reports_are_numbered_from_one(folder: TrainingFolder) -> None:
    with worker(folder) as process:
        assert process.wait(timeout=20) == 0
    found = told(folder)
    assert [number for number, _, _ in found] == list(range(1, 13))
    assert [kind for _, _, kind in found] == [
        "started",
        *(f"metrics {step}" for step in (1, 2, 3, 4)),
        "checkpoint 4",
        *(f"metrics {step}" for step in (5, 6, 7, 8)),
        "checkpoint 8",
        "done",
    ]
    assert has_finished(folder)


def test_a_killed_worker_is_followed_by_one_that_tells_the_rest(folder: TrainingFolder) -> None:
    order(folder, "wait after 6")
    with worker(folder) as process:
        wait_until(lambda: "metrics 6" in str(told(folder)), limit=20)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with folder.reports.open("ab") as stream:
        stream.write(b'{"kind": "metrics", "num')  # what it was writing when it died
    order(folder, "")
    folder.write_lease(Lease(attempt=2, submitted=True))
    with worker(folder, attempt=2) as process:
        assert process.wait(timeout=20) == 0
    found = told(folder)
    assert [number for number, _, _ in found] == list(range(1, len(found) + 1))
    assert [(attempt, kind) for _, attempt, kind in found[6:]] == [
        *[(1, "metrics 5"), (1, "metrics 6")],
        *[(2, kind) for kind in ("started", "message", "metrics 7", "metrics 8", "checkpoint 8", "done")],
    ]


def test_only_one_worker_works_and_the_older_attempt_makes_way(folder: TrainingFolder) -> None:
    order(folder, "wait after 6")
    with worker(folder) as older, worker(folder, attempt=2) as newer:
        wait_until(lambda: "metrics 6" in str(told(folder)), limit=20)
        folder.write_lease(Lease(attempt=2, submitted=True))
        order(folder, "")
        assert older.wait(timeout=20) == 0
        assert newer.wait(timeout=20) == 0
    kinds = [kind for _, _, kind in told(folder)]
    assert "paused" not in kinds
    assert [kinds.count(f"metrics {step}") for step in range(1, 9)] == [1] * 8
    assert kinds[-1] == "done"


def test_sigterm_is_a_pause(folder: TrainingFolder) -> None:
    order(folder, "wait after 6")
    with worker(folder) as process:
        wait_until(lambda: "metrics 6" in str(told(folder)), limit=20)
        process.terminate()
        order(folder, "")
        assert process.wait(timeout=20) == 0
    assert told(folder)[-1][2] == "paused"
    assert folder.task().progress.exists()


def test_a_finished_training_is_not_done_again(folder: TrainingFolder) -> None:
    for _ in range(2):
        with worker(folder) as process:
            assert process.wait(timeout=20) == 0
    assert [kind for _, _, kind in told(folder)].count("done") == 1


def test_a_report_that_finds_no_room_leaves_no_half_of_it(
    folder: TrainingFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with ReportWriter(folder.reports, attempt=1) as writer:
        writer.write(TrainingReport(kind="started"))
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="No space left"):
                writer.write(TrainingReport(kind="message", message="lost"))
        writer.write(TrainingReport(kind="message", message="kept"))
    assert [(report.number, report.message) for report in ReportReader(folder.reports, 0).read()] == [
        (1, ""),
        (2, "kept"),
    ]


def test_a_reader_goes_on_where_it_was(folder: TrainingFolder) -> None:
    reader = ReportReader(folder.reports, 1)
    assert reader.read() == []
    with ReportWriter(folder.reports, attempt=1) as writer:
        writer.write(TrainingReport(kind="started"))
        assert reader.read() == []  # stored before
        writer.write(TrainingReport(kind="message", message="new"))
        assert [report.message for report in reader.read()] == ["new"]
        assert reader.read() == []


def test_a_lease_that_nobody_renews_is_lost(folder: TrainingFolder) -> None:
    now = 0.0
    watch = LeaseWatch(folder, attempt=1, clock=lambda: now)
    folder.write_lease(Lease(beat=1, seconds=60))
    now = 59
    assert not watch.is_lost()  # a new beat
    now = 118
    assert not watch.is_lost()
    folder.write_lease(Lease(beat=2, seconds=60))
    now = 120
    assert not watch.is_lost()
    now = 181
    assert watch.is_lost()


@pytest.mark.parametrize("lease", [Lease(attempt=2), Lease(ended=True), None], ids=["newer", "ended", "gone"])
def test_a_lease_that_is_not_this_attempts_is_lost(folder: TrainingFolder, lease: Lease | None) -> None:
    watch = LeaseWatch(folder, attempt=1)
    assert not watch.is_lost()
    if lease:
        folder.write_lease(lease)
    else:
        (folder.path / "lease.json").unlink()
    assert watch.is_lost()


def test_storage_out_of_reach_is_waited_for_until_the_lease_is_over(folder: TrainingFolder) -> None:
    now = 0.0
    watch = LeaseWatch(folder, attempt=1, clock=lambda: now)
    (folder.path / "lease.json").unlink()
    (folder.path / "lease.json").mkdir()  # an OSError for whoever reads it
    now = 899
    assert not watch.is_lost()
    now = 901
    assert watch.is_lost()


def test_a_worker_that_no_engine_follows_saves_its_progress_and_says_nothing(folder: TrainingFolder) -> None:
    folder.write_lease(Lease(submitted=True, beat=1, seconds=0.1))  # and no other
    order(folder, "slowly")
    with worker(folder) as process:
        assert process.wait(timeout=20) == 0
    assert not has_finished(folder)
    last = told(folder)[-1][2]
    assert last.startswith(("metrics", "checkpoint"))
    folder.write_lease(Lease(submitted=True, attempt=2))
    order(folder, "")
    with worker(folder, attempt=2) as process:
        assert process.wait(timeout=20) == 0
    kinds = [kind for _, _, kind in told(folder)]
    assert kinds[kinds.index(last) + 1 :][:2] == ["started", "message"]
    assert [kinds.count(f"metrics {step}") for step in range(1, 9)] == [1] * 8
