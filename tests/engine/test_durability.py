"""Crashes, restarts and cancelled trainings: nothing that was acknowledged is lost, nothing is left running."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from tests.engine.datasets import training_file
from tests.engine.process import OURS, running_engine
from tests.engine.waiting import finished, trains, wait_until

pytestmark = pytest.mark.soak

LONG, SEVERAL, SHORT = 50, 5, 1


def connect(url: str) -> OpenAI:
    return OpenAI(base_url=url, api_key="practice", max_retries=0)


def launch(client: OpenAI, epochs: int) -> FineTuningJob:
    uploaded = client.files.create(file=training_file(12), purpose="fine-tune")
    return client.fine_tuning.jobs.create(
        model="practice-1",
        training_file=uploaded.id,
        method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": epochs}}},
    )


def workers() -> set[str]:
    """Ids of the training processes of engines that these tests started."""
    found, ours = set(), f"{OURS}={os.getpid()}\0".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (
                b"engine.training.worker" in (entry / "cmdline").read_bytes()
                and ours in (entry / "environ").read_bytes()
            ):
                found.add(entry.name)
        except OSError:
            continue
    return found


needs_proc = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads /proc")


@needs_proc
def test_a_killed_engine_takes_its_training_up_from_the_last_checkpoint(prepared_dir: Callable[[], Path]) -> None:
    folder, before = prepared_dir(), workers()
    with running_engine(folder) as engine, connect(engine.url) as client:
        job, waiting = launch(client, SEVERAL), launch(client, SHORT)
        wait_until(lambda: bool(client.fine_tuning.jobs.checkpoints.list(job.id).data))
        os.kill(engine.process.pid, signal.SIGKILL)
        engine.process.wait()
    wait_until(lambda: workers() <= before, limit=2)

    with running_engine(folder) as engine, connect(engine.url) as client:
        assert finished(client, job.id).status == "succeeded"
        assert finished(client, waiting.id).status == "succeeded"
        events = {event.message: event.level for event in client.fine_tuning.jobs.list_events(job.id, limit=100)}
        restarted = (
            "The engine stopped during the training; the job is queued again and goes on from its last checkpoint"
        )
        assert events[restarted] == "warn"
        assert any(message.startswith("The training goes on after step ") for message in events)
        kept = [checkpoint.step_number for checkpoint in client.fine_tuning.jobs.checkpoints.list(job.id, limit=100)]
        assert kept == sorted(set(kept), reverse=True)
        assert len(kept) == SEVERAL
        assert not list((folder / "models").glob("*.progress"))


@needs_proc
def test_a_cancelled_training_ends_within_two_seconds(engine_url: str) -> None:
    before = workers()
    with connect(engine_url) as client:
        job = launch(client, LONG)
        behind = launch(client, SHORT)
        wait_until(lambda: trains(client, job.id))
        began = time.monotonic()
        assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"
        wait_until(lambda: client.fine_tuning.jobs.retrieve(behind.id).status == "running", limit=2)
        assert time.monotonic() - began < 2
        ended = client.fine_tuning.jobs.retrieve(job.id)
        assert (ended.status, ended.fine_tuned_model) == ("cancelled", None)
        newest = client.fine_tuning.jobs.list_events(job.id, limit=1).data[0]
        assert newest.message == "The job was cancelled"
        assert finished(client, behind.id).status == "succeeded"
        wait_until(lambda: workers() <= before, limit=2)


@needs_proc
def test_a_terminated_engine_exits_cleanly_in_mid_training(prepared_dir: Callable[[], Path]) -> None:
    before = workers()
    with running_engine(prepared_dir()) as engine, connect(engine.url) as client:
        job = launch(client, LONG)
        wait_until(lambda: trains(client, job.id))
        engine.process.terminate()
        assert engine.process.wait(timeout=5) == 0
        assert workers() <= before


def test_a_queued_job_can_be_cancelled(engine_url: str) -> None:
    with connect(engine_url) as client:
        first, second = launch(client, LONG), launch(client, LONG)
        for job in (second, first):
            assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"
        assert client.fine_tuning.jobs.retrieve(second.id).status == "cancelled"


def test_what_a_crash_left_behind_is_swept_and_what_others_put_there_is_not(prepared_dir: Callable[[], Path]) -> None:
    folder, drawn = prepared_dir(), "a" * 24
    files, models = folder / "files", folder / "models"
    ours = [
        *(files / f"upload-{drawn}.part", files / f"file-{drawn}", files / f"file-{drawn}.12.part"),
        *(models / f"ftjob-{drawn}.progress", models / f"ftjob-{drawn}.step-4.12.part"),
    ]
    strays = [files / "lost+found", files / "notes.txt", models / "lost+found", models / "ftjob-mine"]
    files.mkdir()
    for path in (*ours, *strays):
        path.mkdir()
        (path / "content").write_bytes(b"half")
        path.chmod(0o000 if path in strays else 0o755)
    with running_engine(folder):
        assert [path for path in ours if path.exists()] == []
        assert [path for path in strays if not path.exists()] == []
    warned = [line for line in folder.with_suffix(".stderr").read_text().splitlines() if "WARNING" in line]
    assert [line.rpartition("also holds ")[2] for line in warned] == [
        "'lost+found', 'notes.txt'; the engine leaves that alone",
        "'ftjob-mine', 'lost+found'; the engine leaves that alone",
    ]
