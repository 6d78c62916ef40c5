"""Models, bases and files that are gone when a job needs them: the job fails and says which."""

from pathlib import Path

import pytest
from openai.types.fine_tuning import FineTuningJob

from tests.engine.here import ENDED, Engine, engine_here


async def tuned(engine: Engine) -> str:
    ended = await engine.until(await engine.launch(), "succeeded")
    return ended.fine_tuned_model or ""


async def check_failed(engine: Engine, job: FineTuningJob, model: str) -> None:
    failed = await engine.until(job, *ENDED)
    assert failed.error is not None
    assert (failed.status, failed.error.code, failed.error.param) == ("failed", "model_not_found", "model")
    assert failed.error.message == f"The model `{model}`, which this job tunes further, was deleted."


@pytest.mark.parametrize("status", ["validating_files", "queued", "running", "pausing", "paused"])
async def test_a_model_that_is_deleted_ends_the_jobs_that_tune_it_further(tmp_path: Path, status: str) -> None:
    async with engine_here(tmp_path) as engine:
        model, jobs = await tuned(engine), engine.client.fine_tuning.jobs
        engine.order("wait")
        if status == "queued":
            await engine.until(await engine.launch(), "running")
        job = await engine.launch(model=model)
        if status != "validating_files":
            await engine.until(job, "queued" if status == "queued" else "running")
        if status in ("pausing", "paused"):
            await jobs.pause(job.id)
        if status == "paused":
            engine.order("")
            await engine.until(job, "paused", *ENDED)
        assert (await engine.client.models.delete(model)).deleted
        await check_failed(engine, job, model)


async def test_weights_that_were_removed_by_hand_count_as_deleted(tmp_path: Path) -> None:
    async with engine_here(tmp_path) as engine:
        model = await tuned(engine)
        for weights in (engine.folder / "models").glob("ftjob-*"):
            weights.unlink()
        await check_failed(engine, await engine.launch(model=model), model)


async def test_a_job_whose_base_is_not_there_after_a_restart_says_so(tmp_path: Path) -> None:
    async with engine_here(tmp_path) as engine:
        model = await tuned(engine)
        engine.order("wait")
        job = await engine.launch(model=model)
        await engine.until(job, "running")
    async with engine_here(tmp_path, base="other") as engine:
        failed = await engine.until(job, *ENDED)
        assert failed.error is not None
        assert failed.error.message == (
            f"The model `{model}` needs `counting`. This engine was started without it (--base)."
        )
        assert (failed.status, failed.error.param) == ("failed", "model")


async def test_a_training_file_that_is_gone_is_named(tmp_path: Path) -> None:
    async with engine_here(tmp_path) as engine:
        engine.order("wait")
        first, second = await engine.launch(), await engine.launch()
        await engine.until(first, "running")
        await engine.until(second, "queued")
        await engine.client.files.delete(second.training_file)
        engine.order("")
        failed = await engine.until(second, *ENDED)
        assert failed.error is not None
        assert (failed.status, failed.error.code) == ("failed", "invalid_training_file")
        assert (failed.error.message, failed.error.param) == ("The training file was deleted.", "training_file")
