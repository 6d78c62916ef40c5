"""Jobs beyond success and failure: validation, checkpoints, results, pausing, limits and turns."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import openai
import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from tests.engine.datasets import training_file
from tests.engine.process import running_engine
from tests.engine.waiting import finished, trains, wait_until

COLUMNS = ["step", "train_loss", "train_accuracy", "valid_loss", "valid_mean_token_accuracy"]


def launch(client: OpenAI, epochs: int, validation: bytes | None = None) -> FineTuningJob:
    held_out = client.files.create(file=validation, purpose="fine-tune").id if validation is not None else None
    return client.fine_tuning.jobs.create(
        model="practice-1",
        training_file=client.files.create(file=training_file(12), purpose="fine-tune").id,
        validation_file=held_out,
        method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": epochs}}},
    )


def status(client: OpenAI, job: FineTuningJob) -> str:
    return client.fine_tuning.jobs.retrieve(job.id).status


def test_a_held_out_file_is_measured_and_the_results_can_be_had(client: OpenAI) -> None:
    job = finished(client, launch(client, 2, training_file(3)).id)
    assert (job.status, bool(job.validation_file)) == ("succeeded", True)
    (result,) = job.result_files
    assert client.files.retrieve(result).purpose == "fine-tune-results"
    rows = list(csv.DictReader(io.StringIO(client.files.content(result).text)))
    assert list(rows[0]) == COLUMNS
    assert all(float(row["valid_loss"]) > 0 and row["valid_mean_token_accuracy"] for row in rows)
    assert float(rows[-1]["valid_loss"]) < float(rows[0]["valid_loss"])
    metrics = [event.data for event in client.fine_tuning.jobs.list_events(job.id) if event.type == "metrics"]
    assert all(isinstance(one, dict) and "valid_loss" in one for one in metrics)
    with pytest.raises(openai.BadRequestError, match="has the purpose 'fine-tune-results'; a training_file needs"):
        client.fine_tuning.jobs.create(model="practice-1", training_file=result)
    assert client.files.delete(result).deleted


def test_without_one_its_columns_are_empty(client: OpenAI, joke_job: FineTuningJob) -> None:
    rows = list(csv.DictReader(io.StringIO(client.files.content(joke_job.result_files[0]).text)))
    assert {row["valid_loss"] for row in rows} == {""}
    assert float(rows[-1]["train_accuracy"]) > 0.9


def test_a_bad_held_out_file_is_named(client: OpenAI) -> None:
    job = finished(client, launch(client, 1, b"no JSON").id)
    assert job.error is not None
    assert (job.error.param, job.error.message) == ("validation_file", "Line 1: it is not valid JSON.")


def test_each_epoch_leaves_a_model_that_answers(client: OpenAI, joke_job: FineTuningJob) -> None:
    newest_first = list(client.fine_tuning.jobs.checkpoints.list(joke_job.id, limit=1))
    steps = [checkpoint.step_number for checkpoint in newest_first]
    assert steps == sorted(steps, reverse=True)
    assert len(steps) == 3
    losses = [checkpoint.metrics.train_loss or 0 for checkpoint in newest_first]
    assert losses[0] < losses[-1]
    for checkpoint in newest_first:
        model = checkpoint.fine_tuned_model_checkpoint
        assert model == f"{joke_job.fine_tuned_model}:ckpt-step-{checkpoint.step_number}"
        assert client.models.retrieve(model).id == model
        answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "A cat on a mat"}])
        assert answer.choices[0].message.content
    assert newest_first[0].fine_tuned_model_checkpoint not in {model.id for model in client.models.list()}


def test_a_paused_training_goes_on_where_it_was(client: OpenAI) -> None:
    job = launch(client, 20)
    wait_until(lambda: trains(client, job.id))
    assert str(client.fine_tuning.jobs.pause(job.id).status) == "pausing"
    wait_until(lambda: status(client, job) == "paused")
    with pytest.raises(openai.BadRequestError, match="its status is paused, and only a job that is queued or running"):
        client.fine_tuning.jobs.pause(job.id)
    reached = max(step_of(message) for message in messages(client, job))
    assert client.fine_tuning.jobs.resume(job.id).status == "queued"
    wait_until(lambda: any(message.startswith("The training goes on after step") for message in messages(client, job)))
    (told,) = [message for message in messages(client, job) if message.startswith("The training goes on after step")]
    assert step_of(told) >= reached > 0
    assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"
    with pytest.raises(openai.BadRequestError, match="only a paused job can be"):
        client.fine_tuning.jobs.resume(job.id)


def test_a_waiting_job_can_be_paused(client: OpenAI) -> None:
    first, second = launch(client, 50), launch(client, 1)
    wait_until(lambda: status(client, second) == "queued")
    assert str(client.fine_tuning.jobs.pause(second.id).status) == "paused"
    client.fine_tuning.jobs.cancel(first.id)
    assert client.fine_tuning.jobs.resume(second.id).status == "queued"
    assert finished(client, second.id).status == "succeeded"


def test_what_is_full_says_so_and_two_may_train(prepared_dir: Callable[[], Path]) -> None:
    options = ("--workers", "2", "--max-waiting", "1", "--max-files-mb", "1")
    with (
        running_engine(prepared_dir(), *options) as engine,
        OpenAI(base_url=engine.url, api_key="x", max_retries=0) as client,
    ):
        jobs = []
        for _ in range(3):
            jobs.append(launch(client, 50))
            wait_until(lambda: status(client, jobs[-1]) in ("running", "queued"))
            if len(jobs) < 3:
                wait_until(lambda: status(client, jobs[-1]) == "running")
        assert [status(client, job) for job in jobs] == ["running", "running", "queued"]
        with pytest.raises(openai.RateLimitError, match="1 fine-tuning jobs are waiting already") as full:
            launch(client, 1)
        assert full.value.code == "training_queue_full"
        with pytest.raises(openai.APIStatusError, match=r"would exceed this engine's 1 MB: delete some\.") as stored:
            client.files.create(file=b"x" * 1024 * 1024, purpose="fine-tune")
        assert (stored.value.status_code, stored.value.code) == (413, "storage_limit_exceeded")


def messages(client: OpenAI, job: FineTuningJob) -> list[str]:
    return [event.message for event in client.fine_tuning.jobs.list_events(job.id, limit=100)]


def step_of(message: str) -> int:
    words = message.lower().partition("step ")[2].partition("/")[0]
    return int(words) if words.isdigit() else 0
