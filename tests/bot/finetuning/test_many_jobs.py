"""Many servers, many jobs: a round asks the model server little."""

from dataclasses import fields

from bot.app import App
from bot.store.datasets import DatasetStore, NewDataset
from bot.store.jobs import JobStore
from tests.bot.parts import START, launch, training_file, upload
from tests.wire.model_server import FakeModelServer

MANY = 60


async def many(app: App, server: FakeModelServer) -> None:
    """As many running jobs, one a server, all on the same file."""
    first = await upload(app, training_file(), guild_id=1)
    stored = {field.name: getattr(first, field.name) for field in fields(NewDataset)}
    for guild_id in range(1, MANY + 1):
        await DatasetStore(app.database).add(NewDataset(**{**stored, "guild_id": guild_id}))
        await launch(app, guild_id=guild_id)
    await app.tracker.round()
    for remote_id in server.jobs.jobs:
        server.jobs.move(remote_id, "running")
        server.jobs.emit(remote_id, "step", kind="metrics", data={"step": 1, "total_steps": 9, "train_loss": 2.0})


async def test_a_round_over_many_jobs_takes_a_handful_of_requests(app: App, server: FakeModelServer) -> None:
    await many(app, server)
    server.history.clear()
    await app.tracker.round()
    assert len(server.history) <= 5
    assert {job.status for job in await JobStore(app.database).unfinished(START)} == {"running"}


async def test_many_that_end_at_once_all_end_with_their_last_events(app: App, server: FakeModelServer) -> None:
    await many(app, server)
    for remote_id in server.jobs.jobs:
        server.jobs.move(remote_id, "succeeded")
    for _ in range(MANY):
        await app.tracker.round()
    store = JobStore(app.database)
    assert await store.unfinished(START) == ()
    ended = [await store.by_id(number) for number in range(1, MANY + 1)]
    assert {(job.status, job.step, job.train_loss) for job in ended} == {("succeeded", 1, 2.0)}
