"""`/finetune events`, `chart`, `report`, and the message that a report is."""

import io
import json

import discord
import pytest
from PIL import Image
from simcord import Env, InteractionResult

from bot.app import App
from bot.kinds import JOKE, SLOGAN
from bot.texts.common import NO_RIGHTS
from tests.cogs.conftest import Background, Place, Watch
from tests.cogs.seen import Card, answer, buttons, card, names, private_card, public, public_card, refusal, rows
from tests.cogs.stock import launched, stock
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

BASE = "gpt-4.1-mini-2025-04-14"


@pytest.fixture(autouse=True)
async def ducks(app: App, home: Place, server: FakeModelServer) -> None:
    await stock(app, home.guild.id, "ducks", content=JOKE.examples.read_bytes())
    server.say = lambda asked: "A pun. Haha" if asked["model"].startswith("ft:") else "A pun."
    vectors = {"A pun. Haha": [3.0, 4.0], "A pun.": [4.0, 3.0]}
    server.vector = lambda text: vectors.get(text, [1.0, 0.0])


async def running(
    background: Background, home: Place, server: FakeModelServer, steps: int = 0, dataset: str = "ducks"
) -> str:
    """A job that runs and has reported so many steps; returns the server's id of it."""
    quote = await home.admin.slash(home.channel, "finetune launch", dataset=dataset)
    await home.admin.click(answer(quote), label="Launch")
    await background.track()
    remote = list(server.jobs.jobs)[-1]
    server.jobs.move(remote, "running")
    for step in range(1, steps + 1):
        data = {"step": step, "total_steps": steps, "train_loss": 4 / step, "valid_loss": 5 / step}
        server.jobs.emit(remote, f"Step {step}/{steps}", kind="metrics", data=data)
    await background.track()
    return remote


async def finished(
    background: Background, home: Place, server: FakeModelServer, clock: Watch, steps: int = 8, dataset: str = "ducks"
) -> str:
    """A job that made a model, the tracker having seen it; returns the model's name."""
    remote = await running(background, home, server, steps, dataset)
    clock.now = clock.now.replace(minute=2, second=5)
    done = server.jobs.move(remote, "succeeded")
    await background.track()
    return str(done["fine_tuned_model"])


def gone(env: Env, home: Place) -> None:
    """The channel as Discord speaks of it once it is deleted."""
    env.inject_error("*", f"/channels/{home.channel.id}/*", status=404, code=10003, times=None)


async def picture_of(message: discord.Message) -> Image.Image:
    (attachment,) = message.attachments
    assert attachment.filename == "chart.png"
    return Image.open(io.BytesIO(await attachment.read()))


def text_of(result: InteractionResult) -> list[str]:
    return (private_card(result).text or "").split("\n")


async def test_the_report_is_a_message_of_its_own_after_the_jobs(
    background: Background, home: Place, server: FakeModelServer, clock: Watch
) -> None:
    model = await finished(background, home, server, clock)
    await background.report()
    _, report = public(home.channel)
    shown = card(report)
    assert shown.title == "📋 Job 1: what the model learned"
    assert shown.text == (
        "**Most of its jokes are the same: add more varied examples.**\n"
        "The new model is ready, and tells this server's jokes now.\n"
        "It and the base, with 10 examples in the prompt, answered 20 questions that neither was trained on."
    )
    fields = dict(list(shown.fields.items())[:4])
    tuned, base = (server.calls("chat")[at].body["messages"] for at in (0, 1))
    assert fields == {
        "Cost": "no charge",
        "Time": "2 minutes",
        "Ends in “Haha”": "**20 of 20** of the model's answers, 0 of 20 of the base's",
        "Prompt": fields["Prompt"],
    }
    assert (fields["Prompt"] or "").endswith("% saved")
    assert (len(tuned), len(base)) == (2, 22)
    asked = list(shown.fields.items())[4:]
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
    (kept,) = await rows(background.app, "models")
    assert (kept["model"], kept["score"]) == (model, 1)
    numbers = [(label, custom_id) for label, custom_id in buttons(report)]
    assert numbers == [
        ("🎭 Tell a joke", "tell-joke:1"),
        ("↩️ Roll back", "roll-back:1"),
        ("🏷️ Name it", "name-model:1"),
        ("🔍 Details", "report-details:1"),
    ]


