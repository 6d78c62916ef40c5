"""Jobs whose trainings run on a cluster: killed workers, a lost node, an engine that stops, and nothing told twice or left out."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from openai import BadRequestError

from engine.ray.options import RayOptions, Resources
from engine.ray.runner import RayRunner
from engine.ray.training import Pace
from tests.engine.counting import counting_backend
from tests.engine.datasets import training_file
from tests.engine.here import ENDED, Engine, engine_here
from tests.engine.ray.stand_in import StandInCluster, stand_in_cluster

pytestmark = pytest.mark.soak

PACE = Pace(read=0.02, ask=0.05, renew=0.1, lease_seconds=60)
STARTED, CHECKPOINT = "Fine-tuning job started", "Checkpoint created at step"
AGAIN = "The training broke off and was started again (attempt 2)"


@pytest.fixture
def cluster() -> Iterator[StandInCluster]:
    with stand_in_cluster() as cluster:
        yield cluster


@pytest.fixture
def start(cluster: StandInCluster, tmp_path: Path) -> Callable[[], AbstractAsyncContextManager[Engine]]:
    """Starts an engine on the same data directory. Leaving it says nothing to the cluster, as a crash would not."""

    def run() -> AbstractAsyncContextManager[Engine]:
        runner = RayRunner(RayOptions(cluster.url), tmp_path / "trainings", PACE)
        return engine_here(tmp_path, trainings=runner, workers=8)

    return run


@pytest.fixture
async def engine(start: Callable[[], AbstractAsyncContextManager[Engine]]) -> AsyncIterator[Engine]:
    async with start() as engine:
        yield engine


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while True:
            if happened():
                return
            await asyncio.sleep(0.01)


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def steps(messages: list[str]) -> list[str]:
    """What is told of steps and checkpoints, without the models' names."""
    told = [message for message in messages if message.startswith(("Step ", CHECKPOINT))]
    return [message.split(":")[0] for message in told]


def all_steps(epochs: int) -> list[str]:
    """Of the counting trainer: four steps an epoch, then a checkpoint."""
    found: list[str] = []
    for step in range(1, 4 * epochs + 1):
        found += [f"Step {step}/{4 * epochs}", *([f"{CHECKPOINT} {step}"] if step % 4 == 0 else [])]
    return found


async def test_a_job_tells_the_same_as_one_trained_here(engine: Engine, tmp_path: Path) -> None:
    job = await engine.launch(epochs=2)
    assert (await engine.until(job, *ENDED)).status == "succeeded"
    elsewhere = [message.replace(job.id, "") for message in await engine.messages(job)]
    async with engine_here(tmp_path / "here") as here:
        same = await here.launch(epochs=2)
        assert (await here.until(same, *ENDED)).status == "succeeded"
        expected = [message.replace(same.id, "") for message in await here.messages(same)]
    drawn = [(len(told), told.split(":punchline:")[0].split("file-")[0]) for told in elsewhere]
    assert drawn == [(len(told), told.split(":punchline:")[0].split("file-")[0]) for told in expected]


async def test_what_succeeded_leaves_nothing_on_the_shared_storage(engine: Engine, cluster: StandInCluster) -> None:
    job = await engine.launch()
    await engine.until(job, "succeeded")
    await until(lambda: not list((engine.folder / "trainings").iterdir()))
    assert cluster.submitted == [job.id]
    assert cluster.jobs[job.id].state()["status"] == "SUCCEEDED"  # nobody stopped it


async def test_a_killed_worker_is_replaced_by_one_that_goes_on_from_the_checkpoint(
    engine: Engine, cluster: StandInCluster
) -> None:
    job = await launch_and_hold(engine, after="Step 6/12")
    cluster.lose_worker(job)
    engine.order("")
    assert (await engine.until(job, *ENDED)).status == "succeeded"
    told = await messages(engine, job)
    assert steps(told) == all_steps(3)
    assert [told.count(message) for message in (STARTED, AGAIN, "The training goes on after step 4/12")] == [1, 1, 1]
    assert cluster.submitted == [job, f"{job}-2"]


async def test_a_lost_node_is_as_a_killed_worker(engine: Engine, cluster: StandInCluster) -> None:
    job = await launch_and_hold(engine, after="Step 6/12")
    cluster.lose_node()
    engine.order("")
    assert (await engine.until(job, *ENDED)).status == "succeeded"
    assert steps(await messages(engine, job)) == all_steps(3)
    assert cluster.submitted == [job, f"{job}-2"]


async def test_a_training_outlives_the_engine_which_takes_it_up_where_it_left_off(
    start: Callable[[], AbstractAsyncContextManager[Engine]], cluster: StandInCluster
) -> None:
    async with start() as engine:
        job = await launch_and_hold(engine, after="Step 6/12")
        worker = cluster.pid(job)
    engine.order("")
    await until(lambda: has_ended(worker))
    async with start() as engine:
        assert (await engine.until(job, *ENDED)).status == "succeeded"
        told = await messages(engine, job)
    assert steps(told) == all_steps(3)
    assert cluster.submitted == [job]
    assert not [message for message in told if "engine" in message]


