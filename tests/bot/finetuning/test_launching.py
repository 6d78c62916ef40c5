"""From a pending row to a job on the model server: never lost, never twice."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.finetuning.launching import GRACE_TIMEOUTS, NOT_CONFIRMED
from bot.refusals import TRAINING_CLOSED
from bot.store.jobs import Job
from tests.bot.parts import START, StillClock, job_now, launch, training_file
from tests.wire import replies
from tests.wire.model_server import FakeModelServer
from tests.wire.replies import Reply

GRACE = timedelta(seconds=30) * GRACE_TIMEOUTS
UNCERTAIN = pytest.mark.parametrize(
    "reply",
    [replies.error(500), replies.error(503), replies.reset(), replies.cut(), replies.html(), replies.half_json()],
)


def routes(server: FakeModelServer) -> list[str]:
    return [name for name, _ in server.history if name != "models"]


async def test_a_launch_uploads_and_creates_with_its_launch_id(app: App, server: FakeModelServer) -> None:
    job = await launch(app, base_model="practice-1", epochs=3, suffix="puns")
    await app.tracker.round()
    assert routes(server) == ["upload", "create_job"]
    ((file_id, uploaded),) = server.jobs.files.items()
    assert (uploaded.data, uploaded.filename) == (training_file(), f"{job.launch_id}.jsonl")
    (call,) = server.calls("create_job")
    assert call.body == {
        "model": "practice-1",
        "training_file": file_id,
        "suffix": "puns",
        "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}},
        "metadata": {"launch_id": job.launch_id},
    }
    row = await job_now(app, job)
    (remote_id,) = server.jobs.jobs
    assert (row.status, row.remote_job_id, row.remote_file_id) == ("validating_files", remote_id, file_id)
    assert row.submitted_at == START


async def test_an_upload_whose_outcome_is_unknown_is_done_again(app: App, server: FakeModelServer) -> None:
    job = await launch(app)
    server.script("upload", replies.error(500))
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.remote_file_id, row.submitted_at, row.unreachable_since) == ("pending", None, None, START)
    await app.tracker.round()
    assert routes(server) == ["upload", "upload", "create_job"]
    row = await job_now(app, job)
    assert (row.status, row.unreachable_since) == ("validating_files", None)


async def test_after_a_crash_between_upload_and_create_the_upload_is_not_repeated(
    app: App, server: FakeModelServer
) -> None:
    job = await launch(app)
    file_id = await app.llm.upload_training_file(app.datasets.path(await app.datasets.get(job.guild_id, "jokes")), "x")
    await app.database.write("UPDATE jobs SET remote_file_id = :file", {"file": file_id})
    server.history.clear()
    await app.tracker.round()
    assert routes(server) == ["create_job"]
    assert server.calls("create_job")[0].body["training_file"] == file_id


async def uncertain(app: App, server: FakeModelServer, reply: Reply) -> Job:
    """A job whose create call ended in a way that does not tell whether the server acted."""
    job = await launch(app)
    server.script("create_job", reply)
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.remote_job_id, row.submitted_at, row.unreachable_since) == ("pending", None, START, START)
    assert routes(server) == ["upload", "create_job"]
    server.history.clear()
    return row


async def born_all_the_same(app: App, server: FakeModelServer, row: Job, launch_id: str) -> str:
    """The job that the server made of that call."""
    assert row.remote_file_id is not None
    made = await app.llm.create_job(
        base_model=row.base_model, file_id=row.remote_file_id, epochs=None, suffix=None, launch_id=launch_id
    )
    server.history.clear()
    return made.id


@UNCERTAIN
async def test_an_uncertain_create_is_found_by_its_launch_id(app: App, server: FakeModelServer, reply: Reply) -> None:
    row = await uncertain(app, server, reply)
    remote_id = await born_all_the_same(app, server, row, row.launch_id)
    await app.tracker.round()
    found = await job_now(app, row)
    assert (found.status, found.remote_job_id, found.unreachable_since) == ("validating_files", remote_id, None)
    assert routes(server) == ["list_jobs"]


async def test_on_a_server_without_metadata_it_is_found_by_its_file(app: App, server: FakeModelServer) -> None:
    row = await uncertain(app, server, replies.error(500))
    remote_id = await born_all_the_same(app, server, row, "ignored")
    server.jobs.jobs[remote_id]["metadata"] = None
    await app.tracker.round()
    assert (await job_now(app, row)).remote_job_id == remote_id


@UNCERTAIN
async def test_an_uncertain_create_that_made_nothing_fails_after_the_grace_and_is_never_repeated(
    app: App, server: FakeModelServer, clock: StillClock, reply: Reply
) -> None:
    row = await uncertain(app, server, reply)
    clock.advance(seconds=GRACE.total_seconds())
    await app.tracker.round()
    assert (await job_now(app, row)).status == "pending"
    clock.advance(seconds=1)
    await app.tracker.round()
    ended = await job_now(app, row)
    assert (ended.status, ended.error_code, ended.error_message) == ("failed", "not_confirmed", NOT_CONFIRMED)
    assert ended.finished_at == START + GRACE + timedelta(seconds=1)
    assert routes(server) == ["list_jobs", "list_jobs"]


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
async def test_where_the_list_cannot_be_read_the_launch_stays_open(
    app: App, server: FakeModelServer, clock: StillClock, status: int
) -> None:
    row = await uncertain(app, server, replies.error(500))
    remote_id = await born_all_the_same(app, server, row, row.launch_id)
    clock.advance(seconds=GRACE.total_seconds() + 1)
    server.script("list_jobs", replies.error(status))
    await app.tracker.round()
    assert (await job_now(app, row)).status == "pending"
    await app.tracker.round()
    assert (await job_now(app, row)).remote_job_id == remote_id


REFUSALS = {
    "no rights": (
        replies.error(403, "No rights", "missing_scope"),
        "missing_scope",
        "The model server does not permit this: “No rights”. The bot's operator must check the key's rights.",
    ),
    "bad request": (
        replies.error(400, "Model cannot be tuned.", "model_not_available"),
        "model_not_available",
        "The model server declined the request: “Model cannot be tuned”.",
    ),
    "unknown model": (
        replies.error(404, "No such model", "model_not_found"),
        "model_not_found",
        "The model server does not know the base model gpt-4.1-mini-2025-04-14: “No such model”.",
    ),
    "no credit": (
        replies.error(429, "Quota", "insufficient_quota"),
        "insufficient_quota",
        "The account at the model server has no credit left. The bot's operator must top it up.",
    ),
    "closed": (replies.error(403, "Closed", "training_not_available"), "training_not_available", TRAINING_CLOSED),
}


@pytest.mark.parametrize(("reply", "code", "message"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_a_refusal_ends_the_row_with_the_servers_code(
    app: App, server: FakeModelServer, reply: Reply, code: str, message: str
) -> None:
    job = await launch(app)
    server.script("create_job", reply)
    await app.tracker.round()
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.error_code, row.error_message, row.finished_at) == ("failed", code, message, START)
    assert len(server.calls("create_job")) == 1


async def test_a_refused_upload_ends_the_row_before_anything_is_created(app: App, server: FakeModelServer) -> None:
    job = await launch(app)
    server.script("upload", replies.error(403, "Closed", "training_not_available"))
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.error_code, row.error_message) == ("failed", "training_not_available", TRAINING_CLOSED)
    assert routes(server) == ["upload"]


async def test_training_that_is_closed_only_after_the_upload_takes_the_file_away_again(
    app: App, server: FakeModelServer
) -> None:
    await launch(app)
    server.script("create_job", replies.error(403, "Closed", "training_not_available"))
    await app.tracker.round()
    assert routes(server) == ["upload", "create_job", "delete_file"]
    assert server.jobs.files == {}


async def test_a_file_that_cannot_be_taken_away_changes_nothing_in_the_verdict(
    app: App, server: FakeModelServer
) -> None:
    job = await launch(app)
    server.script("create_job", replies.error(403, "Closed", "training_not_available"))
    server.script("delete_file", replies.error(500))
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.error_message, row.unreachable_since) == ("failed", TRAINING_CLOSED, None)