async def test_ids_and_tokens_stand_under_details(
    background: Background, home: Place, server: FakeModelServer, clock: Watch
) -> None:
    model = await finished(background, home, server, clock)
    await background.report()
    details = await home.member.click(public(home.channel)[-1], label="Details")
    fields = {
        "Model": f"`{model}`",
        "Base model": BASE,
        "Dataset": "ducks",
        "Trained tokens": "1,200",
        "New answers": "20 of 20",
        "Different answers": "1 of 20",
        "Topic (cosine)": "0.60, the base's 0.80",
        "Words per answer": "3, the base's 2",
        "Validation loss": "0.625 at the end, lowest 0.625 at step 8",
    }
    assert private_card(details) == Card("Details", None, None, fields)


async def test_a_report_of_an_earlier_version_looks_as_it_did(
    background: Background, home: Place, server: FakeModelServer, clock: Watch
) -> None:
    await finished(background, home, server, clock)
    await background.report()
    (stored,) = await rows(background.app, "reports")
    report = json.loads(stored["report"])
    for later in ("jokes", "novel", "topic", "better_checkpoint", "asked_before"):
        del report[later]
    await background.app.database.write("UPDATE reports SET report = :report", {"report": json.dumps(report)})
    shown = private_card(await home.admin.slash(home.channel, "finetune report"))
    assert (shown.text or "").startswith("The new model is ready, and tells this server's jokes now.\nIt and the base,")
    details = await home.member.click(public(home.channel)[-1], label="Details")
    names_of_fields = list(private_card(details).fields)
    assert names_of_fields == [
        "Model",
        "Base model",
        "Dataset",
        "Trained tokens",
        "Words per answer",
        "Validation loss",
    ]


async def test_new_jokes_on_topic_and_in_style_are_called_so(
    background: Background, home: Place, server: FakeModelServer, clock: Watch
) -> None:
    server.say = lambda asked: f"{asked['messages'][-1]['content']}? Never. Haha"
    server.vector = lambda _text: [1.0]
    await finished(background, home, server, clock)
    await background.report()
    text = card(public(home.channel)[-1]).text or ""
    assert text.split("\n")[0] == "**New jokes, on topic, in your style.**"


async def test_what_members_asked_before_is_shown_before_and_after(
    background: Background, home: Place, elsewhere: Place, server: FakeModelServer, clock: Watch
) -> None:
    await home.member.slash(home.channel, "joke", scenario="A [heron](https://evil.example) at the *bank*")
    await elsewhere.member.slash(elsewhere.channel, "joke", scenario="A secret")
    clock.now = clock.now.replace(minute=1)
    await finished(background, home, server, clock)
    await background.report()
    fields = card(public(home.channel)[-1]).fields
    shown = {name: value for name, value in fields.items() if "heron" in name or "secret" in name}
    name = r"Asked here before: A \[heron\](https\://evil.example) at the \*bank\*"
    assert shown == {name: "**Before:** A pun.\n**After:** A pun. Haha"}


