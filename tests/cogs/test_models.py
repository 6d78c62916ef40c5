"""`/models`, and `/joke` by a model of the server's own."""

import json

from simcord import ChannelHandle, Env, MemberActor

from bot.app import App
from tests.cogs.conftest import Place
from tests.cogs.seen import Card, answer, names, private_card, public_card, refusal, rows
from tests.cogs.stock import models
from tests.wire.model_server import FakeModelServer

FOOTER = "▶️ tells this server's jokes. /models use switches."
BASE = "gpt-4.1-mini-2025-04-14"


async def test_a_server_without_models_uses_the_base_with_examples(channel: ChannelHandle, admin: MemberActor) -> None:
    listed = await admin.slash(channel, "models list")
    assert private_card(listed) == Card("Models", "▶️ `base`: gpt-6-luna with examples in the prompt", FOOTER)


async def test_models_are_listed_with_their_origin_and_the_one_in_use_is_marked(
    app: App, home: Place, elsewhere: Place
) -> None:
    await models(app, home.guild.id, ["ft:old", "ft:new"])
    await models(app, elsewhere.guild.id, ["ft:secret"])
    listed = private_card(await home.admin.slash(home.channel, "models list"))
    assert listed.text == (
        "▫️ `base`: gpt-6-luna with examples in the prompt\n"
        f"▫️ `ft:new`, tuned from {BASE} by job 1 on “for-models”, <t:1795348800:d>\n"
        f"▶️ `ft:old`, tuned from {BASE} by job 1 on “for-models”, <t:1795348800:d>"
    )


async def test_the_practice_model_is_called_what_it_is(
    app: App, server: FakeModelServer, channel: ChannelHandle, admin: MemberActor
) -> None:
    server.models = {"practice-1": {"owned_by": "engine"}}
    listed = private_card(await admin.slash(channel, "models list"))
    assert listed.text == "▶️ `base`: practice-1 with examples in the prompt"
    said = listed.fields["About practice-1"] or ""
    assert "fills its training jokes with new words" in said
    assert "It is not a language model" in said


async def test_a_long_list_fits_and_says_what_it_leaves_out(
    app: App, channel: ChannelHandle, admin: MemberActor
) -> None:
    await models(app, admin.guild.id, [f"ft:{number:02}:{'m' * 150}" for number in range(1, 41)])
    text = private_card(await admin.slash(channel, "models list")).text or ""
    lines = text.split("\n")
    assert lines[1].startswith("▫️ `ft:40:")
    assert lines[-1] == f"… and {41 - (len(lines) - 1)} older"


async def test_switching_changes_who_tells_the_next_joke_and_base_rolls_back(
    app: App, server: FakeModelServer, channel: ChannelHandle, admin: MemberActor, member: MemberActor
) -> None:
    await models(app, admin.guild.id, ["ft:old", "ft:new"])
    used = await admin.slash(channel, "models use", model="ft:new")
    assert (answer(used).content, answer(used).ephemeral) == ("Jokes now come from `ft:new`.", False)
    told = public_card(await member.slash(channel, "joke", scenario="A duck"))
    assert told.footer == "Told by this server's own model"
    asked = server.calls("chat")[-1].body
    assert (asked["model"], [message["role"] for message in asked["messages"]]) == ("ft:new", ["system", "user"])
    assert (await rows(app, "generations"))[-1]["fine_tuned"] == 1

    back = await admin.slash(channel, "models use", model="base")
    assert answer(back).content == "Jokes now come from the base model, with examples in the prompt."
    told = public_card(await member.slash(channel, "joke", scenario="A duck"))
    assert told.footer == "Told by the base model, which was shown 10 examples"
    switched = [(row["model_id"], row["activated_by"]) for row in await rows(app, "activations")]
    assert switched == [(1, None), (2, admin.id), (None, admin.id)]


async def test_a_joke_may_be_asked_of_another_model_of_the_server_and_another_keeps_to_it(
    app: App, server: FakeModelServer, channel: ChannelHandle, admin: MemberActor, member: MemberActor
) -> None:
    await models(app, admin.guild.id, ["ft:old", "ft:new"])
    told = await member.slash(channel, "joke", scenario="A duck", model="ft:new")
    assert public_card(told).footer == "Told by this server's own model"
    await admin.slash(channel, "models use", model="base")
    server.say = lambda _asked: "A second one. Haha"
    again = await member.click(answer(told), label="Another")
    assert public_card(again).footer == "Told by this server's own model"
    base = await member.slash(channel, "joke", scenario="A duck", model="base")
    assert public_card(base).footer == "Told by the base model, which was shown 10 examples"
    asked = [json.loads(row["request"])["model"] for row in await rows(app, "generations")]
    assert asked == ["ft:new", "ft:new", "base"]


async def test_another_servers_model_can_neither_tell_nor_be_used(
    app: App, env: Env, server: FakeModelServer, home: Place, elsewhere: Place
) -> None:
    await models(app, elsewhere.guild.id, ["ft:secret"])
    said = "This server has no model “ft:secret”. `/models list` shows its models."
    told = await home.member.slash(home.channel, "joke", scenario="A duck", model="ft:secret")
    assert refusal(env, told) == said
    assert refusal(env, await home.admin.slash(home.channel, "models use", model="ft:secret")) == said
    assert server.calls("chat") == []
    assert {row["guild_id"] for row in await rows(app, "activations")} == {elsewhere.guild.id}


async def test_models_complete_themselves_from_this_server_alone(app: App, home: Place, elsewhere: Place) -> None:
    await models(app, home.guild.id, ["ft:ducks", "ft:geese", "ft:" + "x" * 100])
    await models(app, elsewhere.guild.id, ["ft:secret"])
    for actor, command in ((home.member, "joke"), (home.admin, "models use")):
        assert names(await actor.autocomplete(home.channel, command, "model", "")) == ["ft:geese", "ft:ducks", "base"]
        assert names(await actor.autocomplete(home.channel, command, "model", "DUCK")) == ["ft:ducks"]


async def test_of_many_models_the_newest_are_offered_and_the_base_can_still_be_chosen(
    app: App, channel: ChannelHandle, admin: MemberActor
) -> None:
    await models(app, admin.guild.id, [f"ft:{number:02}" for number in range(1, 31)])
    offered = names(await admin.autocomplete(channel, "models use", "model", ""))
    assert offered == [*(f"ft:{number:02}" for number in range(30, 6, -1)), "base"]
    assert names(await admin.autocomplete(channel, "models use", "model", "ft:03")) == ["ft:03"]
