"""Two engines on one database and one data directory: either takes what clients ask for, and the elected one trains."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import openai
import psycopg
import pytest

from engine.jobs.checks import Limits
from engine.jobs.housekeeping import sweep_files
from engine.storage import election, postgres
from tests.engine.counting import STEPS_PER_EPOCH
from tests.engine.databases import database_of
from tests.engine.datasets import training_file
from tests.engine.here import ENDED, Engine, engine_here
from tests.engine.storage.test_postgres import KILL

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Word that does not arrive is not waited for: only NOTIFY is quick enough for these tests."""
    monkeypatch.setattr(election, "STAND_SECONDS", 0.02)
    monkeypatch.setattr(election, "LOOK_SECONDS", 600.0)


@pytest.fixture
async def first(tmp_path: Path) -> AsyncIterator[tuple[Engine, AsyncExitStack]]:
    """The elected one, and what ends it."""
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(engine_here(tmp_path))
        await elected(engine)
        yield engine, stack


@pytest.fixture
async def other(tmp_path: Path, first: tuple[Engine, AsyncExitStack]) -> AsyncIterator[Engine]:
    async with engine_here(tmp_path) as engine:
        yield engine


async def elected(engine: Engine) -> None:
    async with asyncio.timeout(20):
        while not engine.queue.works_here:  # noqa: ASYNC110 - it says so to nobody
            await asyncio.sleep(0.01)


async def test_a_job_that_one_takes_is_trained_by_the_other_and_both_have_its_model(
    first: tuple[Engine, AsyncExitStack], other: Engine
) -> None:
    trainer, _ = first
    job = await other.launch()
    ended = await other.until(job, *ENDED)
    assert (ended.status, other.queue.works_here) == ("succeeded", False)
    assert await trainer.messages(job) == await other.messages(job)
    for engine in (trainer, other):
        answer = await engine.client.chat.completions.create(
            model=ended.fine_tuned_model or "", messages=[{"role": "user", "content": "A cat"}]
        )
        assert answer.choices[0].message.content == "one two three"


async def test_pause_resume_and_cancel_reach_the_training(first: tuple[Engine, AsyncExitStack], other: Engine) -> None:
    jobs = other.client.fine_tuning.jobs
    other.order("slowly")
    job = await other.launch(epochs=50)
    await other.until(job, "running")
    assert str((await jobs.pause(job.id)).status) == "pausing"
    await other.until(job, "paused")
    other.order("wait")
    assert (await jobs.resume(job.id)).status == "queued"
    await other.until(job, "running")
    assert (await jobs.cancel(job.id)).status == "cancelled"
    other.order("")
    following = await other.launch()  # there is one worker: the cancelled training has ended once this one begins
    assert (await other.until(following, *ENDED)).status == "succeeded"
    assert (await other.client.fine_tuning.jobs.retrieve(job.id)).status == "cancelled"


async def test_a_model_deleted_at_one_is_gone_at_the_other_and_ends_what_tunes_it_further(
    first: tuple[Engine, AsyncExitStack], other: Engine
) -> None:
    trainer, _ = first
    model = (await other.until(await other.launch(), "succeeded")).fine_tuned_model or ""
    other.order("wait")
    further = await other.launch(model=model)
    await other.until(further, "running")
    assert (await other.client.models.delete(model)).deleted
    with pytest.raises(openai.NotFoundError):
        await trainer.client.models.retrieve(model)
    failed = await trainer.until(further, *ENDED)
    assert failed.error is not None
    assert failed.error.message == f"The model `{model}`, which this job tunes further, was deleted."
    other.order("")
    assert (await other.until(await other.launch(), *ENDED)).status == "succeeded"
    async with asyncio.timeout(20):
        while list((other.folder / "models").glob(f"{further.id}*")):  # noqa: ASYNC110 - a test's few files
            await asyncio.sleep(0.01)


async def test_jobs_that_wait_are_counted_together(tmp_path: Path) -> None:
    """However many come at once to whichever engine, no more wait than may."""
    limits = Limits(spare_bytes=0, waiting_jobs=3)
    async with engine_here(tmp_path, limits=limits) as one, engine_here(tmp_path, limits=limits) as two:
        one.order("wait")
        running = await one.launch()
        await one.until(running, "running")
        outcomes = await asyncio.gather(
            *(engine.launch() for _ in range(6) for engine in (one, two)), return_exceptions=True
        )
        assert sum(isinstance(outcome, openai.RateLimitError) for outcome in outcomes) == 9
        one.order("")


async def test_another_goes_on_from_the_checkpoint_when_the_elected_one_ends(
    first: tuple[Engine, AsyncExitStack], other: Engine
) -> None:
    trainer, stack = first
    trainer.order(f"wait after {STEPS_PER_EPOCH + 1}")
    job = await trainer.launch(epochs=2)
    await trainer.until_told(job, f"Step {STEPS_PER_EPOCH + 1}/{2 * STEPS_PER_EPOCH}: training loss=0.200")
    await stack.aclose()
    other.order("")
    ended = await other.until(job, *ENDED)
    assert ended.status == "succeeded"
    told = await other.messages(job)
    how = "The engine stopped during the training; the job is queued again and goes on from its last checkpoint"
    assert [told.count(once) for once in (how, "The job has successfully completed")] == [1, 1]
    assert f"The training goes on after step {STEPS_PER_EPOCH}/{2 * STEPS_PER_EPOCH}" in told
    checkpoints = await other.client.fine_tuning.jobs.checkpoints.list(job.id)
    assert [one.step_number for one in checkpoints.data] == [2 * STEPS_PER_EPOCH, STEPS_PER_EPOCH]


async def test_a_database_that_goes_and_comes_back_costs_no_job(
    first: tuple[Engine, AsyncExitStack], other: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All connections break in the middle of a training, the lock's included, and for a while there are no new ones."""
    monkeypatch.setattr(postgres, "WAIT_SECONDS", 0.2)
    trainer, _ = first
    trainer.order("wait after 2")
    job = await other.launch()
    await other.until_told(job, f"Step 2/{STEPS_PER_EPOCH}: training loss=0.500")
    server, _, name = database_of(trainer.folder).rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        connection.execute(KILL.replace("current_database()", f"'{name}'").encode())
        trainer.order("")
        for engine in (trainer, other):
            with pytest.raises(openai.InternalServerError) as refused:
                await engine.client.fine_tuning.jobs.retrieve(job.id)
            assert (refused.value.status_code, refused.value.code) == (503, "database_unavailable")
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
    ended = await other.until(job, *ENDED)
    assert (ended.status, ended.error) == ("succeeded", None)
    told = await other.messages(job)
    assert told.count("The job has successfully completed") == 1


async def test_an_upload_is_not_swept_while_it_comes_in(first: tuple[Engine, AsyncExitStack], other: Engine) -> None:
    trainer, _ = first
    files, left = other.folder / "files", other.folder / "files" / ("file-" + "a" * 24)
    draft = files / ("upload-" + "b" * 24 + ".part")
    left.touch()
    draft.touch()
    uploads = [
        asyncio.create_task(other.client.files.create(file=training_file(10), purpose="fine-tune")) for _ in range(20)
    ]
    while not all(task.done() for task in uploads):
        await sweep_files(trainer.state, files)
    for task in uploads:
        assert (await trainer.client.files.content((await task).id)).content == training_file(10)
    assert (left.exists(), draft.exists()) == (False, True)