async def test_a_better_checkpoint_is_offered_to_admins(
    background: Background, env: Env, home: Place, server: FakeModelServer, clock: Watch
) -> None:
    kept = [
        {
            "id": f"ftckpt-{step}",
            "fine_tuned_model_checkpoint": f"ft:x:step-{step}",
            "step_number": step,
            "metrics": {"valid_loss": loss},
        }
        for step, loss in ((4, 1.25), (8, 2.5))
    ]
    await finished(background, home, server, clock)
    server.script("checkpoints", *[replies.ok({"object": "list", "data": kept, "has_more": False})] * 2)
    await background.report()
    report = public(home.channel)[-1]
    assert (card(report).text or "").split("\n")[-1] == (
        "Step 4 has a lower validation loss than the final model: *Use step 4* switches to it."
    )
    assert buttons(report)[-2:] == [("Use step 4", "use-checkpoint:1:4"), ("🔍 Details", "report-details:1")]
    assert refusal(env, await home.member.click(report, label="Use step 4")) == str(NO_RIGHTS)
    await home.admin.click(report, label="Use step 4")
    used = (await background.app.registry.models(home.guild.id)).active.get("joke")
    assert used is not None
    assert used.model == "ft:x:step-4"


async def test_the_report_leads_to_a_joke_a_name_and_back(
    background: Background, env: Env, home: Place, server: FakeModelServer, clock: Watch
) -> None:
    model = await finished(background, home, server, clock)
    await background.report()
    report = public(home.channel)[-1]
    form = await home.member.click(report, label="Tell a joke")
    told = await home.member.submit_modal(form, {"lines": "A duck"})
    assert public_card(told) == Card("A duck", "A pun. Haha", "Told by this server's own model")
    form = await home.admin.click(report, label="Name it")
    named = answer(await home.admin.submit_modal(form, {"lines": "Punny"}))
    assert (named.content, named.ephemeral) == ("This model is now called **Punny**.", True)
    back = answer(await home.admin.click(report, label="Roll back"))
    assert back.content.startswith("Rolled back from **Punny** to the base model, with examples in the prompt.")
    assert [row["model_id"] for row in await rows(background.app, "activations")] == [1, None]
    assert server.calls("chat")[-1].body["model"] == model


async def test_the_report_on_a_slogan_model_leads_to_a_slogan(
    background: Background, home: Place, server: FakeModelServer, clock: Watch
) -> None:
    await stock(background.app, home.guild.id, "slogans", content=SLOGAN.examples.read_bytes())
    model = await finished(background, home, server, clock, dataset="slogans")
    assert "and writes this server's slogans now. Try `/slogan`." in (card(public(home.channel)[-1]).text or "")
    await background.report()
    report = public(home.channel)[-1]
    form = await home.member.click(report, label="Write a slogan")
    written = await home.member.submit_modal(form, {"lines": "A company that sells ice cream"})
    footer = "Written by this server's own model"
    assert public_card(written) == Card("A company that sells ice cream", "A pun. Haha", footer)
    assert server.calls("chat")[-1].body["model"] == model


@pytest.mark.parametrize("label", ["Roll back", "Name it"])
async def test_a_member_cannot_change_the_model_by_a_reports_buttons(
    background: Background, env: Env, home: Place, server: FakeModelServer, clock: Watch, label: str
) -> None:
    await finished(background, home, server, clock)
    await background.report()
    assert refusal(env, await home.member.click(public(home.channel)[-1], label=label)) == str(NO_RIGHTS)


async def test_it_is_posted_once_also_when_discord_refused_at_first(
    background: Background, env: Env, home: Place, server: FakeModelServer, clock: Watch
) -> None:
    await finished(background, home, server, clock)
    env.inject_error("POST", "/channels/*/messages", status=400)
    await background.report()
    assert len(public(home.channel)) == 1
    clock.now = clock.now.replace(minute=30)
    for _ in range(2):
        await background.report()
    assert len(public(home.channel)) == 2


async def test_where_the_channel_is_gone_the_admins_channel_gets_it(
    background: Background, env: Env, home: Place, server: FakeModelServer, clock: Watch
) -> None:
    await finished(background, home, server, clock)
    office = home.guild.create_text_channel("office")
    await home.admin.slash(home.channel, "settings channel", channel=office)
    gone(env, home)
    await background.report()
    assert [card(message).title for message in public(office)] == ["📋 Job 1: what the model learned"]


