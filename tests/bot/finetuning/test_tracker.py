"""The tracker: rows follow the server's jobs, whatever it answers, and every change is owed to a channel."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.settings import Settings
from bot.store.jobs import Job
from bot.texts.finetuning import VANISHED
from tests.bot.parts import (
    CHANNEL,
    GUILD,
    OTHER_GUILD,
    START,
    StillClock,
    count,
    job_now,
    launch,
    path_of,
    training_file,
    upload,
    waiting,
)
from tests.wire import replies
from tests.wire.model_server import FakeModelServer


async def running(app: App, server: FakeModelServer, guild_id: int = GUILD) -> tuple[Job, str]:
    """A job that the server has, and its id there."""
    job = await launch(app, guild_id=guild_id)
    await app.tracker.round()
    row = await job_now(app, job)
    assert row.remote_job_id is not None
    return row, row.remote_job_id


@pytest.mark.parametrize(
    "status", ["validating_files", "queued", "running", "paused", "pausing", "pending", "a word nobody foresaw"]
)
async def test_a_job_that_goes_on_is_followed_in_the_servers_own_words(
    app: App, server: FakeModelServer, status: str
) -> None:
    job, remote_id = await running(app, server)
    server.jobs.move(remote_id, status)
    for _ in range(2):
        await app.tracker.round()
        row = await job_now(app, job)
        assert (row.status, row.ended, row.finished_at) == (status, False, None)
    assert (len(server.calls("create_job")), len(server.calls("list_jobs"))) == (1, 1)
    server.jobs.move(remote_id, "succeeded")
    await app.tracker.round()
    assert (await job_now(app, job)).status == "succeeded"


@pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled"])
async def test_the_end_is_written_once_and_the_job_left_alone(
    app: App, server: FakeModelServer, clock: StillClock, status: str
) -> None:
    job, remote_id = await running(app, server)
    server.jobs.move(remote_id, status)
    clock.advance(minutes=3)
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.finished_at) == (status, clock.now)
    clock.advance(seconds=2)
    await app.tracker._work()
    gone = await job_now(app, job)
    assert (gone.remote_file_id, server.jobs.files) == (None, {})
    server.history.clear()
    for _ in range(2):
        clock.advance(minutes=9)
        await app.tracker._work()
    assert (server.history, await job_now(app, job)) == ([], gone)
    assert gone.finished_at == row.finished_at


async def test_a_failure_keeps_the_servers_reason(app: App, server: FakeModelServer) -> None:
    job, remote_id = await running(app, server)
    error = {"code": "invalid_training_file", "message": "Example 3, message 2 is no joke.", "param": "training_file"}
    server.jobs.move(remote_id, "failed", error=error)
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.error_code, row.error_message) == ("invalid_training_file", "Example 3, message 2 is no joke.")
    assert (await app.registry.models(GUILD)).models == ()


async def test_success_brings_the_model_and_uses_it_where_none_is_used(app: App, server: FakeModelServer) -> None:
    job, remote_id = await running(app, server)
    name = server.jobs.move(remote_id, "succeeded")["fine_tuned_model"]
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.fine_tuned_model, row.trained_tokens) == (name, 1200)
    models = await app.registry.models(GUILD)
    active = models.active["joke"]
    assert (active.model, active.job_id, active.base_model) == (name, job.id, job.base_model)
    assert (await app.registry.models(OTHER_GUILD)).active == {}


async def test_a_second_success_leaves_the_first_model_in_use(app: App, server: FakeModelServer) -> None:
    names = []
    for _ in range(2):
        _, remote_id = await running(app, server)
        names.append(server.jobs.move(remote_id, "succeeded")["fine_tuned_model"])
        await app.tracker.round()
    models = await app.registry.models(GUILD)
    assert ([model.model for model in models.models], models.active["joke"].model) == (names[::-1], names[0])


async def test_events_are_stored_once_and_tell_how_far_it_is(app: App, server: FakeModelServer) -> None:
    job, remote_id = await running(app, server)
    server.jobs.move(remote_id, "running")
    server.jobs.emit(remote_id, "Fine-tuning began")
    for step in (1, 2):
        data = {"step": step, "total_steps": 40, "train_loss": 3.0 - step}
        server.jobs.emit(remote_id, f"Step {step}/40", kind="metrics", data=data)
    server.jobs.emit(remote_id, "A checkpoint")
    for _ in range(2):
        await app.tracker.round()
        assert await count(app.database, "job_events") == 4
    row = await job_now(app, job)
    assert (row.step, row.total_steps, row.train_loss, row.started_at) == (2, 40, 1.0, START)
    last = server.jobs.emit(remote_id, "Step 3/40", kind="metrics", data={"step": 3, "train_loss": 0.5})
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.step, row.total_steps, row.train_loss, row.event_cursor) == (3, 40, 0.5, last["id"])
    (newest,) = await app.database.fetch_all("SELECT * FROM job_events ORDER BY event_id DESC LIMIT 1")
    assert (newest["message"], newest["level"], newest["type"]) == ("Step 3/40", "info", "metrics")
    assert newest["data"] == '{"step": 3, "train_loss": 0.5}'


@pytest.mark.parametrize("step", [None, "three", -1, 1e300, True, [3]])
async def test_absurd_metrics_are_kept_as_events_and_change_nothing_else(
    app: App, server: FakeModelServer, step: object
) -> None:
    job, remote_id = await running(app, server)
    server.jobs.emit(remote_id, "?", kind="metrics", data={"step": step, "total_steps": "many", "train_loss": "low"})
    server.jobs.emit(remote_id, "half \ud83d a pair")
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.step, row.total_steps, row.train_loss) == (None, None, None)
    assert await count(app.database, "job_events") == 2


async def test_the_servers_estimate_is_kept(app: App, server: FakeModelServer) -> None:
    job, remote_id = await running(app, server)
    server.jobs.move(remote_id, "running", estimated_finish=1_700_000_000)
    await app.tracker.round()
    assert (await job_now(app, job)).estimated_finish == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


async def test_a_job_that_vanished_has_failed(app: App, server: FakeModelServer) -> None:
    job, remote_id = await running(app, server)
    del server.jobs.jobs[remote_id]
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.error_code, row.error_message) == ("failed", "not_found", str(VANISHED))
    assert row.finished_at == START


async def test_a_server_that_cannot_be_reached_is_noted_from_the_first_time_until_it_answers(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    job, _ = await running(app, server)
    server.script("job", replies.reset(), replies.error(401), replies.html())
    for _ in range(3):
        clock.advance(minutes=1)
        await app.tracker.round()
        row = await job_now(app, job)
        assert (row.status, row.unreachable_since) == ("validating_files", START + timedelta(minutes=1))
    await app.tracker.round()
    assert (await job_now(app, job)).unreachable_since is None


async def test_events_that_cannot_be_read_leave_the_whole_row_for_the_next_round(
    app: App, server: FakeModelServer
) -> None:
    job, remote_id = await running(app, server)
    server.jobs.move(remote_id, "succeeded")
    server.script("events", replies.half_json())
    await app.tracker.round()
    assert (await job_now(app, job)).status == "validating_files"
    await app.tracker.round()
    assert (await job_now(app, job)).status == "succeeded"


async def test_one_bad_job_never_stops_the_others(app: App, server: FakeModelServer) -> None:
    unreadable, _ = await running(app, server, OTHER_GUILD)
    good, remote_id = await running(app, server, 999)
    fileless = await launch(app)
    dataset = await upload(app, training_file(11), name="of its own")
    await app.database.write(
        "UPDATE quotes SET dataset_id = :id WHERE guild_id = :guild", {"id": dataset.id, "guild": GUILD}
    )
    await asyncio.to_thread(path_of(app, dataset).unlink)
    server.script("job", replies.half_json())
    server.jobs.move(remote_id, "running")
    await app.tracker.round()
    statuses = [(await job_now(app, job)).status for job in (fileless, unreadable, good)]
    assert statuses == ["pending", "validating_files", "running"]


async def test_a_job_that_cannot_be_followed_is_tried_again_ever_more_calmly(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    job = await launch(app)
    path = path_of(app, await app.datasets.get(GUILD, "jokes"))
    await asyncio.to_thread(path.rename, path.with_suffix(".away"))
    pauses = []
    for _ in range(3):
        await app.tracker.round()
        row = await job_now(app, job)
        assert (row.status, row.unreachable_since, row.next_check_at is None) == ("pending", None, False)
        pauses.append(row.next_check_at - clock.now if row.next_check_at else None)
    assert pauses == [timedelta(seconds=4), timedelta(seconds=8), timedelta(seconds=16)]
    await asyncio.to_thread(path.with_suffix(".away").rename, path)
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.failures) == ("validating_files", 0)


async def test_every_change_is_owed_to_the_channel_and_nothing_else(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    job, remote_id = await running(app, server)
    server.jobs.move(remote_id, "running")
    await app.tracker.round()
    (first,) = await waiting(app)
    await app.tracker.round()
    assert await waiting(app) == [first]
    server.jobs.move(remote_id, "failed")
    await app.tracker.round()
    (second,) = await waiting(app)
    assert (second.kind, second.subject, second.channels) == ("job", str(job.id), (CHANNEL,))
    assert second.revision == first.revision + 1


async def test_after_a_restart_it_goes_on_from_the_rows(
    settings: Settings, server: FakeModelServer, clock: StillClock, tmp_path: Path
) -> None:
    async with open_app(settings, clock) as app:
        job, remote_id = await running(app, server)
    server.jobs.move(remote_id, "succeeded")
    async with open_app(settings, clock) as app:
        await app.tracker.round()
        assert (await job_now(app, job)).status == "succeeded"
        assert len((await app.registry.models(GUILD)).models) == 1


async def test_an_end_that_create_itself_reports_is_read_like_any_other(app: App, server: FakeModelServer) -> None:
    job = await launch(app)
    server.script("create_job", replies.reset())
    await app.tracker.round()
    row = await job_now(app, job)
    made = await app.llm.fine_tuning.create_job(
        base_model=row.base_model, file_id=row.remote_file_id or "", epochs=None, suffix=None, launch_id=row.launch_id
    )
    server.jobs.emit(made.id, "Step 9/9", kind="metrics", data={"step": 9, "total_steps": 9, "train_loss": 0.5})
    name = server.jobs.move(made.id, "succeeded")["fine_tuned_model"]
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.fine_tuned_model, row.trained_tokens, row.step) == ("succeeded", name, 1200, 9)
    assert (await app.registry.models(GUILD)).active["joke"].model == name
    assert await count(app.database, "job_events") == 1


async def test_in_the_background_a_launch_is_taken_up_at_once(app: App, server: FakeModelServer) -> None:
    changed = app.database.subscribe("outbox")
    async with app.tracker.running(), asyncio.timeout(5):
        job = await launch(app)
        while (await job_now(app, job)).remote_job_id is None:
            await changed.wait()
            changed.clear()
