"""What admins do with jobs: quote, launch once, look, and cancel in every state."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.errors import ConflictError, NotFoundError, RequestRefusedError, UserError
from bot.finetuning.service import expected_finish
from bot.store.jobs import JobStore
from tests.bot.parts import (
    ADMIN,
    CHANNEL,
    GUILD,
    MEMBER,
    OTHER_GUILD,
    START,
    StillClock,
    count,
    job_now,
    launch,
    settings_for,
    training_file,
    upload,
)
from tests.wire import replies
from tests.wire.model_server import FakeModelServer


@pytest.fixture
async def paying_app(server: FakeModelServer, tmp_path: Path, clock: StillClock) -> AsyncIterator[App]:
    """Fine-tuning at a server that sends a bill; nothing is asked there."""
    settings = settings_for(tmp_path, server.url, finetune_base_url="https://api.openai.invalid/v1")
    async with open_app(settings, clock) as app:
        app.finetunes._catalogue._lists[True] = (float("inf"), ("gpt-4.1-mini-2025-04-14",))
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
    assert (job.status, job.quote_id, job.message_id, job.created_by) == ("pending", offer.quote.id, 77, MEMBER)
    assert job.launch_id.startswith("punchline-")
    assert (server.history, await app.finetunes.get(GUILD)) == ([], job)


async def refusal(app: App, quote_id: int, guild_id: int = GUILD) -> str:
    with pytest.raises(UserError) as refused:
        await app.finetunes.launch(guild_id, ADMIN, quote_id, None)
    return str(refused.value)


GONE = "This quote is no longer kept. Ask for a new one with `/finetune launch`."


async def test_a_quote_is_taken_once_and_by_its_own_server(app: App) -> None:
    job = await launch(app)
    assert await refusal(app, job.quote_id) == (
        f"Job {job.id} is pending, and a server has one job at a time. "
        f"Wait for it, or stop it with `/finetune cancel {job.id}`."
    )
    await app.steering.cancel(GUILD, job.id)
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
    await JobStore(app.database).update(job.id, status="running")
    text = (
        f"Job {job.id} is running, and a server has one job at a time. "
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
    hint = "`/finetune list` shows the jobs, `/finetune launch` starts one."
    assert str(refused.value) == f"This server has no fine-tuning job yet. {hint}"
    theirs, mine = await launch(app, guild_id=OTHER_GUILD), await launch(app)
    assert await app.finetunes.get(GUILD, mine.id) == await app.finetunes.get(GUILD) == mine
    assert await app.finetunes.list(GUILD) == (mine,)
    with pytest.raises(NotFoundError) as refused:
        await app.finetunes.get(GUILD, theirs.id)
    assert str(refused.value) == f"This server has no job {theirs.id}. {hint}"


async def test_a_job_that_nobody_knows_yet_is_cancelled_here(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    job = await launch(app)
    clock.advance(seconds=5)
    cancelled = await app.steering.cancel(GUILD, job.id)
    assert (cancelled.status, cancelled.finished_at) == ("cancelled", clock.now)
    await app.tracker.round()
    assert (server.calls("upload"), server.calls("create_job"), server.calls("cancel_job")) == ([], [], [])


async def test_a_job_that_is_being_handed_over_cannot_be_cancelled_yet(app: App, server: FakeModelServer) -> None:
    job = await launch(app)
    server.script("create_job", replies.error(500))
    await app.tracker.round()
    with pytest.raises(ConflictError) as refused:
        await app.steering.cancel(GUILD, job.id)
    assert str(refused.value) == (
        f"Job {job.id} is being handed to the model server right now. Try again in a few seconds."
    )
    assert (await job_now(app, job)).status == "pending"


async def test_a_running_job_is_cancelled_by_the_server(app: App, server: FakeModelServer, clock: StillClock) -> None:
    job = await launch(app)
    await app.tracker.round()
    clock.advance(minutes=1)
    cancelled = await app.steering.cancel(GUILD, job.id)
    assert len(server.calls("cancel_job")) == 1
    assert (cancelled.status, cancelled.finished_at) == ("cancelled", clock.now)
    assert await job_now(app, job) == cancelled


@pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled"])
async def test_what_is_over_cannot_be_stopped(app: App, server: FakeModelServer, status: str) -> None:
    job = await launch(app)
    await JobStore(app.database).update(job.id, status=status)
    with pytest.raises(ConflictError) as refused:
        await app.steering.cancel(GUILD, job.id)
    assert str(refused.value) == f"Job {job.id} is over already ({status}); there is nothing to stop."
    assert server.calls("cancel_job") == []


async def test_a_refused_cancel_leaves_the_row_as_it_is(app: App, server: FakeModelServer) -> None:
    job = await launch(app)
    await app.tracker.round()
    before = await job_now(app, job)
    server.script("cancel_job", replies.error(400, "Job has already completed."))
    with pytest.raises(RequestRefusedError) as refused:
        await app.steering.cancel(GUILD, job.id)
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
    await app.steering.cancel(GUILD, job.id)
    await app.tracker.round()
    assert (await job_now(app, job)).status == "succeeded"
    assert [model.model for model in (await app.registry.shelf(GUILD)).models] == [done["fine_tuned_model"]]


async def test_another_servers_job_cannot_be_cancelled(app: App) -> None:
    job = await launch(app, guild_id=OTHER_GUILD)
    with pytest.raises(NotFoundError):
        await app.steering.cancel(GUILD, job.id)
    assert (await job_now(app, job)).status == "pending"


async def test_the_end_is_expected_at_the_pace_so_far_unless_the_server_knows(app: App) -> None:
    store, job = JobStore(app.database), await launch(app)
    now = START + timedelta(minutes=1)
    assert expected_finish(job, now) is None
    job = await store.update(job.id, status="running", started_at=START, step=10, total_steps=40)
    assert expected_finish(job, now) == START + timedelta(minutes=4)
    assert expected_finish(job, START) is None
    told = START + timedelta(minutes=9)
    job = await store.update(job.id, estimated_finish=told)
    assert expected_finish(job, now) == told
    assert expected_finish(job, told) == told + timedelta(minutes=27)
    job = await store.update(job.id, step=41)
    assert expected_finish(job, told) == told
