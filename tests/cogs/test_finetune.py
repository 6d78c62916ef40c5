"""`/finetune`: quote, launch, one message that follows the job to its end, and a model that tells jokes."""

from datetime import timedelta

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.app import App
from tests.bot.parts import path_of
from tests.cogs.conftest import Background, Place, Watch
from tests.cogs.seen import Card, answer, buttons, card, public, public_card, refusal, rows
from tests.cogs.stock import stock
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

BASE = "gpt-4.1-mini-2025-04-14"
FIELDS = {"Dataset": "ducks", "Base model": BASE}


@pytest.fixture(autouse=True)
async def ducks(app: App, home: Place) -> None:
    await stock(app, home.guild.id, "ducks")


async def take(channel: ChannelHandle, admin: MemberActor, **options: object) -> None:
    """Ask for a quote and launch it."""
    quote = await admin.slash(channel, "finetune launch", dataset="ducks", **options)
    await admin.click(answer(quote), label="Launch")


def job_id(server: FakeModelServer) -> str:
    return list(server.jobs.jobs)[-1]


async def test_a_quote_says_what_would_be_trained_and_launches_nothing(
    app: App, server: FakeModelServer, channel: ChannelHandle, admin: MemberActor, background: Background
) -> None:
    quote = await admin.slash(channel, "finetune launch", dataset="DUCKS")
    fields = {"Base model": BASE, "Epochs": "8 (auto)", "Tokens": "about 2,496 = 312 × 8"}
    assert public_card(quote) == Card(
        "Train a model on “ducks”?", "**No charge:** your own engine trains it.", None, fields
    )
    assert buttons(answer(quote)) == [("🚀 Launch", "launch:1"), ("Cancel", "decline:1")]
    (row,) = await rows(app, "quotes")
    assert (row["epochs"], row["training_tokens"], row["cost_microdollars"]) == (None, 2496, 0)
    assert (row["created_by"], row["channel_id"]) == (admin.id, channel.id)
    await background.track()
    assert (await rows(app, "jobs"), server.calls("upload"), server.calls("create_job")) == ([], [], [])


async def test_what_the_admin_chose_is_quoted_and_reaches_the_server(
    app: App, server: FakeModelServer, channel: ChannelHandle, admin: MemberActor, background: Background
) -> None:
    chosen = {"base_model": "practice-1", "epochs": 3, "suffix": "quack"}
    quote = await admin.slash(channel, "finetune launch", dataset="ducks", **chosen)
    fields = {"Base model": "practice-1", "Epochs": "3", "Tokens": "about 936 = 312 × 3", "Suffix": "quack"}
    assert public_card(quote).fields == fields
    await admin.click(answer(quote), label="Launch")
    await background.track()
    (created,) = server.calls("create_job")
    assert (created.body["model"], created.body["suffix"]) == ("practice-1", "quack")
    assert created.body["method"]["supervised"]["hyperparameters"] == {"n_epochs": 3}
    (uploaded,) = server.calls("upload")
    (dataset,) = await app.datasets.list(admin.guild.id)
    assert uploaded.files[0].data == path_of(app, dataset).read_bytes()


async def test_blank_choices_count_as_none(app: App, channel: ChannelHandle, admin: MemberActor) -> None:
    quote = await admin.slash(channel, "finetune launch", dataset="ducks", base_model=" ", suffix="  ")
    assert next(iter(public_card(quote).fields.items())) == ("Base model", BASE)
    assert [(row["base_model"], row["suffix"]) for row in await rows(app, "quotes")] == [(BASE, None)]


async def test_cancel_leaves_the_quote_and_launches_nothing(
    app: App, channel: ChannelHandle, admin: MemberActor
) -> None:
    quote = await admin.slash(channel, "finetune launch", dataset="ducks")
    await admin.click(answer(quote), label="Cancel")
    (message,) = public(channel)
    assert (message.content, message.embeds, message.components) == ("Nothing was launched.", [], [])
    assert await rows(app, "jobs") == []


async def test_one_message_follows_the_job_until_its_model_tells_the_jokes(
    app: App,
    server: FakeModelServer,
    clock: Watch,
    channel: ChannelHandle,
    admin: MemberActor,
    member: MemberActor,
    background: Background,
) -> None:
    await take(channel, admin)
    (message,) = public(channel)
    assert message.components == []  # nobody can launch it twice
    (row,) = await rows(app, "jobs")
    assert (row["status"], row["created_by"]) == ("pending", admin.id)
    assert [owed["message_id"] for owed in await rows(app, "outbox")] == [message.id]

    await background.track()
    assert card(channel.last_message) == Card("🔎 Job 1: the model server checks the training file", None, None, FIELDS)
    remote = job_id(server)
    (row,) = await rows(app, "jobs")
    assert (row["status"], row["remote_job_id"]) == ("validating_files", remote)

    server.jobs.move(remote, "queued")
    await background.track()
    assert card(channel.last_message).title == "⏳ Job 1: waiting in the queue"

    server.jobs.move(remote, "running")
    await background.track()
    assert card(channel.last_message) == Card("🏋️ Job 1: training", None, None, FIELDS)

    clock.now += timedelta(seconds=57)  # sixty until the next round
    metrics = {"step": 12, "total_steps": 96, "train_loss": 1.23456}
    server.jobs.emit(remote, "Step 12/96", kind="metrics", data=metrics)
    await background.track()
    text = (
        "`██░░░░░░░░░░░░░░░░░░` 12%\nStep 12 of 96\nTraining loss 1.235\n"
        f"Ready <t:{clock.after(420)}:R>"  # 84 steps more, each as long as the first twelve took
    )
    assert card(channel.last_message) == Card("🏋️ Job 1: training", text, None, FIELDS)
    (row,) = await rows(app, "jobs")
    assert (row["step"], row["total_steps"], row["train_loss"]) == (12, 96, 1.23456)

    server.jobs.move(remote, "succeeded")
    model = f"ft:{BASE}:loopback::{remote[-4:]}"
    await background.track()
    done = card(channel.last_message)
    assert done.title == "✅ Job 1: done"
    assert (done.text or "").endswith("The new model is ready, and tells this server's jokes now. Try `/joke`.")
    assert done.fields == {**FIELDS, "Trained tokens": "1,200 (the quote's estimate was 2,496)"}
    assert [shown.id for shown in public(channel)] == [message.id]
    (row,) = await rows(app, "jobs")
    assert (row["status"], row["fine_tuned_model"]) == ("succeeded", model)
    assert [(kept["model"], kept["job_id"]) for kept in await rows(app, "models")] == [(model, 1)]

    told = await member.slash(channel, "joke", scenario="A duck")
    assert public_card(told).footer == "Told by this server's own model"


