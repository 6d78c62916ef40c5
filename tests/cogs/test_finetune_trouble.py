"""`/finetune` when things do not go straight: cancelled, failed, unreachable, out of sight, launched twice at once."""

import asyncio
from collections.abc import Callable

import pytest
from simcord import Env

from bot.app import App
from bot.client import PunchlineBot
from bot.errors import ConflictError
from bot.texts.finetuning import FIX_FILE
from tests.cogs.conftest import Background, Place, Watch
from tests.cogs.seen import Card, answer, buttons, card, names, private_card, public, refusal, rows
from tests.cogs.stock import launched, past_jobs, stock
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

BASE = "gpt-4.1-mini-2025-04-14"


@pytest.fixture(autouse=True)
async def ducks(app: App, home: Place) -> None:
    await stock(app, home.guild.id, "ducks")


async def take(home: Place) -> None:
    quote = await home.admin.slash(home.channel, "finetune launch", dataset="ducks")
    await home.admin.click(answer(quote), label="Launch")


def remote_id(server: FakeModelServer) -> str:
    (only,) = server.jobs.jobs
    return only


async def test_a_job_is_cancelled_before_the_server_knows_it(
    app: App, server: FakeModelServer, home: Place, background: Background
) -> None:
    await take(home)
    result = answer(await home.admin.slash(home.channel, "finetune cancel", job=1))
    assert (result.content, result.ephemeral) == ("Job 1 is cancelled.", True)
    await background.track()
    assert card(public(home.channel)[0]).title == "🛑 Job 1: cancelled"
    (row,) = await rows(app, "jobs")
    assert (row["status"], row["remote_file_id"]) == ("cancelled", None)
    assert server.calls("upload") == []


async def test_a_running_job_is_cancelled_on_the_server(
    app: App, server: FakeModelServer, home: Place, background: Background
) -> None:
    await take(home)
    await background.track()
    result = answer(await home.admin.slash(home.channel, "finetune cancel", job=1))
    assert result.content == "Job 1 is being stopped."
    await background.track()
    assert server.jobs.jobs[remote_id(server)]["status"] == "cancelled"
    (row,) = await rows(app, "jobs")
    assert row["status"] == "cancelled"
    assert row["finished_at"] is not None
    await background.track()
    assert card(public(home.channel)[0]).title == "🛑 Job 1: cancelled"


async def test_a_job_that_ended_while_it_was_being_cancelled_still_brings_its_model(
    app: App, server: FakeModelServer, home: Place, background: Background
) -> None:
    await take(home)
    await background.track()
    done = server.jobs.move(remote_id(server), "succeeded")
    server.script("cancel_job", replies.ok(done))
    result = answer(await home.admin.slash(home.channel, "finetune cancel", job=1))
    assert result.content == "Job 1 is being stopped."
    await background.track()
    assert [model["model"] for model in await rows(app, "models")] == [done["fine_tuned_model"]]


async def test_an_ended_or_unknown_or_foreign_job_cannot_be_cancelled(
    app: App, env: Env, home: Place, elsewhere: Place
) -> None:
    await past_jobs(app, home.guild.id, "ducks", 1)
    ended = await home.admin.slash(home.channel, "finetune cancel", job=1)
    assert refusal(env, ended) == "Job 1 has already ended (cancelled)."
    for place, job in ((home, 99), (elsewhere, 1)):
        for command in ("finetune cancel", "finetune status"):
            result = await place.admin.slash(place.channel, command, job=job)
            said = f"This server has no job {job}. `/finetune list` shows its jobs, `/finetune launch` starts one."
            assert refusal(env, result) == said


async def test_a_failure_is_shown_with_the_servers_reason_however_long(
    app: App, server: FakeModelServer, home: Place, background: Background
) -> None:
    await take(home)
    await background.track()
    reason = {"code": "invalid_training_file", "message": "Example 3 is odd. " * 500, "param": None}
    server.jobs.move(remote_id(server), "failed", error=reason)
    await background.track()
    failed = card(public(home.channel)[0])
    assert failed.title == "❌ Job 1: failed"
    assert (failed.text or "").startswith("Example 3 is odd. Example 3")
    assert (failed.text or "").endswith(f"… (invalid\\_training\\_file)\n{FIX_FILE}")
    (row,) = await rows(app, "jobs")
    assert (row["status"], row["error_code"]) == ("failed", "invalid_training_file")
    assert await rows(app, "models") == []


async def test_a_server_out_of_reach_is_said_so_and_the_job_goes_on(
    app: App, server: FakeModelServer, clock: Watch, home: Place, background: Background
) -> None:
    await take(home)
    await background.track()
    server.script("job", replies.reset())
    await background.track()
    said = f"⚠️ The model server has been unreachable since <t:{clock.after(0)}:t>. The bot keeps trying."
    assert card(public(home.channel)[0]).text == said
    await background.track()
    assert card(public(home.channel)[0]).text is None
    assert [row["unreachable_since"] for row in await rows(app, "jobs")] == [None]


