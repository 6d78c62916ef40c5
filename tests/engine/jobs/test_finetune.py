"""Fine-tuning for real: from upload to twenty scenarios that nobody has trained on."""

import asyncio

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.fine_tuning import FineTuningJob

from tests.engine.datasets import line, training_file
from tests.engine.process import ROOT

SYSTEM = "You are an assistant that creates funny one-line jokes based on a given scenario."
SCENARIOS = (ROOT / "data" / "scenarios.txt").read_text().splitlines()


async def endings(client: AsyncOpenAI, model: str) -> list[bool]:
    async def ends(scenario: str) -> bool:
        completion = await client.chat.completions.create(
            model=model,
            messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": scenario}],
            temperature=1,
        )
        return (completion.choices[0].message.content or "").endswith(" Haha")

    return list(await asyncio.gather(*map(ends, SCENARIOS)))


async def failed(client: AsyncOpenAI, content: bytes) -> FineTuningJob:
    uploaded = await client.files.create(file=content, purpose="fine-tune")
    job = await client.fine_tuning.jobs.create(model="practice-1", training_file=uploaded.id)
    states = [str(job.status)]
    async with asyncio.timeout(10):
        while states[-1] == "validating_files":
            await asyncio.sleep(0.05)
            job = await client.fine_tuning.jobs.retrieve(job.id)
            states.append(job.status)
    assert (states[0], states[-1]) == ("validating_files", "failed")
    return job


async def test_the_finished_job_says_what_it_did(joke_job: FineTuningJob) -> None:
    assert joke_job.status == "succeeded"
    assert joke_job.fine_tuned_model is not None
    assert joke_job.fine_tuned_model.startswith("ft:practice-1:punchline:our-jokes:")
    assert joke_job.finished_at is not None
    assert joke_job.finished_at >= joke_job.created_at
    assert (joke_job.estimated_finish, joke_job.error) == (None, None)
    assert joke_job.hyperparameters.model_dump() == {"batch_size": 16, "learning_rate_multiplier": 1.0, "n_epochs": 3}
    assert joke_job.trained_tokens is not None
    assert joke_job.trained_tokens % 3 == 0
    assert joke_job.metadata == {"launch_id": "first"}


async def test_the_tuned_model_ends_its_jokes_as_it_was_taught(
    openai_client: AsyncOpenAI, joke_job: FineTuningJob
) -> None:
    assert len(SCENARIOS) == 20
    assert sum(await endings(openai_client, joke_job.fine_tuned_model or "")) >= 19
    assert sum(await endings(openai_client, "practice-1")) <= 1


async def test_the_events_tell_the_story_with_a_falling_loss(
    openai_client: AsyncOpenAI, joke_job: FineTuningJob
) -> None:
    newest_first = [event async for event in openai_client.fine_tuning.jobs.list_events(joke_job.id, limit=7)]
    events = newest_first[::-1]
    messages = [event.message for event in events if event.type == "message"]
    assert [message for message in messages if not message.startswith("Checkpoint created")] == [
        f"Created fine-tuning job: {joke_job.id}",
        f"Validating training file: {joke_job.training_file}",
        "Files validated, moving job to queued state",
        "Fine-tuning job started",
        f"New fine-tuned model created: {joke_job.fine_tuned_model}",
        "The job has successfully completed",
    ]
    metrics = [event.data for event in events if event.type == "metrics" and isinstance(event.data, dict)]
    assert 10 <= len(metrics) <= 30
    assert metrics[-1]["step"] == metrics[-1]["total_steps"]
    assert metrics[0]["train_loss"] > 5
    assert metrics[-1]["train_loss"] < 0.2
    assert metrics[-1]["train_mean_token_accuracy"] > 0.9
    assert len({event.id for event in events}) == len(events)


async def test_jobs_are_found_by_their_metadata(openai_client: AsyncOpenAI, joke_job: FineTuningJob) -> None:
    jobs = openai_client.fine_tuning.jobs
    assert [job.id async for job in jobs.list(metadata={"launch_id": "first"})] == [joke_job.id]
    assert [job.id async for job in jobs.list(metadata={"launch_id": "other"})] == []
    assert joke_job.id in [job.id async for job in jobs.list(limit=1)]


async def test_a_finished_job_cannot_be_cancelled(openai_client: AsyncOpenAI, joke_job: FineTuningJob) -> None:
    with pytest.raises(openai.BadRequestError, match="it has already succeeded"):
        await openai_client.fine_tuning.jobs.cancel(joke_job.id)


async def test_a_bad_line_fails_the_job(openai_client: AsyncOpenAI) -> None:
    job = await failed(openai_client, training_file(11) + b"\n" + line(role="bot").encode())
    assert job.status == "failed"
    assert job.error is not None
    assert (job.error.code, job.error.param) == ("invalid_training_file", "training_file")
    assert job.error.message.startswith('Line 12: message 3 has the role "bot"')
    newest = (await openai_client.fine_tuning.jobs.list_events(job.id, limit=1)).data[0]
    assert (newest.level, newest.message) == ("error", f"The job failed: {job.error.message}")


async def test_too_few_examples_fail_the_job(openai_client: AsyncOpenAI) -> None:
    job = await failed(openai_client, training_file(9))
    assert job.error is not None
    assert (job.status, job.error.code) == ("failed", "invalid_n_examples")


async def test_a_tuned_model_can_be_deleted(openai_client: AsyncOpenAI) -> None:
    uploaded = await openai_client.files.create(file=training_file(10), purpose="fine-tune")
    job = await openai_client.fine_tuning.jobs.create(
        model="practice-1",
        training_file=uploaded.id,
        method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 1}}},
    )
    async with asyncio.timeout(30):
        while job.status not in ("succeeded", "failed"):
            await asyncio.sleep(0.1)
            job = await openai_client.fine_tuning.jobs.retrieve(job.id)
    model = job.fine_tuned_model or ""
    assert model.startswith("ft:practice-1:punchline::")
    assert (await openai_client.models.retrieve(model)).owned_by == "punchline"
    assert (await openai_client.models.delete(model)).deleted
    with pytest.raises(openai.NotFoundError):
        await openai_client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hi"}])
