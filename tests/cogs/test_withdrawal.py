"""The whole way of an example in Discord: given, accepted, saved, trained on, and taken back."""

import asyncio
from datetime import timedelta

import pytest
from simcord import Env, MemberActor

from bot.app import App
from bot.settings import Settings
from tests.bot.parts import path_of
from tests.cogs.conftest import Background, Place, Watch
from tests.cogs.contributing import DRAFT, give, opened, queue
from tests.cogs.seen import answer, card, public, refusal, rows
from tests.wire import replies
from tests.wire.model_server import FakeModelServer


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"contributions": "on"})


async def saved_with(app: App, place: Place, member: MemberActor) -> str:
    """The text of a dataset that was saved with what a member gave."""
    await opened(app, place)
    await give(place, member, "A goose on a bicycle")
    await place.admin.click(await queue(place), label="Accept")
    draft = await app.drafts.get(place.guild.id, DRAFT)
    return await text_of(app, place, (await app.drafts.save(place.guild.id, place.admin.id, draft.id)).dataset.name)


async def text_of(app: App, place: Place, name: str) -> str:
    path = path_of(app, await app.datasets.get(place.guild.id, name))
    return await asyncio.to_thread(path.read_text, "utf-8")


async def test_what_was_trained_on_is_withdrawn_down_to_the_model_servers_files(
    app: App, home: Place, server: FakeModelServer, background: Background, clock: Watch
) -> None:
    await home.admin.slash(home.channel, "settings channel", channel=home.channel)
    assert "A goose on a bicycle" in await saved_with(app, home, home.member)
    await home.admin.slash(home.channel, "finetune launch", dataset=DRAFT)
    quote = home.channel.last_message
    assert quote is not None
    await home.admin.click(quote, label="Launch")
    await background.track()
    (file,) = server.jobs.files.values()
    assert b"A goose on a bicycle" in file.data
    assert str(home.member.id).encode() not in file.data
    (job,) = server.jobs.jobs
    model = server.jobs.finish(job)["fine_tuned_model"]
    server.script("delete_file", replies.error(503, "busy"))
    await background.track()
    await background.track()
    clock.now += timedelta(days=30)  # the tracker has given up on files so old
    await background.track()
    assert len(server.jobs.files) == 1

    page = answer(await home.member.slash(home.channel, "contributions"))
    await home.member.click(page, label="Withdraw")
    assert card(page).text == (
        "Withdrawn. Its text is deleted here, and so is every dataset that contained it. Models that were already trained on it stay as they are."
    )
    await background.track()
    assert server.jobs.files == {}
    notice = public(home.channel)[-1].content
    assert notice.startswith("A member withdrew an example. The bot deleted what contained it: “ducks”.")
    assert notice.endswith(
        f"Already trained on it: “{model}”. To remove these models, delete them at the model server."
    )
    draft = await app.drafts.get(home.guild.id, DRAFT)
    again = (await app.drafts.save(home.guild.id, home.admin.id, draft.id)).dataset
    assert (again.name, again.examples) == ("ducks v2", 10)
    assert "bicycle" not in await text_of(app, home, "ducks v2")


async def test_between_save_and_launch_a_withdrawal_stops_the_launch(
    app: App, env: Env, home: Place, server: FakeModelServer, background: Background
) -> None:
    await saved_with(app, home, home.member)
    await home.admin.slash(home.channel, "finetune launch", dataset=DRAFT)
    quote = home.channel.last_message
    assert quote is not None
    page = answer(await home.member.slash(home.channel, "contributions"))
    await home.member.click(page, label="Withdraw")
    gone = "“ducks” has been deleted. Get a quote on another dataset with `/finetune launch`."
    assert refusal(env, await home.admin.click(quote, label="Launch")) == gone
    await background.track()
    assert (await rows(app, "jobs"), server.calls("upload")) == ([], [])
    none = "There is no dataset “ducks” here. `/dataset list` shows what there is."
    for command in ("dataset show", "dataset check", "dataset split", "dataset export"):
        assert refusal(env, await home.admin.slash(home.channel, command, name=DRAFT)) == none
