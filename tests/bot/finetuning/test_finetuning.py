"""What admins do with jobs: quote, launch once, look, and cancel in every state."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.errors import ConflictError, InvalidInputError, NotFoundError, RequestRefusedError, UserError
from bot.finetuning.progress import expected_finish
from bot.model_server.models import RemoteModel
from tests.bot.parts import (
    ADMIN,
    CHANNEL,
    GUILD,
    MEMBER,
    OTHER_GUILD,
    START,
    StillClock,
    change_job,
    count,
    job_now,
    launch,
    own_model,
    settings_for,
    training_file,
    upload,
    waiting,
)
from tests.wire import replies
from tests.wire.model_server import FakeModelServer


@pytest.fixture
async def paying_app(server: FakeModelServer, tmp_path: Path, clock: StillClock) -> AsyncIterator[App]:
    """Fine-tuning at a server that sends a bill; nothing is asked there."""
    settings = settings_for(tmp_path, server.url, finetune_base_url="https://api.openai.invalid/v1")
    async with open_app(settings, clock) as app:
        listed = (RemoteModel("gpt-4.1-mini-2025-04-14", "openai", None), RemoteModel("llama-9", "", None))
        app.finetunes._catalogue._lists[True] = (float("inf"), {model.id: model for model in listed})
        yield app


async def test_a_quote_is_tokens_times_epochs(app: App) -> None:
    dataset = await upload(app, training_file(10))
    offer = await app.finetunes.quote(GUILD, CHANNEL, ADMIN, "JOKES", epochs=4, suffix=" puns ")
    quote = offer.quote
    assert (offer.dataset, offer.expected_epochs) == (dataset, 4)
    assert quote.training_tokens == dataset.tokens * 4
    assert (quote.guild_id, quote.channel_id, quote.dataset_id) == (GUILD, CHANNEL, dataset.id)
    assert (quote.base_model, quote.epochs, quote.suffix) == ("gpt-4.1-mini-2025-04-14", 4, "puns")
    assert (quote.created_by, quote.created_at) == (ADMIN, START)


async def test_epochs_left_open_are_quoted_by_openais_rule_and_left_to_the_server(app: App) -> None:
    dataset = await upload(app, training_file(10))
    offer = await app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes", base_model="practice-1")
    assert (offer.expected_epochs, offer.quote.epochs, offer.quote.base_model) == (10, None, "practice-1")
    assert offer.quote.training_tokens == dataset.tokens * 10


async def test_a_small_base_gets_fewer_epochs_unless_an_admin_chooses(app: App) -> None:
    await upload(app, training_file(40))
    listed = RemoteModel("small", "punchline", None, parameters=134_515_008)
    app.finetunes._catalogue._lists[True] = (float("inf"), {"small": listed})
    offer = await app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes", base_model="small")
    assert (offer.expected_epochs, offer.quote.epochs) == (2, 2)
    offer = await app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes", base_model="small", epochs=3)
    assert (offer.expected_epochs, offer.quote.epochs) == (3, 3)


async def test_ones_own_engine_costs_nothing(app: App) -> None:
    await upload(app, training_file())
    assert (await app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes")).quote.cost_microdollars == 0


async def test_a_server_that_sends_a_bill_is_quoted_by_the_price_list(paying_app: App) -> None:
    dataset = await upload(paying_app, training_file())
    offer = await paying_app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes", epochs=2)
    assert offer.quote.cost_microdollars == dataset.tokens * 2 * 5
    unknown = await paying_app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes", base_model="llama-9")
    assert unknown.quote.cost_microdollars is None


async def test_without_the_dataset_there_is_no_quote(app: App) -> None:
    await upload(app, training_file(), guild_id=OTHER_GUILD)
    with pytest.raises(NotFoundError) as refused:
        await app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes")
    assert str(refused.value) == "There is no dataset “jokes” here. `/dataset list` shows what there is."
    assert await count(app.database, "quotes") == 0


async def test_a_launch_writes_a_pending_row_and_asks_nobody(app: App, server: FakeModelServer) -> None:
    await upload(app, training_file())
    offer = await app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes")
    server.history.clear()
    job = await app.finetunes.launch(GUILD, MEMBER, offer.quote.id, 77)
    assert (job.status, job.quote_id, job.created_by) == ("pending", offer.quote.id, MEMBER)
    (owed,) = await waiting(app)
    assert (owed.subject, owed.channels, owed.message_id) == (str(job.id), (CHANNEL,), 77)
    assert job.launch_id.startswith("punchline-")
    assert (server.history, await app.finetunes.get(GUILD)) == ([], job)


async def refusal(app: App, quote_id: int, guild_id: int = GUILD) -> str:
    with pytest.raises(UserError) as refused:
        await app.finetunes.launch(guild_id, ADMIN, quote_id, None)
    return str(refused.value)


GONE = "This quote is no longer saved. Ask for a new one with `/finetune launch`."


async def test_a_quote_is_taken_once_and_by_its_own_server(app: App) -> None:
    job = await launch(app)
    assert await refusal(app, job.quote_id) == (
        f"Job {job.id} is pending, and a server runs one job at a time. "
        f"Wait for it, or stop it with `/finetune cancel {job.id}`."
    )
    await app.job_control.cancel(GUILD, job.id)
    assert await refusal(app, job.quote_id) == (
        "This quote was launched already. Ask for a new one with `/finetune launch`."
    )
    assert await refusal(app, job.quote_id, OTHER_GUILD) == GONE
    assert await refusal(app, 999) == GONE
    assert await count(app.database, "jobs") == 1


async def test_while_a_job_runs_there_is_no_second_quote_and_an_older_one_waits(app: App) -> None:
    await upload(app, training_file())
    older = await app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes")
    job = await launch(app)
    await change_job(app, job, status="running")
    text = (
        f"Job {job.id} is running, and a server runs one job at a time. "
        f"Wait for it, or stop it with `/finetune cancel {job.id}`."
    )
    with pytest.raises(ConflictError) as refused:
        await app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes")
    assert str(refused.value) == text
    assert await refusal(app, older.quote.id) == text
    await launch(app, guild_id=OTHER_GUILD)


async def test_jobs_are_found_by_number_or_the_newest_and_only_ones_own(app: App) -> None:
    with pytest.raises(NotFoundError) as refused:
        await app.finetunes.get(GUILD)
    assert str(refused.value) == "This server has no fine-tuning job yet. `/finetune launch` starts one."
    theirs, mine = await launch(app, guild_id=OTHER_GUILD), await launch(app)
    assert await app.finetunes.get(GUILD, mine.id) == await app.finetunes.get(GUILD) == mine
    assert await app.finetunes.list(GUILD, 25) == (mine,)
    with pytest.raises(NotFoundError) as refused:
        await app.finetunes.get(GUILD, theirs.id)
    hint = "`/finetune list` shows its jobs, `/finetune launch` starts one."
    assert str(refused.value) == f"This server has no job {theirs.id}. {hint}"


async def test_a_job_that_nobody_knows_yet_is_cancelled_here(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    job = await launch(app)
    clock.advance(seconds=5)
    cancelled = await app.job_control.cancel(GUILD, job.id)
    assert (cancelled.status, cancelled.finished_at) == ("cancelled", clock.now)
    await app.tracker.round()
    assert (server.calls("upload"), server.calls("create_job"), server.calls("cancel_job")) == ([], [], [])


async def test_a_job_that_is_being_handed_over_cannot_be_cancelled_yet(app: App, server: FakeModelServer) -> None:
    job = await launch(app)
    server.script("create_job", replies.error(500))
    await app.tracker.round()
    with pytest.raises(ConflictError) as refused:
        await app.job_control.cancel(GUILD, job.id)
    assert str(refused.value) == (
        f"Job {job.id} is being sent to the model server right now. Try again in a few seconds."
    )
    assert (await job_now(app, job)).status == "pending"


async def test_a_running_job_is_cancelled_by_the_server_and_its_end_read_by_the_tracker(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    job = await launch(app)
    await app.tracker.round()
    clock.advance(minutes=1)
    await app.job_control.cancel(GUILD, job.id)
    assert len(server.calls("cancel_job")) == 1
    (remote_id,) = server.jobs.jobs
    server.jobs.jobs[remote_id]["trained_tokens"] = 900
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.finished_at, row.trained_tokens) == ("cancelled", clock.now, 900)


@pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled"])
async def test_what_is_over_cannot_be_stopped(app: App, server: FakeModelServer, status: str) -> None:
    job = await launch(app)
    await change_job(app, job, status=status)
    with pytest.raises(ConflictError) as refused:
        await app.job_control.cancel(GUILD, job.id)
    assert str(refused.value) == f"Job {job.id} has already ended ({status})."
    assert server.calls("cancel_job") == []


async def test_a_refused_cancel_leaves_the_row_as_it_is(app: App, server: FakeModelServer) -> None:
    job = await launch(app)
    await app.tracker.round()
    before = await job_now(app, job)
    server.script("cancel_job", replies.error(400, "Job has already completed."))
    with pytest.raises(RequestRefusedError) as refused:
        await app.job_control.cancel(GUILD, job.id)
    assert str(refused.value) == "The model server declined the request: “Job has already completed”."
    assert await job_now(app, job) == before


async def test_a_job_that_ends_before_it_can_be_stopped_still_gives_its_model(
    app: App, server: FakeModelServer
) -> None:
    job = await launch(app)
    await app.tracker.round()
    (remote_id,) = server.jobs.jobs
    done = server.jobs.move(remote_id, "succeeded")
    server.script("cancel_job", replies.ok(done))
    await app.job_control.cancel(GUILD, job.id)
    await app.tracker.round()
    assert (await job_now(app, job)).status == "succeeded"
    assert [model.model for model in (await app.registry.models(GUILD)).models] == [done["fine_tuned_model"]]


async def test_another_servers_job_cannot_be_cancelled(app: App) -> None:
    job = await launch(app, guild_id=OTHER_GUILD)
    with pytest.raises(NotFoundError):
        await app.job_control.cancel(GUILD, job.id)
    assert (await job_now(app, job)).status == "pending"


async def test_the_end_is_expected_at_the_pace_so_far_unless_the_server_knows(app: App) -> None:
    job = await launch(app)
    now = START + timedelta(minutes=1)
    assert expected_finish(job, now) is None
    job = await change_job(
        app, job, status="running", running_since=START, running_from_step=0, step=10, total_steps=40
    )
    assert expected_finish(job, now) == START + timedelta(minutes=4)
    assert expected_finish(job, START) is None
    told = START + timedelta(minutes=9)
    job = await change_job(app, job, estimated_finish=told)
    assert expected_finish(job, now) == told
    assert expected_finish(job, told) == told + timedelta(minutes=27)
    job = await change_job(app, job, step=41)
    assert expected_finish(job, told) == told


async def test_after_a_break_only_the_steps_since_then_tell_the_pace(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    job = await launch(app)
    await app.tracker.round()
    (remote_id,) = server.jobs.jobs
    for status, step in (("running", 1), ("running", 50), ("paused", 50), ("running", 50)):
        clock.advance(minutes=1)
        server.jobs.move(remote_id, status)
        server.jobs.emit(remote_id, "step", kind="metrics", data={"step": step, "total_steps": 60, "train_loss": 1.0})
        await app.tracker.round()
    assert expected_finish(await job_now(app, job), clock.now) is None
    clock.advance(hours=5)
    server.jobs.move(remote_id, "paused")
    await app.tracker.round()
    clock.advance(hours=1)
    server.jobs.move(remote_id, "running")
    await app.tracker.round()
    clock.advance(minutes=1)
    server.jobs.emit(remote_id, "step", kind="metrics", data={"step": 55, "total_steps": 60, "train_loss": 1.0})
    await app.tracker.round()
    assert expected_finish(await job_now(app, job), clock.now) == clock.now + timedelta(minutes=1)


async def test_only_bases_of_the_server_and_models_of_ones_own_can_be_tuned(app: App, server: FakeModelServer) -> None:
    await upload(app, training_file())
    server.models["ft:gpt:theirs"] = server.models["llama-tuned"] = {"owned_by": "org"}
    await own_model(app, "ft:gpt:theirs", OTHER_GUILD)
    await own_model(app, "llama-tuned", OTHER_GUILD)
    await own_model(app, "ft:gpt:mine")
    await app.registry.rename(GUILD, "ft:gpt:mine", "Punny")
    for wanted in ("ft:gpt:theirs", "FT:GPT:THEIRS", "ft:gpt:theirs:ckpt-step-7", "llama-tuned", "nowhere", "base"):
        with pytest.raises(InvalidInputError, match=f"“{wanted}” is not a base model here"):
            await app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes", base_model=wanted)
    assert await count(app.database, "quotes") == 0
    for wanted, base in (("ft:gpt:mine", "ft:gpt:mine"), (" punny ", "ft:gpt:mine"), ("practice-1", "practice-1")):
        offer = await app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes", base_model=wanted)
        assert offer.quote.base_model == base


PAUSED = "Job 1 is {status} already. `/finetune resume 1` continues it."


@pytest.mark.parametrize(
    ("status", "act", "text"),
    [
        ("paused", "pause", PAUSED.format(status="paused")),
        ("pausing", "pause", PAUSED.format(status="pausing")),
        ("running", "resume", "Job 1 is not paused (it is running)."),
        ("succeeded", "pause", "Job 1 has already ended (succeeded)."),
        ("cancelled", "resume", "Job 1 has already ended (cancelled)."),
    ],
)
async def test_what_a_job_cannot_do_now_is_said_without_asking_the_server(
    app: App, server: FakeModelServer, status: str, act: str, text: str
) -> None:
    job = await launch(app)
    await app.tracker.round()
    await change_job(app, job, status=status)
    server.history.clear()
    with pytest.raises(ConflictError) as refused:
        await getattr(app.job_control, act)(GUILD, job.id)
    assert (str(refused.value), server.history) == (text, [])


@pytest.mark.parametrize(("owner", "taken"), [("punchline", False), ("openai", True), ("", True)])
async def test_examples_that_use_tools_are_quoted_only_where_they_can_be_trained_on(
    app: App, server: FakeModelServer, owner: str, taken: bool
) -> None:
    server.models = {"practice-1": {"owned_by": owner}}
    call = {"id": "call_1", "type": "function", "function": {"name": "laugh", "arguments": "{}"}}
    using = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "tool_calls": [call]}]}
    await upload(app, training_file(10) + json.dumps(using).encode() + b"\n")
    if taken:
        assert (await app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes")).quote.base_model == "practice-1"
        return
    with pytest.raises(InvalidInputError) as refused:
        await app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes")
    assert str(refused.value) == (
        "This dataset has 1 example with tools, and practice-1 learns from text only. Upload it without them, or choose "
        "another base model."
    )
    assert await count(app.database, "quotes") == 0
