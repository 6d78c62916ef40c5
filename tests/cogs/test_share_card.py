"""*Share card* under a joke: the joke with its votes as a picture."""

from collections.abc import Callable
from datetime import timedelta

from simcord import ChannelHandle, Env, MemberActor

from bot.app import App
from bot.client import PunchlineBot
from bot.store.models import ModelStore
from tests.cogs.conftest import Place, Watch
from tests.cogs.seen import answer, buttons, refusal, rows
from tests.cogs.test_poster import picture
from tests.wire.model_server import FakeModelServer

SCENARIO, JOKE = "A duck in a lift", "It quacked me up. Haha"


async def test_a_joke_becomes_a_card_with_its_votes_and_its_model_and_costs_nothing(
    app: App, env: Env, server: FakeModelServer, clock: Watch, home: Place
) -> None:
    server.say = lambda _asked: JOKE
    await ModelStore(app.database).add(home.guild.id, "ft:funny", base_model="x", job_id=None, now=app.clock())
    told = answer(await home.member.slash(home.channel, "joke", scenario=SCENARIO))
    assert buttons(told)[-1] == ("📤 Share card", "share-card:1")
    await home.member.click(told, custom_id="funny:1")
    await home.admin.click(told, custom_id="funny:1")
    content, name, alt, image = await picture(await home.member.click(told, label="Share card"))
    assert (content, name) == ("", "joke.png")
    assert alt == f"A joke about “{SCENARIO}”: {JOKE} 😂 2, 😐 0. Told by gpt-6-luna."
    assert (image.format, image.width) == ("PNG", 1024)
    assert [row["kind"] for row in await rows(app, "usage")] == ["joke"]
    said = "This picture was posted less than a minute ago. Look for it above."
    assert refusal(env, await home.admin.click(told, label="Share card")) == said


async def test_a_model_of_the_servers_own_is_called_by_its_name_there(app: App, home: Place) -> None:
    store = ModelStore(app.database)
    named = await store.add(home.guild.id, "ft:funny", base_model="x", job_id=None, now=app.clock())
    await store.rename(named.id, "quackers")
    await store.add(home.guild.id, "ft:other", base_model="x", job_id=None, now=app.clock())
    cards = []
    for model in ("ft:funny", "ft:other"):
        told = answer(await home.member.slash(home.channel, "joke", scenario=SCENARIO, model=model))
        _, _, alt, _ = await picture(await home.member.click(told, label="Share card"))
        cards.append((alt or "").rpartition("Told by ")[2])
    assert cards == ["quackers.", "this server's own model."]


async def test_blocked_words_cooldowns_and_restricted_commands_hold_for_the_button_too(
    app: App, env: Env, server: FakeModelServer, clock: Watch, home: Place, new_bot: Callable[[App], PunchlineBot]
) -> None:
    server.say = lambda _asked: JOKE
    told = answer(await home.member.slash(home.channel, "joke", scenario=SCENARIO))
    await env.restart_bot(new_bot(app))
    await home.admin.slash(home.channel, "limits set", scope="member", cooldown=90)
    said = f"On this server, everyone waits 90 seconds between two requests. Try again <t:{clock.after(90)}:R>."
    assert refusal(env, await home.member.click(told, label="Share card")) == said
    clock.now += timedelta(seconds=91)
    await home.admin.slash(home.channel, "moderation block", word="quacked")
    said = "This server does not let that through: it has a word that is not allowed here. Put it in other words, and try again."
    assert refusal(env, await home.member.click(told, label="Share card")) == said
    other = home.guild.create_text_channel("ducks")
    await home.admin.slash(home.channel, "limits allow", command="joke", channel=other)
    said = f"On this server, `/joke` is for other channels: <#{other.id}>."
    assert refusal(env, await home.member.click(told, label="Share card")) == said


async def test_a_joke_that_is_gone_is_said_to_be(
    app: App, env: Env, channel: ChannelHandle, member: MemberActor
) -> None:
    told = answer(await member.slash(channel, "joke", scenario=SCENARIO))
    await app.database.write("DELETE FROM generations", {})
    assert (
        refusal(env, await member.click(told, label="Share card")) == "This one is no longer saved. Ask for a new one."
    )
