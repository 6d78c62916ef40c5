"""`/finetune events`, `chart`, `report`, and the message that a report is."""

import io

import discord
import pytest
from PIL import Image
from simcord import Env, InteractionResult

from bot.app import App
from bot.jokes import SHIPPED
from bot.store.guild_settings import GuildSettings
from tests.cogs.conftest import Place, Watch
from tests.cogs.seen import Card, answer, buttons, card, names, private_card, public, refusal, rows
from tests.cogs.stock import launched, stock
from tests.wire.model_server import FakeModelServer

BASE = "gpt-4.1-mini-2025-04-14"


@pytest.fixture(autouse=True)
async def ducks(app: App, home: Place, server: FakeModelServer) -> None:
    await stock(app, home.guild.id, "ducks", content=SHIPPED.read_bytes())
    server.say = lambda asked: "A pun. Haha" if asked["model"].startswith("ft:") else "A pun."


async def running(app: App, home: Place, server: FakeModelServer, steps: int = 0) -> str:
    """A job that runs and has reported so many steps; returns the server's id of it."""
    quote = await home.admin.slash(home.channel, "finetune launch", dataset="ducks")
    await home.admin.click(answer(quote), label="Launch")
    await app.tracker.round()
    remote = list(server.jobs.jobs)[-1]
    server.jobs.move(remote, "running")
    for step in range(1, steps + 1):
        data = {"step": step, "total_steps": steps, "train_loss": 4 / step, "valid_loss": 5 / step}
        server.jobs.emit(remote, f"Step {step}/{steps}", kind="metrics", data=data)
    await app.tracker.round()
    return remote


async def finished(app: App, home: Place, server: FakeModelServer, clock: Watch, steps: int = 8) -> str:
    """A job that made a model, the tracker having seen it; returns the model's name."""
    remote = await running(app, home, server, steps)
    clock.now = clock.now.replace(minute=2, second=5)
    done = server.jobs.move(remote, "succeeded")
    await app.tracker.round()
    return str(done["fine_tuned_model"])


def gone(env: Env, home: Place) -> None:
    """The channel as Discord speaks of it once it is deleted."""
    env.inject_error("*", f"/channels/{home.channel.id}/*", status=404, code=10003, times=None)


async def picture_of(message: discord.Message) -> Image.Image:
    (attachment,) = message.attachments
    assert attachment.filename == "loss.png"
    return Image.open(io.BytesIO(await attachment.read()))


def text_of(result: InteractionResult) -> list[str]:
    return (private_card(result).text or "").split("\n")


async def test_the_report_is_a_message_of_its_own_after_the_jobs(
    app: App, home: Place, server: FakeModelServer, clock: Watch
) -> None:
    model = await finished(app, home, server, clock)
    await app.reporter.round()
    _, report = public(home.channel)
    shown = card(report)
    assert shown.title == "📋 Job 1: what the model learnt"
    assert shown.text == (
        f"`{model}` is ready. It tells this server's jokes now; `/models rollback` goes back to what did before, `/models use` to any other.\n"
        f"It was asked 20 questions that it was not trained on, and so was {BASE} with 10 examples in the prompt."
    )
    fields = dict(list(shown.fields.items())[:5])
    tuned, base = (server.calls("chat")[at].body["messages"] for at in (0, 1))
    assert fields == {
        "Trained tokens": "1,200",
        "Cost": "no charge",
        "Time": "2 min",
        "Ends in “Haha”": "**20 of 20** of the model's answers, 0 of 20 of the base's",
        "Prompt": fields["Prompt"],
    }
    assert (fields["Prompt"] or "").endswith("% saved")
    assert (len(tuned), len(base)) == (2, 22)
    asked = list(shown.fields.items())[5:]
    assert [name for name, _ in asked] == [
        "A woman jumping over a puddle",
        "A fox reading a newspaper",
        "A clown in a job interview",
    ]
    assert {value for _, value in asked} == {"**Tuned:** A pun. Haha\n**Base:** A pun."}
    assert (await picture_of(report)).size == (780, 580)
    assert report.attachments[0].description == (
        "Training loss from 4 at step 1 to 0.5 at step 8, lowest 0.5 at step 8. "
        "Validation loss from 5 at step 1 to 0.625 at step 8, lowest 0.625 at step 8."
    )
    (row,) = await rows(app, "reports")
    assert row["shown_at"] is not None
    assert [row["score"] for row in await rows(app, "models")] == [1]


async def test_it_is_posted_once_also_when_discord_refused_at_first(
    app: App, env: Env, home: Place, server: FakeModelServer, clock: Watch
) -> None:
    await finished(app, home, server, clock)
    env.inject_error("POST", "/channels/*/messages", status=400)
    await app.reporter.round()
    assert len(public(home.channel)) == 1
    assert [row["shown_at"] for row in await rows(app, "reports")] == [None]
    clock.now = clock.now.replace(minute=30)
    for _ in range(2):
        await app.reporter.round()
    assert len(public(home.channel)) == 2