async def test_without_any_channel_it_is_kept_for_the_command(
    background: Background, env: Env, home: Place, server: FakeModelServer, clock: Watch
) -> None:
    await finished(background, home, server, clock)
    elsewhere = home.guild.create_text_channel("elsewhere")
    gone(env, home)
    await background.report()
    shown = await home.admin.slash(elsewhere, "finetune report", job=1)
    assert private_card(shown).title == "📋 Job 1: what the model learned"


async def test_a_channel_that_takes_no_files_gets_it_without_the_picture(
    background: Background, home: Place, env: Env, server: FakeModelServer, clock: Watch
) -> None:
    await finished(background, home, server, clock)
    env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
    await background.report()
    report = public(home.channel)[-1]
    assert (card(report).title, report.attachments) == ("📋 Job 1: what the model learned", [])
    assert report.embeds[0].image.url is None


async def test_a_report_can_be_called_up_again_but_not_by_strangers(
    background: Background, env: Env, home: Place, elsewhere: Place, server: FakeModelServer, clock: Watch
) -> None:
    await finished(background, home, server, clock)
    early = await home.admin.slash(home.channel, "finetune report")
    said = "There is no report on job 1. A job gets one when it has made a model and the model has answered questions."
    assert refusal(env, early) == said
    await background.report()
    again = await home.admin.slash(home.channel, "finetune report", job=1)
    assert private_card(again) == card(public(home.channel)[-1])
    stranger = await elsewhere.admin.slash(elsewhere.channel, "finetune report", job=1)
    assert refusal(env, stranger).startswith("This server has no job 1.")


async def test_the_chart_is_drawn_while_the_job_runs(
    background: Background, home: Place, server: FakeModelServer
) -> None:
    await running(background, home, server, 3)
    drawn = await home.admin.slash(home.channel, "finetune chart")
    words = (
        "Training loss from 4 at step 1 to 1.33 at step 3, lowest 1.33 at step 3. "
        "Validation loss from 5 at step 1 to 1.67 at step 3, lowest 1.67 at step 3."
    )
    assert private_card(drawn) == Card("Job 1: losses", words)
    (attachment,) = answer(drawn).attachments
    assert (attachment.filename, attachment.description) == ("chart.png", words)


async def test_events_are_paged_from_the_newest(
    background: Background, env: Env, home: Place, server: FakeModelServer
) -> None:
    remote = await running(background, home, server, 23)
    server.jobs.emit(remote, "Learning rate\nis high", level="warn")
    server.jobs.emit(remote, "x" * 3000, level="error")
    await background.track()
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
    background: Background, env: Env, home: Place, server: FakeModelServer
) -> None:
    await running(background, home, server, 12)
    result = await home.admin.slash(home.channel, "finetune events", job=1)
    older = await home.admin.click(answer(result), label="Older")
    shown = older.response or answer(result)
    assert [line.rsplit("Step ")[-1] for line in (card(shown).text or "").split("\n")] == ["2/12", "1/12"]
    assert [label for label, _ in buttons(shown)] == ["Newest"]


async def test_a_job_without_events_says_so(app: App, home: Place) -> None:
    await launched(app, home.guild.id, "ducks")
    shown = await home.admin.slash(home.channel, "finetune events")
    assert private_card(shown) == Card("Job 1: events", "The model server has reported nothing yet.")
    drawn = await home.admin.slash(home.channel, "finetune chart")
    assert private_card(drawn).text == "No losses have been reported yet."


@pytest.mark.parametrize("command", ["finetune events", "finetune chart", "finetune report"])
async def test_only_this_servers_jobs_are_offered(app: App, home: Place, elsewhere: Place, command: str) -> None:
    await stock(app, elsewhere.guild.id, "secret")
    await launched(app, elsewhere.guild.id, "secret")
    await launched(app, home.guild.id, "ducks")
    assert names(await home.admin.autocomplete(home.channel, command, "job", "")) == ["2: ducks, pending"]