async def test_status_shows_the_newest_job_or_the_one_asked_for(app: App, env: Env, home: Place) -> None:
    none = await home.admin.slash(home.channel, "finetune status")
    assert refusal(env, none).startswith("This server has no fine-tuning job yet.")
    await past_jobs(app, home.guild.id, "ducks", 1)
    await launched(app, home.guild.id, "ducks")
    fields = {"Dataset": "ducks", "Base model": BASE}
    newest = await home.admin.slash(home.channel, "finetune status")
    handing = "⏳ Job 2: sending the training file to the model server"
    assert private_card(newest) == Card(handing, None, None, fields)
    asked = await home.admin.slash(home.channel, "finetune status", job=1)
    assert private_card(asked).title == "🛑 Job 1: cancelled"


async def test_jobs_are_listed_newest_first(app: App, clock: Watch, home: Place, elsewhere: Place) -> None:
    none = await home.admin.slash(home.channel, "finetune list")
    assert private_card(none) == Card("No jobs yet", "`/finetune launch` starts one from a dataset.")
    await past_jobs(app, home.guild.id, "ducks", 1)
    await stock(app, elsewhere.guild.id, "secret")
    await past_jobs(app, elsewhere.guild.id, "secret", 1)
    job = await launched(app, home.guild.id, "ducks")
    listed = private_card(await home.admin.slash(home.channel, "finetune list"))
    when = f"<t:{clock.after(0)}:R>"
    assert listed == Card(
        "Fine-tuning jobs",
        f"**{job.id}** pending: ducks on {BASE}, {when}\n**1** cancelled: ducks on {BASE}, {when}",
    )


async def test_older_jobs_are_behind_a_button(app: App, home: Place) -> None:
    await stock(app, home.guild.id, "d" * 40)
    await past_jobs(app, home.guild.id, "d" * 40, 25)
    pages = []
    shown = answer(await home.admin.slash(home.channel, "finetune list"))
    while True:
        lines = (card(shown).text or "").split("\n")
        pages.append([int(line.removeprefix("**").split("**")[0]) for line in lines])
        if not buttons(shown):
            break
        turned = await home.admin.click(shown, label="Older")
        shown = turned.response or shown
    assert pages == [list(range(25, 15, -1)), list(range(15, 5, -1)), list(range(5, 0, -1))]


async def test_jobs_complete_themselves_from_this_server_alone(app: App, home: Place, elsewhere: Place) -> None:
    await past_jobs(app, home.guild.id, "ducks", 27)
    await stock(app, elsewhere.guild.id, "secret")
    await launched(app, elsewhere.guild.id, "secret")
    running = await launched(app, home.guild.id, "ducks")
    offered = names(await home.admin.autocomplete(home.channel, "finetune status", "job", ""))
    assert offered == ["29: ducks, pending", *(f"{number}: ducks, cancelled" for number in range(27, 3, -1))]
    assert names(await home.admin.autocomplete(home.channel, "finetune status", "job", "PEND")) == [offered[0]]
    stoppable = await home.admin.autocomplete(home.channel, "finetune cancel", "job", "")
    assert stoppable == [{"name": "29: ducks, pending", "value": running.id}]


async def test_base_models_are_those_that_chat_the_usual_one_first(server: FakeModelServer, home: Place) -> None:
    server.models = {name: {} for name in ("text-embedding-3-small", "ft:x", *(f"m-{n:02}" for n in range(40)), BASE)}
    bases = names(await home.admin.autocomplete(home.channel, "finetune launch", "base_model", ""))
    assert bases == [BASE, *(f"m-{number:02}" for number in range(24))]
    assert names(await home.admin.autocomplete(home.channel, "finetune launch", "base_model", "39")) == ["m-39"]


async def test_a_quote_can_be_launched_and_its_job_is_followed_after_a_restart(
    app: App, env: Env, new_bot: Callable[[App], PunchlineBot], home: Place, background: Background
) -> None:
    quote = answer(await home.admin.slash(home.channel, "finetune launch", dataset="ducks"))
    await env.restart_bot(new_bot(app))
    await home.admin.click(quote, label="Launch")
    await background.track()
    (message,) = public(home.channel)
    assert (message.id, card(message).title) == (quote.id, "🔎 Job 1: the model server checks the training file")


async def test_a_quote_is_launched_once_even_where_its_button_stayed(app: App, env: Env, home: Place) -> None:
    quote = answer(await home.admin.slash(home.channel, "finetune launch", dataset="ducks"))
    env.inject_error("PATCH", "/webhooks/*")  # Discord fails while the buttons are being taken away
    await home.admin.click(quote, label="Launch")
    await home.admin.slash(home.channel, "finetune cancel", job=1)
    again = await home.admin.click(quote, label="Launch")
    assert refusal(env, again) == "This quote was launched already. Ask for a new one with `/finetune launch`."
    assert len(await rows(app, "jobs")) == 1


async def test_a_quote_is_launched_once_even_by_two_admins_at_once(app: App, home: Place) -> None:
    offer = await app.finetunes.quote(home.guild.id, home.channel.id, home.admin.id, "ducks")
    presses = [app.finetunes.launch(home.guild.id, home.admin.id, offer.quote.id, None) for _ in range(5)]
    outcomes = await asyncio.gather(*presses, return_exceptions=True)
    assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 4
    assert len(await rows(app, "jobs")) == 1