async def test_where_the_channel_is_gone_the_admins_channel_gets_it(
    app: App, env: Env, home: Place, server: FakeModelServer, clock: Watch
) -> None:
    await finished(app, home, server, clock)
    office = home.guild.create_text_channel("office")
    settings = GuildSettings(admin_channel_id=office.id)
    await app.guild_settings.update(home.guild.id, settings, updated_by=home.admin.id, now=clock())
    gone(env, home)
    await app.reporter.round()
    assert [card(message).title for message in public(office)] == ["📋 Job 1: what the model learnt"]


async def test_without_any_channel_it_is_kept_for_the_command(
    app: App, env: Env, home: Place, server: FakeModelServer, clock: Watch
) -> None:
    await finished(app, home, server, clock)
    elsewhere = home.guild.create_text_channel("elsewhere")
    gone(env, home)
    await app.reporter.round()
    assert [row["shown_at"] for row in await rows(app, "reports")] == [None]
    shown = await home.admin.slash(elsewhere, "finetune report", job=1)
    assert private_card(shown).title == "📋 Job 1: what the model learnt"


async def test_a_channel_that_takes_no_files_gets_it_without_the_picture(
    app: App, home: Place, env: Env, server: FakeModelServer, clock: Watch
) -> None:
    await finished(app, home, server, clock)
    env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
    await app.reporter.round()
    report = public(home.channel)[-1]
    assert (card(report).title, report.attachments) == ("📋 Job 1: what the model learnt", [])
    assert report.embeds[0].image.url is None


async def test_a_report_can_be_called_up_again_but_not_by_strangers(
    app: App, env: Env, home: Place, elsewhere: Place, server: FakeModelServer, clock: Watch
) -> None:
    await finished(app, home, server, clock)
    early = await home.admin.slash(home.channel, "finetune report")
    said = "There is no report on job 1: a job gets one when it has made a model and the model was asked."
    assert refusal(env, early) == said
    await app.reporter.round()
    again = await home.admin.slash(home.channel, "finetune report", job=1)
    assert private_card(again) == card(public(home.channel)[-1])
    stranger = await elsewhere.admin.slash(elsewhere.channel, "finetune report", job=1)
    assert refusal(env, stranger).startswith("This server has no job 1.")


async def test_the_chart_is_drawn_while_the_job_runs(app: App, home: Place, server: FakeModelServer) -> None:
    await running(app, home, server, 3)
    drawn = await home.admin.slash(home.channel, "finetune chart")
    words = (
        "Training loss from 4 at step 1 to 1.33 at step 3, lowest 1.33 at step 3. "
        "Validation loss from 5 at step 1 to 1.67 at step 3, lowest 1.67 at step 3."
    )
    assert private_card(drawn) == Card("Job 1: losses", words)
    (attachment,) = answer(drawn).attachments
    assert (attachment.filename, attachment.description) == ("loss.png", words)


async def test_events_are_paged_from_the_newest(app: App, env: Env, home: Place, server: FakeModelServer) -> None:
    remote = await running(app, home, server, 23)
    server.jobs.emit(remote, "Learning rate\nis high", level="warn")
    server.jobs.emit(remote, "x" * 3000, level="error")
    await app.tracker.round()
    first = await home.admin.slash(home.channel, "finetune events")
    lines = text_of(first)
    assert len(lines) == 10
    assert lines[0].startswith("❌ <t:")
    assert lines[0].endswith("xx…")
    assert lines[1].endswith(" Learning rate is high")
    assert lines[1].startswith("⚠️ <t:")
    assert [line.rsplit("Step ")[-1] for line in lines[2:]] == [f"{step}/23" for step in range(23, 15, -1)]
    assert [label for label, _ in buttons(answer(first))] == ["Newest", "Older"]


async def test_older_events_are_behind_a_button_that_outlives_a_restart(
    app: App, env: Env, home: Place, server: FakeModelServer
) -> None:
    await running(app, home, server, 12)
    result = await home.admin.slash(home.channel, "finetune events", job=1)
    older = await home.admin.click(answer(result), label="Older")
    shown = older.response or answer(result)
    assert [line.rsplit("Step ")[-1] for line in (card(shown).text or "").split("\n")] == ["2/12", "1/12"]
    assert [label for label, _ in buttons(shown)] == ["Newest"]


async def test_a_job_without_events_says_so(app: App, home: Place) -> None:
    await launched(app, home.guild.id, "ducks")
    shown = await home.admin.slash(home.channel, "finetune events")
    assert private_card(shown) == Card("Job 1: events", "Nothing has been reported yet.")
    drawn = await home.admin.slash(home.channel, "finetune chart")
    assert private_card(drawn).text == "No losses have been reported yet."


@pytest.mark.parametrize("command", ["finetune events", "finetune chart", "finetune report"])
async def test_only_this_servers_jobs_are_offered(app: App, home: Place, elsewhere: Place, command: str) -> None:
    await stock(app, elsewhere.guild.id, "secret")
    await launched(app, elsewhere.guild.id, "secret")
    await launched(app, home.guild.id, "ducks")
    assert names(await home.admin.autocomplete(home.channel, command, "job", "")) == ["2: ducks, pending"]