async def test_while_the_cluster_does_not_answer_a_job_waits(engine: Engine, cluster: StandInCluster) -> None:
    cluster.is_down = True
    job = await engine.launch()
    await engine.until_told(job, "Files validated, moving job to queued state")
    await asyncio.sleep(0.2)  # several questions
    assert (await engine.until(job, "queued")).status == "queued"
    cluster.is_down = False
    assert (await engine.until(job, *ENDED)).status == "succeeded"


async def test_a_submission_whose_answer_is_lost_is_not_made_twice(engine: Engine, cluster: StandInCluster) -> None:
    cluster.loses_answers = True
    job = await launch_and_hold(engine, after="Step 6/12")
    cluster.loses_answers = False
    engine.order("")
    assert (await engine.until(job, *ENDED)).status == "succeeded"
    assert cluster.submitted == [job]


async def test_jobs_beyond_the_processors_stay_queued(engine: Engine, cluster: StandInCluster) -> None:
    engine.order("wait")
    jobs = [await engine.launch() for _ in range(4)]
    await until(lambda: len(cluster.jobs) == 4)
    await until(lambda: len(cluster.running()) == 2)
    for job in jobs:
        await engine.until(job, "running" if job.id in cluster.running() else "queued")
    engine.order("")
    assert [(await engine.until(job, *ENDED)).status for job in jobs] == ["succeeded"] * 4
    assert sorted(cluster.submitted) == sorted(job.id for job in jobs)


async def test_a_pause_saves_the_very_step_and_a_resumed_job_goes_on_after_it(
    engine: Engine, cluster: StandInCluster
) -> None:
    job = await launch_and_hold(engine, after="Step 6/12")
    await engine.client.fine_tuning.jobs.pause(job)
    await until(lambda: cluster.jobs[job].kill_at is not None)
    engine.order("")
    await engine.until(job, "paused")
    await until(lambda: not cluster.running())
    await engine.client.fine_tuning.jobs.resume(job)
    assert (await engine.until(job, *ENDED)).status == "succeeded"
    told = await messages(engine, job)
    assert steps(told) == all_steps(3)
    assert [message for message in told if "goes on" in message] == ["The training goes on after step 7/12"]


async def test_a_job_that_waits_at_ray_can_be_paused_and_resumed(engine: Engine, cluster: StandInCluster) -> None:
    cluster.cpus = 0
    job = (await engine.launch()).id
    await until(lambda: job in cluster.jobs)
    await engine.client.fine_tuning.jobs.pause(job)
    await until(lambda: cluster.jobs[job].kill_at is not None)
    cluster.cpus = 2
    await engine.client.fine_tuning.jobs.resume(job)
    assert (await engine.until(job, *ENDED)).status == "succeeded"
    assert cluster.submitted == [job, f"{job}-2"]
    assert steps(await messages(engine, job)) == all_steps(1)


async def test_who_stops_a_job_at_ray_pauses_it(engine: Engine, cluster: StandInCluster) -> None:
    job = await launch_and_hold(engine, after="Step 6/12")
    cluster.jobs[job].stop()
    engine.order("")
    await engine.until(job, "paused")
    await engine.client.fine_tuning.jobs.resume(job)
    assert (await engine.until(job, *ENDED)).status == "succeeded"
    assert steps(await messages(engine, job)) == all_steps(3)


async def test_a_cancelled_training_ends_and_leaves_nothing(engine: Engine, cluster: StandInCluster) -> None:
    job = await launch_and_hold(engine, after="Step 6/12")
    await engine.client.fine_tuning.jobs.cancel(job)
    engine.order("")
    await until(lambda: not cluster.running())
    await until(lambda: not list((engine.folder / "trainings").iterdir()))
    await until(lambda: not list((engine.folder / "models").glob("ftjob-*.progress")))
    assert (await messages(engine, job))[-1] == "The job was cancelled"


async def test_a_paused_job_that_is_cancelled_leaves_nothing_either(engine: Engine, cluster: StandInCluster) -> None:
    job, runner = await launch_and_hold(engine, after="Step 6/12"), engine.queue._runner
    assert isinstance(runner, RayRunner)
    cluster.jobs[job].stop()
    engine.order("")
    await until(lambda: job in runner._settled)
    await engine.client.fine_tuning.jobs.cancel(job)
    await until(lambda: not list((engine.folder / "trainings").iterdir()))


async def test_a_cancellation_that_the_engine_had_no_time_to_pass_on_is_passed_on_later(
    start: Callable[[], AbstractAsyncContextManager[Engine]], cluster: StandInCluster
) -> None:
    async with start() as engine:
        job = await launch_and_hold(engine, after="Step 6/12")
        cluster.is_down = True
        await engine.client.fine_tuning.jobs.cancel(job)
    cluster.is_down = False
    engine.order("")
    async with start() as engine:
        await until(lambda: not cluster.running())
        await until(lambda: not list((engine.folder / "trainings").iterdir()))


