"""From a pending row to a job on the model server: never lost, never twice."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.finetuning.launching import GRACE_TIMEOUTS
from bot.store.jobs import Job
from bot.texts.finetuning import NOT_CONFIRMED
from bot.texts.server import TRAINING_CLOSED
from tests.bot.parts import GUILD, START, StillClock, job_now, launch, path_of, training_file
from tests.wire import replies
from tests.wire.gate import Gate, Point
from tests.wire.model_server import FakeModelServer
from tests.wire.replies import Reply

GRACE = timedelta(seconds=30) * GRACE_TIMEOUTS
UNCERTAIN = pytest.mark.parametrize(
    "reply",
    [replies.error(500), replies.error(503), replies.reset(), replies.cut(), replies.html(), replies.half_json()],
)


def routes(server: FakeModelServer) -> list[str]:
    """What was asked until the job was known; from then on the tracker follows it."""
    asked = [name for name, _ in server.history if name != "models"]
    return asked[: asked.index("job")] if "job" in asked else asked


async def test_a_launch_uploads_and_creates_with_its_launch_id(app: App, server: FakeModelServer) -> None:
    job = await launch(app, base_model="practice-1", epochs=3, suffix="puns")
    await app.tracker.round()
    assert routes(server) == ["files", "upload", "list_jobs", "create_job"]
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


async def test_an_upload_that_did_not_arrive_is_done_again(app: App, server: FakeModelServer) -> None:
    job = await launch(app)
    server.script("upload", replies.error(500))
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.remote_file_id, row.submitted_at, row.unreachable_since) == ("pending", None, None, START)
    await app.tracker.round()
    assert routes(server) == ["files", "upload", "files", "upload", "list_jobs", "create_job"]
    row = await job_now(app, job)
    assert (row.status, row.unreachable_since) == ("validating_files", None)


async def test_after_a_crash_between_upload_and_create_the_upload_is_not_repeated(
    app: App, server: FakeModelServer
) -> None:
    job = await launch(app)
    file_id = await app.llm.fine_tuning.upload_training_file(
        path_of(app, await app.datasets.get(job.guild_id, "jokes")), "x"
    )
    await app.database.write("UPDATE jobs SET remote_file_id = :file", {"file": file_id})
    server.history.clear()
    await app.tracker.round()
    assert routes(server) == ["list_jobs", "create_job"]
    assert server.calls("create_job")[0].body["training_file"] == file_id


async def uncertain(app: App, server: FakeModelServer, reply: Reply) -> Job:
    """A job whose create call ended in a way that does not tell whether the server acted."""
    job = await launch(app)
    server.script("create_job", reply)
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.remote_job_id, row.submitted_at, row.unreachable_since) == ("pending", None, START, START)
    assert routes(server) == ["files", "upload", "list_jobs", "create_job"]
    server.history.clear()
    return row


async def created_all_the_same(app: App, server: FakeModelServer, row: Job, launch_id: str) -> str:
    """The job that the server made of that call."""
    assert row.remote_file_id is not None
    made = await app.llm.fine_tuning.create_job(
        base_model=row.base_model, file_id=row.remote_file_id, epochs=None, suffix=None, launch_id=launch_id
    )
    server.history.clear()
    return made.id


@UNCERTAIN
async def test_an_uncertain_create_is_found_by_its_launch_id(app: App, server: FakeModelServer, reply: Reply) -> None:
    row = await uncertain(app, server, reply)
    remote_id = await created_all_the_same(app, server, row, row.launch_id)
    await app.tracker.round()
    found = await job_now(app, row)
    assert (found.status, found.remote_job_id, found.unreachable_since) == ("validating_files", remote_id, None)
    assert routes(server) == ["list_jobs"]


async def test_on_a_server_without_metadata_it_is_found_by_its_file(app: App, server: FakeModelServer) -> None:
    row = await uncertain(app, server, replies.error(500))
    remote_id = await created_all_the_same(app, server, row, "ignored")
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
    assert (ended.status, ended.error_code, ended.error_message) == ("failed", "not_confirmed", str(NOT_CONFIRMED))
    assert ended.finished_at == START + GRACE + timedelta(seconds=1)
    assert routes(server) == ["list_jobs", "list_jobs"]


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
async def test_where_the_list_cannot_be_read_the_launch_stays_open(
    app: App, server: FakeModelServer, clock: StillClock, status: int
) -> None:
    row = await uncertain(app, server, replies.error(500))
    remote_id = await created_all_the_same(app, server, row, row.launch_id)
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
        "The model server does not permit this: “No rights”. Ask the bot's operator to check the key's rights.",
    ),
    "bad request": (
        replies.error(400, "Model cannot be tuned.", "model_not_available"),
        "model_not_available",
        "The model server declined the request: “Model cannot be tuned”.",
    ),
    "unknown model": (
        replies.error(404, "No such model", "model_not_found"),
        "model_not_found",
        "The model server does not have the base model gpt-4.1-mini-2025-04-14: “No such model”.",
    ),
    "no credit": (
        replies.error(429, "Quota", "insufficient_quota"),
        "insufficient_quota",
        "The account at the model server has no credit left. Ask the bot's operator to top it up.",
    ),
    "closed": (replies.error(403, "Closed", "training_not_available"), "training_not_available", str(TRAINING_CLOSED)),
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
    assert (row.status, row.error_code, row.error_message) == ("failed", "training_not_available", str(TRAINING_CLOSED))
    assert routes(server) == ["files", "upload"]


@pytest.mark.parametrize("lost", [1, 3])
async def test_an_upload_whose_answer_was_lost_is_found_and_not_repeated(
    app: App, server: FakeModelServer, lost: int
) -> None:
    await launch(app)
    server.gate = Gate(Point("upload", 1, "after"))
    server.script("files", *[replies.error(500)] * (lost - 1))
    server.gate.open()
    for _ in range(lost + 1):
        await app.tracker.round()
    assert (len(server.calls("upload")), len(server.jobs.files)) == (1, 1)
    assert len(server.jobs.jobs) == 1


async def test_a_claim_that_was_lost_with_the_power_creates_no_second_job(app: App, server: FakeModelServer) -> None:
    job = await launch(app)
    await app.tracker.round()
    (remote_id,) = server.jobs.jobs
    await app.database.write("UPDATE jobs SET status = 'pending', submitted_at = NULL, remote_job_id = NULL")
    await app.tracker.round()
    assert list(server.jobs.jobs) == [remote_id]
    assert (await job_now(app, job)).remote_job_id == remote_id
    assert len(server.calls("create_job")) == 1


async def test_a_restored_backup_repeats_neither_upload_nor_job(app: App, server: FakeModelServer) -> None:
    job = await launch(app)
    await app.tracker.round()
    await app.database.write(
        "UPDATE jobs SET status = 'pending', submitted_at = NULL, remote_job_id = NULL, remote_file_id = NULL"
    )
    await app.tracker.round()
    assert (len(server.jobs.files), len(server.jobs.jobs)) == (1, 1)
    assert (await job_now(app, job)).remote_file_id in server.jobs.files


ENDS = pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled"])


@ENDS
async def test_after_the_end_nothing_of_ours_stays_on_the_server(
    app: App, server: FakeModelServer, clock: StillClock, status: str
) -> None:
    job = await launch(app)
    await app.tracker.round()
    await app.llm.fine_tuning.upload_training_file(
        path_of(app, await app.datasets.get(GUILD, "jokes")), f"{job.launch_id}.jsonl"
    )
    await app.llm.fine_tuning.upload_training_file(path_of(app, await app.datasets.get(GUILD, "jokes")), "theirs.jsonl")
    (remote_id,) = server.jobs.jobs
    server.jobs.move(remote_id, status)
    await app.tracker.round()
    clock.advance(seconds=2)
    await app.tracker._work()
    assert [upload.filename for upload in server.jobs.files.values()] == ["theirs.jsonl"]
    row = await job_now(app, job)
    assert (row.status, row.remote_file_id) == (status, None)


async def test_files_that_cannot_be_deleted_now_are_deleted_later_and_change_nothing_in_the_verdict(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    job = await launch(app)
    server.script("create_job", replies.error(403, "Closed", "training_not_available"))
    server.script("delete_file", replies.error(500))
    for _ in range(4):
        await app.tracker._work()
        clock.advance(minutes=1)
    row = await job_now(app, job)
    assert (row.status, row.error_message, row.unreachable_since) == ("failed", str(TRAINING_CLOSED), None)
    assert server.jobs.files == {}
