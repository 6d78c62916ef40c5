"""An engine process with `--ray`, killed in the middle of a training."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from openai import OpenAI

from tests.engine.datasets import training_file
from tests.engine.process import ROOT, running_engine
from tests.engine.ray.stand_in import stand_in_cluster
from tests.engine.waiting import finished, trains, wait_until


@pytest.mark.soak
def test_a_killed_engine_finds_its_trainings_again_and_none_is_trained_twice(
    prepared_dir: Callable[[], Path],
) -> None:
    folder = prepared_dir()
    with stand_in_cluster() as cluster:
        with running_engine(folder, "--ray", cluster.url) as engine, connect(engine.url) as client:
            uploaded = client.files.create(file=training_file(12), purpose="fine-tune")
            job = client.fine_tuning.jobs.create(
                model="practice-1", training_file=uploaded.id, seed=1, hyperparameters={"n_epochs": 20}
            )
            wait_until(lambda: trains(client, job.id))
            worker = cluster.pid(job.id)
            os.kill(engine.process.pid, signal.SIGKILL)
            engine.process.wait()
        assert cluster.running() == [job.id]
        command = [sys.executable, "-m", "engine", "--port", "0", "--no-smollm2", "--data-dir", str(folder)]
        refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own
        assert (refused.returncode, refused.stderr.splitlines()[-1]) == (
            2,
            f"engine: {job.id} is being trained on Ray: start the engine with --ray, as before. "
            f"If that cluster is gone for good, delete {folder / 'trainings'}: the job then goes on here.",
        )
        with running_engine(folder, "--ray", cluster.url) as engine, connect(engine.url) as client:
            assert finished(client, job.id).status == "succeeded"
            told = [event.message for event in client.fine_tuning.jobs.list_events(job.id, limit=100)]
            kept = client.fine_tuning.jobs.checkpoints.list(job.id, limit=100).data
        assert len(set(told)) == len(told)
        assert [checkpoint.step_number for checkpoint in kept] == sorted(
            {checkpoint.step_number for checkpoint in kept}, reverse=True
        )
        assert len(kept) == 20
        assert (cluster.submitted, worker) == ([job.id], cluster.pid(job.id))


def connect(url: str) -> OpenAI:
    return OpenAI(base_url=url, api_key="practice", max_retries=0)