async def test_a_full_disk_delays_a_training(engine: Engine, cluster: StandInCluster) -> None:
    job = await launch_and_hold(engine, after="Step 6/12")
    engine.order("28")
    await until(lambda: len(cluster.submitted) > 1)
    engine.order("")
    assert (await engine.until(job, *ENDED)).status == "succeeded"
    assert steps(await messages(engine, job)) == all_steps(3)


async def test_a_training_that_fails_by_itself_is_not_tried_again(engine: Engine, cluster: StandInCluster) -> None:
    job = await launch_and_hold(engine, after="Step 6/12")
    engine.order("5")
    ended = await engine.until(job, *ENDED)
    assert ended.error
    assert ended.error.message == "The training process failed. The engine's log has the reason."
    assert cluster.submitted == [job]


async def test_a_training_that_is_killed_again_and_again_fails(engine: Engine, cluster: StandInCluster) -> None:
    engine.order("die")
    job = (await engine.launch()).id
    assert (await engine.until(job, *ENDED)).status == "failed"
    assert cluster.submitted == [job, *(f"{job}-{attempt}" for attempt in (2, 3, 4, 5))]


async def test_a_base_reserves_what_it_needs_and_calculates_on_as_many_threads(tmp_path: Path) -> None:
    needs = {"counting": Resources(cpus=2, gpus=1, memory_gb=1.5), "": Resources(cpus=8)}
    with stand_in_cluster() as cluster:
        runner = RayRunner(RayOptions(cluster.url, resources=needs), tmp_path / "trainings", PACE)
        async with engine_here(tmp_path, trainings=runner) as engine:
            job = await engine.launch()
            assert (await engine.until(job, *ENDED)).status == "succeeded"
            given = cluster.jobs[job.id]
    names = ("entrypoint_num_cpus", "entrypoint_num_gpus", "entrypoint_memory")
    assert [given.submission[name] for name in names] == [2, 1, 1.5 * 1024**3]
    assert (given.variables["OMP_NUM_THREADS"], given.variables["RAY_JOB_STOP_WAIT_TIME_S"]) == ("2", "60")


async def test_several_workers_reserve_for_themselves(cluster: StandInCluster, tmp_path: Path) -> None:
    cluster.cpus = -1  # nothing starts
    runner = RayRunner(RayOptions(cluster.url, python="/opt/a python"), tmp_path / "trainings", PACE)
    backend = replace(counting_backend(), shares_steps=True)
    async with engine_here(tmp_path, trainings=runner, backend=backend) as engine:
        uploaded = await engine.client.files.create(file=training_file(10), purpose="fine-tune")
        job = await engine.client.fine_tuning.jobs.create(
            model="counting", training_file=uploaded.id, metadata={"ray_workers": "3"}
        )
        await until(lambda: job.id in cluster.jobs)
    given, folder = cluster.jobs[job.id].submission, tmp_path / "trainings" / job.id
    assert given["entrypoint"] == (
        f"exec '/opt/a python' -m engine.ray.worker --task {folder} --workers 3 --cpus 1 --gpus 0 --attempt 1"
    )
    assert given["entrypoint_num_cpus"] == 0


async def test_the_clusters_token_is_sent(tmp_path: Path) -> None:
    with stand_in_cluster(token="t0ken") as cluster:
        runner = RayRunner(RayOptions(cluster.url, token="t0ken"), tmp_path / "trainings", PACE)
        async with engine_here(tmp_path, trainings=runner) as engine:
            assert (await engine.until(await engine.launch(), *ENDED)).status == "succeeded"


async def test_several_workers_need_a_model_that_they_can_share(engine: Engine, tmp_path: Path) -> None:
    uploaded = await engine.client.files.create(file=b"{}", purpose="fine-tune")

    async def refusal(engine: Engine, workers: str) -> str:
        with pytest.raises(BadRequestError) as refused:
            await engine.client.fine_tuning.jobs.create(
                model="counting", training_file=uploaded.id, metadata={"ray_workers": workers}
            )
        return str(refused.value.body["message"]) if isinstance(refused.value.body, dict) else ""

    invalid = "Invalid value for 'metadata.ray_workers': "
    assert await refusal(engine, "2") == f"{invalid}`counting` is trained by one worker."
    assert await refusal(engine, "two") == f"{invalid}it must be a whole number from 1 to 64, such as '2'."
    async with engine_here(tmp_path / "here") as here:
        assert await refusal(here, "2") == (
            f"{invalid}this engine trains on its own machine, with one worker; several need Ray (`--ray`, see docs/ray.md)."
        )


async def launch_and_hold(engine: Engine, after: str) -> str:
    """A job of three epochs whose worker has taken one step and waits, or two, or more: its id."""
    engine.order("wait")
    job = await engine.launch(epochs=3)
    await engine.until_told(job, STARTED)
    engine.order(f"wait after {int(after.split()[1].split('/', maxsplit=1)[0])}")
    async with asyncio.timeout(30):
        while True:
            if any(message.startswith(after) for message in await engine.messages(job)):
                return job.id
            await asyncio.sleep(0.01)


async def messages(engine: Engine, job_id: str) -> list[str]:
    return [event.message async for event in engine.client.fine_tuning.jobs.list_events(job_id)][::-1]
