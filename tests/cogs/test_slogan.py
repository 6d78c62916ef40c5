"""`/slogan`: what members see, what the model is asked, and what is kept."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.app import App
from bot.client import PunchlineBot
from bot.store.models import ModelStore
from tests.cogs.conftest import Place
from tests.cogs.seen import Card, answer, buttons, card, names, private_card, public, public_card, refusal, rows
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

COMPANY = "A company that sells ice cream"
SYSTEM = {
    "role": "system",
    "content": "You are an assistant that creates a slogan based on company description",
}


BELOW = [
    ("👍 0", "good-slogan:1"),
    ("👎 0", "poor-slogan:1"),
    ("🎨 Variations", "vary-slogan:1"),
    ("🔁 Again", "slogan:1"),
    ("🔍 Details", "details:1"),
]


@pytest.fixture
def counted(server: FakeModelServer) -> None:
    """Every slogan has a number of its own."""
    numbers = count(1)
    server.say = lambda _asked: f"Scoop {next(numbers)}"


@pytest.mark.usefixtures("counted")
async def test_one_slogan_unless_more_are_asked_for(
    app: App, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    written = await member.slash(channel, "slogan", description=COMPANY)
    assert public_card(written) == Card(COMPANY, "Scoop 1")
    assert buttons(answer(written)) == [*BELOW, ("✅ Use this", "use-slogan:1:0"), ("🖼️ Poster", "poster:1")]
    (asked,) = server.calls("chat")
    messages = [SYSTEM, {"role": "user", "content": COMPANY}]
    assert asked.body == {"model": "gpt-6-luna", "messages": messages, "n": 1, "temperature": 1}
    (kept,) = await rows(app, "generations")
    request = {"description": COMPANY, "count": 1, "temperature": None, "style": None, "model": None, "like": None}
    assert (json.loads(kept["request"]), json.loads(kept["texts"])) == (request, ["Scoop 1"])
    (used,) = await rows(app, "usage")
    assert (used["guild_id"], used["user_id"], used["kind"]) == (member.guild.id, member.id, "slogan")


@pytest.mark.usefixtures("counted")
async def test_count_temperature_and_style_reach_the_model_and_again_asks_the_same(
    app: App, server: FakeModelServer, channel: ChannelHandle, member: MemberActor, admin: MemberActor
) -> None:
    options = {"description": COMPANY, "count": 2, "temperature": 0.2, "style": "a haiku"}
    first = await member.slash(channel, "slogan", **options)
    assert public_card(first).text == "1. Scoop 1\n2. Scoop 2"
    second = await admin.click(answer(first), label="Again")
    assert public_card(second) == Card(COMPANY, "1. Scoop 3\n2. Scoop 4")
    assert buttons(answer(second))[3:] == [
        ("🔁 Again", "slogan:2"),
        ("🔍 Details", "details:2"),
        ("✅ Use 1", "use-slogan:2:0"),
        ("✅ Use 2", "use-slogan:2:1"),
        ("🖼️ Poster", "poster:2"),
    ]
    one, two = server.calls("chat")
    assert one.body == two.body
    assert (one.body["n"], one.body["temperature"]) == (2, 0.2)
    assert one.body["messages"][1]["content"] == f"{COMPANY}\nStyle: a haiku"
    assert [used["user_id"] for used in await rows(app, "usage")] == [member.id, admin.id]


async def test_a_slogan_by_a_small_model_says_that_it_was_shown_examples(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.models["gpt-6-luna"]["meta"] = {"n_params": 134_515_008}
    server.say = lambda _asked: "A scoop of luck."
    footer = "Written by the base model, which was shown 10 examples"
    written = await member.slash(channel, "slogan", description=COMPANY)
    assert public_card(written) == Card(COMPANY, "A scoop of luck.", footer)
    assert public_card(await member.click(answer(written), label="Again")).footer == footer


async def test_a_slogan_that_could_not_be_saved_says_so(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("bot.store.generations.GenerationStore.add", full)
    server.models["gpt-6-luna"]["meta"] = {"n_params": 134_515_008}
    written = public_card(await member.slash(channel, "slogan", description=COMPANY))
    shown = "Written by the base model, which was shown 10 examples"
    assert written.footer == f"{shown}. This one could not be saved, so it has no buttons."


async def test_a_blank_style_is_none(server: FakeModelServer, channel: ChannelHandle, member: MemberActor) -> None:
    await member.slash(channel, "slogan", description=COMPANY, style="  ")
    assert server.calls("chat")[0].body["messages"][1]["content"] == COMPANY


async def test_details_hand_over_the_whole_completion_in_private(channel: ChannelHandle, member: MemberActor) -> None:
    written = await member.slash(channel, "slogan", description=COMPANY, count=3)
    details = await member.click(answer(written), label="Details")
    assert list(private_card(details).fields) == ["Model", "Tokens", "Cost", "Latency"]
    (file,) = answer(details).attachments
    assert file.filename == "completion.json"
    assert len(json.loads(await file.read())["choices"]) == 3


async def test_again_works_after_a_restart(
    app: App, env: Env, new_bot: Callable[[App], PunchlineBot], channel: ChannelHandle, member: MemberActor
) -> None:
    written = answer(await member.slash(channel, "slogan", description=COMPANY))
    await env.restart_bot(new_bot(app))
    assert public_card(await member.click(written, label="Again")).title == COMPANY
    assert len(await rows(app, "generations")) == 2


async def test_a_blank_description_is_answered_with_what_to_type(
    app: App, env: Env, channel: ChannelHandle, member: MemberActor
) -> None:
    result = await member.slash(channel, "slogan", description="   ")
    assert refusal(env, result) == "Describe the company in a few words, such as: A company that sells ice cream"
    assert (public(channel), await rows(app, "usage")) == ([], [])


async def test_five_endless_slogans_on_a_long_description_fit_into_one_message(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.say = lambda _asked: "Cold" * 1250
    written = public_card(await member.slash(channel, "slogan", description="d" * 500, count=5))
    assert written.title == "d" * 255 + "…"
    lines = (written.text or "").split("\n")
    assert [line[:7] for line in lines] == [f"{number}. Cold" for number in range(1, 6)]
    assert {(len(line), line[-1]) for line in lines} == {(3 + 815, "…")}


async def test_a_model_that_says_nothing_is_said_so(
    app: App, env: Env, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.say = lambda _asked: " "
    result = await member.slash(channel, "slogan", description=COMPANY)
    assert (
        refusal(env, result) == "The model returned an empty answer. Try again, or describe the company in other words."
    )
    assert (public(channel), await rows(app, "generations")) == ([], [])


@pytest.mark.usefixtures("counted")
async def test_the_servers_own_model_writes_them_and_says_so(
    app: App, server: FakeModelServer, channel: ChannelHandle, home: Place
) -> None:
    store = ModelStore(app.database)
    for model, kind in (("ft:catchy", "slogan"), ("ft:funny", "joke")):
        await store.add(home.guild.id, model, base_model="x", job_id=None, now=app.clock(), kind=kind)
    used = await home.admin.slash(channel, "models use", model="ft:catchy")
    assert answer(used).content == "Slogans now come from `ft:catchy`."
    written = await home.member.slash(channel, "slogan", description=COMPANY)
    assert public_card(written).footer == "Written by this server's own model"
    assert server.calls("chat")[0].body["model"] == "ft:catchy"
    offered = {}
    for command in ("joke", "slogan"):
        found = await home.member.autocomplete(channel, command, "model", "")
        offered[command] = names(found)
    assert offered == {"joke": ["ft:funny", "base"], "slogan": ["ft:catchy", "base"]}
    listed = private_card(await home.admin.slash(channel, "models list"))
    assert "▶️ `ft:catchy`, tuned from x, writes slogans, " in (listed.text or "")
    assert listed.footer == "▶️ is in use, for jokes or for slogans. /models use switches."
    back = answer(await home.admin.slash(channel, "models rollback", kind="slogan")).content
    assert back == (
        "Rolled back from `ft:catchy` to the base model. Another `/models rollback kind:slogan` returns to `ft:catchy`."
    )
    await home.admin.slash(channel, "models use", model="ft:catchy")
    base = await home.admin.slash(channel, "models use", model="base", kind="slogan")
    assert answer(base).content == "Slogans now come from the base model."


@pytest.mark.usefixtures("counted")
async def test_members_vote_once_each_on_the_message_and_may_change_their_mind(
    app: App, env: Env, channel: ChannelHandle, member: MemberActor, admin: MemberActor
) -> None:
    written = answer(await member.slash(channel, "slogan", description=COMPANY, count=2))
    await member.click(written, custom_id="good-slogan:1")
    faces = [face for face, _ in buttons(channel.last_message)]
    assert faces == ["👍 1", "👎 0", "🎨 Variations", "🔁 Again", "🔍 Details", "✅ Use 1", "✅ Use 2", "🖼️ Poster"]
    said = "You already voted 👍. Press the other button to change your vote."
    assert refusal(env, await member.click(written, custom_id="good-slogan:1")) == said
    await admin.click(written, custom_id="poor-slogan:1")
    await member.click(written, custom_id="poor-slogan:1")
    assert [(row["user_id"], row["funny"]) for row in await rows(app, "votes")] == [(member.id, 0), (admin.id, 0)]
    assert buttons(channel.last_message)[1][0] == "👎 2"


@pytest.mark.usefixtures("counted")
async def test_one_slogan_of_a_message_is_chosen_and_the_message_says_by_whom(
    app: App, env: Env, new_bot: Callable[[App], PunchlineBot], home: Place
) -> None:
    written = answer(await home.member.slash(home.channel, "slogan", description=COMPANY, count=3))
    await env.restart_bot(new_bot(app))
    for label, text in (("Use 1", "Scoop 1"), ("Use 3", "Scoop 3")):
        await home.member.click(written, label=label)
        assert card(home.channel.last_message).fields == {"✅ Chosen": f"{text}\nby <@{home.member.id}>"}
    said = "Another member already chose a slogan here. *Variations* asks for others."
    assert refusal(env, await home.admin.click(written, label="Use 2")) == said
    (chosen,) = await rows(app, "chosen_slogans")
    assert (chosen["generation_id"], chosen["text"], chosen["chosen_by"]) == (1, "Scoop 3", home.member.id)
    await home.admin.click(written, custom_id="good-slogan:1")
    assert list(card(home.channel.last_message).fields) == ["✅ Chosen"]


@pytest.mark.usefixtures("counted")
async def test_variations_are_answers_to_the_chat_so_far_and_have_buttons_of_their_own(
    app: App, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    written = answer(await member.slash(channel, "slogan", description=COMPANY, style="a haiku"))
    varied = await member.click(written, label="Variations")
    assert public_card(varied) == Card(COMPANY, "1. Scoop 2\n2. Scoop 3\n3. Scoop 4")
    asked = f"{COMPANY}\nStyle: a haiku"
    body = server.calls("chat")[-1].body
    assert (body["n"], [turn["content"] for turn in body["messages"]]) == (
        3,
        [SYSTEM["content"], asked, "Scoop 1", f"Write another slogan in the same manner: {asked}"],
    )
    again = await member.click(answer(varied), label="Again")
    assert server.calls("chat")[-1].body == body
    assert public_card(again).text == "1. Scoop 5\n2. Scoop 6\n3. Scoop 7"
    await member.click(answer(again), label="Use 2")
    await member.click(answer(again), label="Variations")
    assert [turn["content"] for turn in server.calls("chat")[-1].body["messages"]][2:-1] == ["Scoop 6"]


async def test_a_variation_that_was_shown_before_is_asked_for_anew_and_then_given_up(
    env: Env, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.say = lambda _asked: "The same scoop!"
    written = answer(await member.slash(channel, "slogan", description=COMPANY))
    said = "The model found no new slogan in this style. Press *Again*, or describe the company in other words."
    assert refusal(env, await member.click(written, label="Variations")) == said
    assert len(server.calls("chat")) == 3
    server.say = lambda _asked: "A new scoop!"
    assert public_card(await member.click(written, label="Variations")).text == "A new scoop!"


async def test_a_variation_that_met_the_token_limit_is_left_out_where_there_are_others(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    written = answer(await member.slash(channel, "slogan", description=COMPANY))
    ended = {"Scoop, there it is.": "stop", "Cold cold cold": "length", "Lick of luck.": "stop"}
    choices = [{"message": {"content": text}, "finish_reason": reason} for text, reason in ended.items()]
    server.script("chat", replies.ok({"model": "m", "choices": choices}))
    varied = public_card(await member.click(written, label="Variations"))
    assert varied.text == "1. Scoop, there it is.\n2. Lick of luck."


@pytest.mark.usefixtures("counted")
async def test_laughter_collects_slogans_that_were_chosen_or_liked_one_by_one(
    app: App, env: Env, home: Place, elsewhere: Place
) -> None:
    channel = home.channel
    said = "No slogan has been chosen yet, or liked by so many. Choose a smaller number, or let people vote with 👍 or press *Use this*."
    collect: dict[str, Any] = {"name": "best", "votes": 1, "kind": "slogan"}
    liked = answer(await home.member.slash(channel, "slogan", description="A bakery"))
    several = answer(await home.member.slash(channel, "slogan", description="A shop", count=2))
    theirs = answer(await elsewhere.member.slash(elsewhere.channel, "slogan", description="Theirs"))
    await home.member.click(several, custom_id="good-slogan:2")
    await elsewhere.member.click(theirs, custom_id="good-slogan:3")
    assert refusal(env, await home.admin.slash(channel, "dataset laughter", **collect)) == said
    await home.member.click(liked, custom_id="good-slogan:1")
    await home.admin.click(several, label="Use 2")
    drafted = private_card(await home.admin.slash(channel, "dataset laughter", **collect))
    assert (drafted.text or "").startswith(
        "Read as slogans that a member chose, or that at least 1 member and 75 % of those who voted liked: 2 examples."
    )
    assert drafted.fields == {"Example 1: A shop": "Scoop 3", "Example 2: A bakery": "Scoop 1"}
    (draft,) = await app.drafts.list(home.guild.id)
    assert (draft.kind, draft.system) == ("slogan", SYSTEM["content"])