async def test_a_second_model_waits_until_an_admin_switches_to_it(
    app: App,
    server: FakeModelServer,
    channel: ChannelHandle,
    admin: MemberActor,
    member: MemberActor,
    background: Background,
) -> None:
    for _ in range(2):
        server.jobs.plan = ("succeeded",)
        await take(channel, admin)
        await background.track()
        await background.track()
    first, second = (row["model"] for row in await rows(app, "models"))
    assert card(channel.last_message).text == "The new model is ready. `/models use` switches to it."
    await member.slash(channel, "joke", scenario="A duck")
    await admin.slash(channel, "models use", model=second)
    await member.slash(channel, "joke", scenario="A duck")
    assert [call.body["model"] for call in server.calls("chat")] == [first, second]


async def test_the_servers_own_estimate_of_the_end_is_preferred(
    app: App, server: FakeModelServer, clock: Watch, channel: ChannelHandle, admin: MemberActor, background: Background
) -> None:
    await take(channel, admin)
    await background.track()
    finish = clock.after(90)
    server.jobs.move(job_id(server), "running", estimated_finish=finish)
    await background.track()
    assert card(channel.last_message).text == f"Ready <t:{finish}:R>"


async def test_no_end_is_foretold_from_the_first_of_many_steps(
    app: App, server: FakeModelServer, clock: Watch, channel: ChannelHandle, admin: MemberActor, background: Background
) -> None:
    await take(channel, admin)
    await background.track()
    finish = clock.after(90)
    for step, told in ((7, ""), (8, f"\nReady <t:{finish}:R>")):  # of 364, the eighth is the first above 2%
        server.jobs.move(job_id(server), "running", estimated_finish=finish)
        server.jobs.emit(job_id(server), "A step", kind="metrics", data={"step": step, "total_steps": 364})
        await background.track()
        assert card(channel.last_message).text == f"`░░░░░░░░░░░░░░░░░░░░` 2%\nStep {step} of 364{told}"


async def test_a_message_that_was_deleted_is_sent_anew(
    app: App, server: FakeModelServer, channel: ChannelHandle, admin: MemberActor, background: Background
) -> None:
    await take(channel, admin)
    (first,) = public(channel)
    await first.delete()
    await background.track()
    (second,) = public(channel)
    assert second.id != first.id
    assert card(second).title == "🔎 Job 1: the model server checks the training file"
    server.jobs.move(job_id(server), "queued")
    await background.track()
    assert [message.id for message in public(channel)] == [second.id]
    assert [owed["message_id"] for owed in await rows(app, "outbox")] == [second.id]


async def test_one_job_at_a_time(app: App, env: Env, channel: ChannelHandle, admin: MemberActor) -> None:
    one = answer(await admin.slash(channel, "finetune launch", dataset="ducks"))
    other = answer(await admin.slash(channel, "finetune launch", dataset="ducks"))
    await admin.click(one, label="Launch")
    busy = "Job 1 is pending, and a server runs one job at a time. Wait for it, or stop it with `/finetune cancel 1`."
    assert refusal(env, await admin.click(other, label="Launch")) == busy
    assert buttons(public(channel)[1]) == [("🚀 Launch", "launch:2"), ("Cancel", "decline:2")]  # for later
    assert refusal(env, await admin.slash(channel, "finetune launch", dataset="ducks")) == busy
    assert len(await rows(app, "jobs")) == 1


async def test_training_that_is_closed_to_the_account_is_explained_in_the_channel(
    app: App, server: FakeModelServer, channel: ChannelHandle, admin: MemberActor, background: Background
) -> None:
    server.script("create_job", replies.error(403, "closed", code="training_not_available"))
    await take(channel, admin)
    await background.track()
    failed = card(channel.last_message)
    assert failed.title == "❌ Job 1: failed"
    assert (failed.text or "").startswith("The model server no longer lets this account create fine-tuning jobs")
    assert (failed.text or "").endswith("The same launch will work there. (training\\_not\\_available)")
    (row,) = await rows(app, "jobs")
    assert (row["status"], row["error_code"]) == ("failed", "training_not_available")
    await background.track()
    assert server.jobs.files == {}  # what was uploaded in vain is taken back
