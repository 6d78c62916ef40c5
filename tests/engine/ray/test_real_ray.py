"""Real Ray on this machine: `make ray`."""

import importlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from tests.conftest import MakeOnce
from tests.engine.datasets import training_file
from tests.engine.process import running_engine
from tests.engine.ray.conftest import RAY_PYTHON, RealCluster, real_cluster
from tests.engine.waiting import finished, wait_until

JOBS, EPOCHS = 8, 20


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    with real_cluster(Path(tmp_path_factory.mktemp("ray"))) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def tiny_base(make_once: MakeOnce) -> Path:
    """A small Llama (tests.engine.backends.lora.tiny)."""
    tiny = importlib.import_module("tests.engine.backends.lora.tiny")
    return make_once("bases", tiny.make_base) / "tiny"


def connect(url: str) -> OpenAI:
    return OpenAI(base_url=url, api_key="practice", max_retries=0)


def launch(client: OpenAI, seed: int) -> FineTuningJob:
    uploaded = client.files.create(file=training_file(12), purpose="fine-tune")
    return client.fine_tuning.jobs.create(
        model="practice-1", training_file=uploaded.id, seed=seed, hyperparameters={"n_epochs": EPOCHS}
    )


def messages(client: OpenAI, job_id: str) -> list[str]:
    return [event.message for event in client.fine_tuning.jobs.list_events(job_id, limit=100)][::-1]


def told(client: OpenAI, job: FineTuningJob) -> list[str]:
    """Losses, checkpoints and the end: all that must be there once, in this order."""
    own = ("Step ", "Checkpoint created", "New fine-tuned model", "The job has", "Fine-tuning job started")
    return [message.split(": ft:")[0] for message in messages(client, job.id) if message.startswith(own)]


def results(client: OpenAI, job: FineTuningJob) -> str:
    return client.files.content(job.result_files[0]).text


def test_eight_jobs_survive_a_killed_worker_a_killed_engine_and_a_killed_head(
    cluster: RealCluster, prepared_dir: Callable[[], Path], tmp_path: Path
) -> None:
    folder = prepared_dir()
    options = ("--ray", cluster.url, "--ray-jobs", str(JOBS))
    with running_engine(folder, *options) as engine, connect(engine.url) as client:
        jobs = [launch(client, seed) for seed in range(JOBS)]
        first = _one_that_trains(client, jobs)
        assert cluster.lose_worker(first.id)
        wait_until(lambda: f"{first.id}-2" in cluster.jobs())
        second = _one_that_trains(client, jobs)
        os.kill(engine.process.pid, signal.SIGKILL)
        engine.process.wait()
    with running_engine(folder, *options) as engine, connect(engine.url) as client:
        assert not [m for m in messages(client, second.id) if "engine stopped" in m]
        _one_that_trains(client, jobs)
        cluster.lose_node()
        cluster.start()
        ended = [finished(client, job.id) for job in jobs]
        assert [job.status for job in ended] == ["succeeded"] * JOBS
        events = [told(client, job) for job in ended]
        csv = [results(client, job) for job in ended]
        again = sum("was started again" in message for job in jobs for message in messages(client, job.id))
        wait_until(lambda: not list((folder / "trainings").iterdir()))
    print(f"\n{JOBS} jobs succeeded, {again} attempts were repeated")  # noqa: T201 - what somebody looks for
    with running_engine(_copy(folder, tmp_path / "here" / "engine")) as engine, connect(engine.url) as client:
        same = [finished(client, launch(client, seed).id) for seed in range(JOBS)]
        assert [told(client, job) for job in same] == events
        assert [results(client, job) for job in same] == csv


def _one_that_trains(client: OpenAI, jobs: list[FineTuningJob]) -> FineTuningJob:
    """A running job that has just left a checkpoint, so that something would be lost."""
    found: list[FineTuningJob] = []

    def look() -> bool:
        for job in jobs:
            now = client.fine_tuning.jobs.retrieve(job.id)
            if now.status == "running" and any(m.startswith("Checkpoint") for m in messages(client, job.id)):
                found.append(job)
        return bool(found)

    wait_until(look)
    return found[0]


def _copy(folder: Path, to: Path) -> Path:
    """A fresh data directory with the same practice-1."""
    (to / "models").mkdir(parents=True)
    for base in (folder / "models").glob("practice-1-*"):
        (to / "models" / base.name).write_bytes(base.read_bytes())
    return to


def test_two_workers_learn_as_one_does(cluster: RealCluster, tmp_path: Path, tiny_base: Path) -> None:
    options = ("--ray", cluster.url, "--ray-python", RAY_PYTHON, "--base", f"tiny={tiny_base}")
    curves: list[list[float]] = []
    with running_engine(tmp_path / "engine", *options) as engine, connect(engine.url) as client:
        uploaded = client.files.create(file=training_file(40), purpose="fine-tune")
        for workers in (1, 2):
            began, most = time.monotonic(), 0
            job = client.fine_tuning.jobs.create(
                model="tiny",
                training_file=uploaded.id,
                seed=1,
                hyperparameters={"n_epochs": 3, "batch_size": 8},
                metadata={"ray_workers": str(workers)},
            )
            while job.status not in ("succeeded", "failed"):
                most = max(most, len(cluster.sharing()))
                job = client.fine_tuning.jobs.retrieve(job.id)
            assert (job.status, most) == ("succeeded", workers if workers > 1 else 0), messages(client, job.id)
            events = [event.data for event in client.fine_tuning.jobs.list_events(job.id, limit=100)][::-1]
            curves.append([data["train_loss"] for data in events if isinstance(data, dict)])
            print(f"\n{workers} worker(s): {time.monotonic() - began:.0f} s, {curves[-1]}")  # noqa: T201 - as above
    one, two = curves
    assert len(one) == 15
    assert one[-1] < one[0] / 2
    assert two == pytest.approx(one, rel=0.01)


def test_a_shared_training_loses_one_of_its_workers_and_is_paused(
    cluster: RealCluster, tmp_path: Path, tiny_base: Path
) -> None:
    options = ("--ray", cluster.url, "--ray-python", RAY_PYTHON, "--base", f"tiny={tiny_base}")
    with running_engine(tmp_path / "engine", *options) as engine, connect(engine.url) as client:
        uploaded = client.files.create(file=training_file(40), purpose="fine-tune")
        job = client.fine_tuning.jobs.create(
            model="tiny",
            training_file=uploaded.id,
            hyperparameters={"n_epochs": 50, "batch_size": 8},
            metadata={"ray_workers": "2"},
        )
        wait_until(lambda: len(client.fine_tuning.jobs.checkpoints.list(job.id).data) > 0)
        os.kill(cluster.sharing()[-1], signal.SIGKILL)
        again = "The training broke off and was started again (attempt 2)"
        wait_until(lambda: again in messages(client, job.id))
        wait_until(lambda: any(m.startswith("The training goes on after step") for m in messages(client, job.id)))
        client.fine_tuning.jobs.pause(job.id)
        wait_until(lambda: status(client, job.id) == "paused")
        assert (tmp_path / "engine" / "models" / f"{job.id}.progress").exists()
        wait_until(lambda: not cluster.sharing())
        steps = [message for message in messages(client, job.id) if message.startswith("Step ")]
        assert len(set(steps)) == len(steps)
        print(f"\npaused after {steps[-1]}")  # noqa: T201 - as above
        client.fine_tuning.jobs.cancel(job.id)


def status(client: OpenAI, job_id: str) -> str:
    """As text, since the SDK's type does not know all."""
    return client.fine_tuning.jobs.retrieve(job_id).status
