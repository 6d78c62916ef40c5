"""A full disk: clients get 507, jobs wait for room and go on by themselves, and nothing of it ends the engine."""

import asyncio
from pathlib import Path

import openai
import pytest
from openai.types.fine_tuning import FineTuningJob

from engine.protocol.objects import StoredJob
from engine.storage.files import write_atomically
from tests.engine.counting import STEPS_PER_EPOCH
from tests.engine.datasets import training_file
from tests.engine.here import ENDED, Engine, engine_here

# Created, validated, started, a report a step, a checkpoint, the end.
COMMITS = 5 + STEPS_PER_EPOCH


async def launched(engine: Engine) -> FineTuningJob:
    """A job, asked for until it is taken on."""
    while True:
        try:
            return await engine.launch()
        except openai.InternalServerError as refused:
            if (refused.status_code, refused.code) != (507, "insufficient_storage"):
                raise


async def check_success(engine: Engine, job: FineTuningJob) -> None:
    """It did all that it does on an empty disk, and once."""
    ended = await engine.until(job, *ENDED)
    assert (ended.status, ended.error) == ("succeeded", None)
    told = await engine.messages(job)
    assert [
        told.count(once) for once in ("The job has successfully completed", f"Created fine-tuning job: {job.id}")
    ] == [1, 1]
    checkpoints = await engine.client.fine_tuning.jobs.checkpoints.list(job.id)
    assert [checkpoint.step_number for checkpoint in checkpoints.data] == [STEPS_PER_EPOCH]
    listed = {file.id async for file in engine.client.files.list()}
    assert {path.name for path in (engine.folder / "files").iterdir()} == listed


@pytest.mark.parametrize("place", range(COMMITS + 1))
async def test_a_job_comes_through_wherever_the_disk_is_full(tmp_path: Path, place: int) -> None:
    async with engine_here(tmp_path) as engine:
        engine.fill_disk(after=place, times=3)
        await check_success(engine, await launched(engine))


@pytest.mark.parametrize("number", ["28", "122"], ids=["ENOSPC", "EDQUOT"])
async def test_a_training_whose_own_writing_fails_waits_for_room(tmp_path: Path, number: str) -> None:
    async with engine_here(tmp_path) as engine:
        engine.order(number)
        job = await engine.launch()
        await engine.until_told(job, "The disk was full; the training goes on from its last checkpoint")
        engine.order("")
        await check_success(engine, job)


async def test_the_file_of_metrics_waits_for_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = iter(range(2))

    def fail_twice(path: Path, content: bytes) -> None:
        if next(failures, None) is not None:
            raise OSError(28, "No space left on device")
        write_atomically(path, content)

    monkeypatch.setattr("engine.jobs.run.write_atomically", fail_twice)
    async with engine_here(tmp_path) as engine:
        await check_success(engine, await engine.launch())


async def test_a_job_that_fails_on_a_full_disk_has_failed_once_there_is_room(tmp_path: Path) -> None:
    async with engine_here(tmp_path) as engine:
        uploaded = await engine.client.files.create(file=training_file(9), purpose="fine-tune")
        engine.fill_disk(after=1, times=3)
        job = await engine.client.fine_tuning.jobs.create(model="counting", training_file=uploaded.id)
        failed = await engine.until(job, *ENDED)
        assert failed.error is not None
        assert (failed.status, failed.error.code) == ("failed", "invalid_n_examples")
        assert len([told for told in await engine.messages(job) if told.startswith("The job failed")]) == 1


async def test_a_crashed_training_on_a_full_disk_fails_once_there_is_room(tmp_path: Path) -> None:
    async with engine_here(tmp_path) as engine:
        engine.order("wait")
        job = await engine.launch()
        await engine.until(job, "running")
        engine.fill_disk(times=3)
        engine.order("die")
        failed = await engine.until(job, *ENDED)
        assert failed.error is not None
        assert (failed.status, failed.error.code) == ("failed", "server_error")
        engine.order("")
        await check_success(engine, await engine.launch())


async def test_what_clients_ask_for_is_refused_with_507_and_done_once_there_is_room(tmp_path: Path) -> None:
    async with engine_here(tmp_path) as engine:
        jobs = engine.client.fine_tuning.jobs
        engine.order("wait")
        running, waiting = await engine.launch(), await engine.launch()
        await engine.until(running, "running")
        await engine.until(waiting, "queued")
        engine.fill_disk()
        for ask in (
            jobs.pause(running.id),
            jobs.cancel(waiting.id),
            engine.launch(),
            engine.client.files.delete(waiting.training_file),
        ):
            with pytest.raises(openai.InternalServerError) as refused:
                await ask
            assert (refused.value.status_code, refused.value.code) == (507, "insufficient_storage")
        engine.room()
        assert str((await jobs.pause(running.id)).status) == "pausing"
        assert (await jobs.cancel(waiting.id)).status == "cancelled"
        engine.order("28")
        await engine.until(running, "paused")
        engine.order("")
        await jobs.resume(running.id)
        await check_success(engine, running)


async def test_an_engine_that_starts_on_a_full_disk_takes_up_its_jobs_once_there_is_room(tmp_path: Path) -> None:
    async with engine_here(tmp_path) as engine:
        engine.order("wait")
        running, paused, waiting = [await engine.launch() for _ in range(3)]
        await engine.until(running, "running")
        await engine.until(paused, "queued")
        await engine.client.fine_tuning.jobs.pause(paused.id)
    async with engine_here(tmp_path, full=True) as engine:
        engine.order("")
        await asyncio.sleep(0.1)
        assert (await engine.client.fine_tuning.jobs.retrieve(running.id)).status == "running"
        engine.room()
        for job in (running, waiting):
            await check_success(engine, job)
        assert str((await engine.client.fine_tuning.jobs.retrieve(paused.id)).status) == "paused"


async def test_a_bug_in_one_job_leaves_the_queue_working(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the failure itself cannot be stored, for whatever reason, as long as that lasts."""
    async with engine_here(tmp_path) as engine:
        failures = iter(range(3))
        fail = engine.queue._history.fail

        async def fail_to_fail(*args: object) -> StoredJob | None:
            if next(failures, None) is not None:
                raise RuntimeError("the handler fails, too")
            return await fail(*args)  # type: ignore[arg-type]  # passed on as they came

        monkeypatch.setattr(engine.queue._history, "fail", fail_to_fail)
        engine.order("die")
        broken = await engine.until(await engine.launch(), *ENDED)
        assert broken.status == "failed"
        engine.order("")
        await check_success(engine, await engine.launch())


@pytest.mark.sqlite
async def test_sqlites_own_limit_counts_as_a_full_disk(tmp_path: Path) -> None:
    async with engine_here(tmp_path) as engine:
        connection = engine.state._database._connection  # type: ignore[attr-defined]  # SQLite's
        ((pages,),) = await connection.execute_fetchall("PRAGMA page_count")
        await connection.execute(f"PRAGMA max_page_count = {pages + 4}")
        with pytest.raises(openai.InternalServerError) as refused:
            await asyncio.gather(*(engine.launch() for _ in range(20)))
        assert refused.value.status_code == 507
        listed = {file.id async for file in engine.client.files.list()}
        assert {path.name for path in (engine.folder / "files").iterdir()} == listed
        await connection.execute("PRAGMA max_page_count = 1000000")
        await check_success(engine, await engine.launch())
