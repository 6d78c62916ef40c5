"""`/joke`: what members see, what is kept, and buttons that outlive the process."""

import json
from collections.abc import Callable

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.app import App, open_app
from bot.client import PunchlineBot
from bot.settings import Settings
from tests.cogs.conftest import Place
from tests.cogs.seen import Card, answer, buttons, private_card, public, public_card, refusal, rows, texts_sent
from tests.wire.model_server import FakeModelServer

SCENARIO = "A man walking across the road"
JOKE = "Why did the road cross the man? To get to the other pun. Haha"
FEW_SHOT = Card(SCENARIO, JOKE, "Told by the base model, which was shown 10 examples")


async def test_without_a_model_of_its_own_a_server_gets_a_joke_from_ten_examples(
    app: App, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    told = await member.slash(channel, "joke", scenario=SCENARIO)
    assert public_card(told) == FEW_SHOT
    faces = [("😂 0", "funny:1"), ("😐 0", "flat:1"), ("🎲 Another", "joke:1"), ("🔍 Details", "details:1")]
    assert buttons(answer(told)) == [*faces, ("🧭 More like this", "like:1"), ("📤 Share card", "share-card:1")]
    (asked,) = server.calls("chat")
    roles = [message["role"] for message in asked.body["messages"]]
    assert roles == ["system", *["user", "assistant"] * 10, "user"]
    assert asked.body["messages"][-1]["content"] == SCENARIO
    (kept,) = await rows(app, "generations")
    assert json.loads(kept["request"]) == {"scenario": SCENARIO, "model": None}
    assert (json.loads(kept["texts"]), kept["fine_tuned"]) == ([JOKE], 0)
    (used,) = await rows(app, "usage")
    assert (used["guild_id"], used["user_id"], used["kind"]) == (member.guild.id, member.id, "joke")
    assert used["prompt_tokens"] > 0


async def test_another_tells_a_second_joke_on_the_scenario_in_a_message_of_its_own(
    app: App, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    first = await member.slash(channel, "joke", scenario=SCENARIO)
    server.say = lambda _asked: "The road was faster. Haha"
    second = await member.click(answer(first), label="Another")
    assert public_card(second) == FEW_SHOT._replace(text="The road was faster. Haha")
    assert [custom_id for _, custom_id in buttons(answer(second))] == [
        *("funny:2", "flat:2", "joke:2", "details:2"),
        "like:2",
        "share-card:2",
    ]
    assert len(public(channel)) == len(await rows(app, "generations")) == 2


async def test_another_never_repeats_itself_and_says_so_when_the_model_can_do_no_other(
    app: App, env: Env, channel: ChannelHandle, member: MemberActor
) -> None:
    first = await member.slash(channel, "joke", scenario=SCENARIO)
    said = refusal(env, await member.click(answer(first), label="Another"))
    assert said == "The model has no new joke about this. Try another scenario."
    assert (len(public(channel)), len(await rows(app, "generations"))) == (1, 1)


async def test_a_member_has_one_vote_on_a_joke_and_may_change_it(
    app: App, env: Env, channel: ChannelHandle, member: MemberActor, admin: MemberActor
) -> None:
    told = answer(await member.slash(channel, "joke", scenario=SCENARIO))
    await member.click(told, custom_id="funny:1")
    await admin.click(told, custom_id="funny:1")
    assert buttons(channel.last_message)[:2] == [("😂 2", "funny:1"), ("😐 0", "flat:1")]

    again = await member.click(told, custom_id="funny:1")
    assert refusal(env, again) == "You already voted 😂. Press the other button to change your vote."
    assert [vote["funny"] for vote in await rows(app, "votes")] == [1, 1]

    await member.click(told, custom_id="flat:1")
    votes = await rows(app, "votes")
    assert {vote["user_id"]: vote["funny"] for vote in votes} == {member.id: 0, admin.id: 1}
    (message,) = public(channel)
    assert buttons(message)[:2] == [("😂 1", "funny:1"), ("😐 1", "flat:1")]


@pytest.mark.parametrize("reopened", [False, True], ids=["the bot reconnected", "the whole process restarted"])
async def test_buttons_work_after_a_restart(
    app: App,
    env: Env,
    settings: Settings,
    new_bot: Callable[[App], PunchlineBot],
    server: FakeModelServer,
    channel: ChannelHandle,
    member: MemberActor,
    reopened: bool,
) -> None:
    told = answer(await member.slash(channel, "joke", scenario=SCENARIO))
    await member.click(told, custom_id="flat:1")
    async with open_app(settings) as again:
        await env.restart_bot(new_bot(again if reopened else app))
        await member.click(told, custom_id="funny:1")
        assert buttons(channel.history()[0])[:2] == [("😂 1", "funny:1"), ("😐 0", "flat:1")]
        assert private_card(await member.click(told, label="Details")).title == "Details"
        server.say = lambda _asked: "The road was faster. Haha"
        another = public_card(await member.click(told, label="Another"))
        assert another == FEW_SHOT._replace(text="The road was faster. Haha")


async def test_details_show_model_tokens_and_latency_and_hand_over_the_completion(
    app: App, channel: ChannelHandle, member: MemberActor, admin: MemberActor
) -> None:
    told = await member.slash(channel, "joke", scenario=SCENARIO)
    details = await admin.click(answer(told), label="Details")
    (used,) = await rows(app, "usage")
    tokens = f"{used['prompt_tokens']} in the prompt, {used['completion_tokens']} in the answer"
    fields = {
        "Model": "gpt-6-luna",
        "Tokens": tokens,
        "Cost": "no charge",
        "Latency": f"{used['latency_ms']:.0f} ms",
    }
    assert private_card(details) == Card("Details", None, None, fields)
    (file,) = answer(details).attachments
    assert file.filename == "completion.json"
    completion = json.loads(await file.read())
    assert (completion["model"], completion["choices"][0]["message"]["content"]) == ("gpt-6-luna", JOKE)


async def test_details_say_how_many_answers_a_small_model_drew(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.models["gpt-6-luna"]["meta"] = {"n_params": 134_515_008}
    told = await member.slash(channel, "joke", scenario=SCENARIO)
    assert public_card(told) == FEW_SHOT
    details = private_card(await member.click(answer(told), label="Details"))
    assert list(details.fields) == ["Model", "Tokens", "Answers", "Cost", "Latency"]
    assert details.fields["Answers"] == "3 drawn, 1 shown"
    assert server.calls("chat")[0].body["n"] == 3


async def test_a_scenario_that_mentions_everybody_rouses_nobody(
    env: Env, server: FakeModelServer, channel: ChannelHandle, admin: MemberActor
) -> None:
    server.say = lambda _asked: "@everyone laughed, <@1> too. Haha"
    told = await admin.slash(channel, "joke", scenario="@everyone and @here cross the road")
    assert public_card(told).title == r"\@everyone and \@here cross the road"
    await admin.click(answer(told), label="Another")
    await admin.slash(channel, "models use", model="@everyone")
    assert r"\@everyone" in refusal(env, await admin.slash(channel, "joke", scenario="a", model="@everyone"))
    sent = texts_sent(env)
    assert len(sent) >= 5
    assert all(body["allowed_mentions"] == {"parse": []} for body in sent)
    assert not any(message.mention_everyone for message in channel.history())


async def test_what_members_and_models_write_is_shown_and_never_live(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.say = lambda _asked: "# Free\n[Nitro](https://evil.example) <https://evil.example> ||psst|| `code` Haha"
    told = public_card(await member.slash(channel, "joke", scenario="[Free Nitro](https://evil.example)"))
    assert told.title == r"\[Free Nitro\](https\://evil.example)"
    assert told.text == (
        "\\# Free\n\\[Nitro\\](https\\://evil.example) \\<https\\://evil.example\\> \\|\\|psst\\|\\| \\`code\\` Haha"
    )


@pytest.mark.parametrize("scenario", [" ", "\t \n"])
async def test_a_blank_scenario_is_answered_with_what_to_type(
    app: App, env: Env, server: FakeModelServer, channel: ChannelHandle, member: MemberActor, scenario: str
) -> None:
    result = await member.slash(channel, "joke", scenario=scenario)
    assert refusal(env, result) == "Give the joke a scenario, such as: A man walking across the road"
    assert (public(channel), server.calls("chat"), await rows(app, "usage")) == ([], [], [])


async def test_long_scenarios_and_endless_answers_are_cut_to_what_discord_takes(
    app: App, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.say = lambda _asked: "Ha" * 2500
    told = public_card(await member.slash(channel, "joke", scenario="s" * 300))
    assert (told.title, told.text) == ("s" * 255 + "…", "Ha" * 2047 + "H…")
    (kept,) = await rows(app, "generations")
    assert json.loads(kept["texts"]) == ["Ha" * 2500]


async def test_another_servers_joke_cannot_be_opened_or_voted_on(
    app: App, env: Env, home: Place, elsewhere: Place
) -> None:
    theirs = answer(await elsewhere.member.slash(elsewhere.channel, "joke", scenario=SCENARIO))
    ours = answer(await home.member.slash(home.channel, "joke", scenario=SCENARIO))
    assert (buttons(theirs)[0][1], buttons(ours)[0][1]) == ("funny:1", "funny:2")
    await app.database.write("UPDATE usage SET guild_id = :id WHERE id = 2", {"id": elsewhere.guild.id})
    for label in ("Another", "Details"):
        result = await home.member.click(ours, label=label)
        assert refusal(env, result) == "This one is no longer saved. Ask for a new one."
    assert refusal(env, await home.member.click(ours, custom_id="funny:2")).startswith("This one is no longer saved")
    assert await rows(app, "votes") == []
