"""`/ask`: what people see of the abilities that the model chose, and what only managers see."""

from typing import Any

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.app import App
from bot.texts import ask as texts
from bot.texts.server import NO_TOOLS
from tests.cogs.conftest import Place
from tests.cogs.seen import Card, answer, buttons, private_card, public, public_card, refusal, rows, texts_sent
from tests.cogs.stock import launched, models, stock
from tests.cogs.test_commands import COMMANDS
from tests.wire import replies
from tests.wire.model_answers import PUN, choosing, tool_call
from tests.wire.model_server import FakeModelServer

QUESTION = "Tell me a joke about a cat"
JOKE = tool_call("joke", {"scenario": "a cat"})
JOBS = tool_call("jobs")
FORBIDDEN = "⚠️ Only server managers can see the status of jobs, and only with `private: True`."


async def test_an_answer_has_the_question_the_words_and_what_the_abilities_returned(
    app: App, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    compare = tool_call("similarity", {"a": "cats", "b": "dogs"}, "call_2")
    server.vector = lambda text: [1.0, 0.0] if text == "cats" else [1.0, 2.0]
    server.say = choosing([JOKE, compare], "A cat, and how near it is to dogs.")
    told = await member.slash(channel, "ask", question=QUESTION)
    fields = {"Joke about a cat": PUN, "Similarity of “cats” and “dogs”": "0.45 – loosely related"}
    assert public_card(told) == Card(QUESTION, "A cat, and how near it is to dogs.", "Used: Joke, Similarity", fields)
    assert buttons(answer(told)) == [("🔍 Details", "ask-details:1:4"), ("🔍 Joke", "details:1")]


async def test_details_count_the_requests_and_their_tokens(
    app: App, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.say = choosing([JOKE], "Haha")
    told = await member.slash(channel, "ask", question=QUESTION)
    first, _, last = await rows(app, "usage")
    read, written = (first[key] + last[key] for key in ("prompt_tokens", "completion_tokens"))
    shown = private_card(await member.click(answer(told), label="Details"))
    assert shown == Card(
        "Details",
        None,
        None,
        {
            "Model": "gpt-6-luna",
            "Requests": "2",
            "Tokens": f"{read} in the prompts, {written} in the answers",
            "Cost": "no charge",
            "Latency": f"{first['latency_ms'] + last['latency_ms']:.0f} ms",
        },
    )
    joke = private_card(await member.click(answer(told), label="Joke"))
    assert joke.fields["Model"] == "gpt-6-luna"


async def test_another_servers_answer_has_no_details(
    env: Env, server: FakeModelServer, home: Place, elsewhere: Place
) -> None:
    server.say = choosing("Hello.")
    told = await home.member.slash(home.channel, "ask", question="Hello?")
    assert public_card(told) == Card("Hello?", "Hello.", "The model used none of the bot's abilities")
    theirs = await elsewhere.member.slash(elsewhere.channel, "ask", question="Hello?")
    forged = await elsewhere.member.click(answer(theirs), custom_id=buttons(answer(theirs))[0][1])
    assert private_card(forged).fields["Requests"] == "1"
    assert [custom_id for _, custom_id in [*buttons(answer(told)), *buttons(answer(theirs))]] == [
        "ask-details:1",
        "ask-details:2",
    ]


async def test_two_jokes_have_a_button_each(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.say = choosing(
        [JOKE, tool_call("joke", {"scenario": "a dog"}), tool_call("slogan", {"description": "ice"})], "Three."
    )
    told = await member.slash(channel, "ask", question="Two jokes and a slogan")
    assert buttons(answer(told)) == [
        ("🔍 Details", "ask-details:1:5"),
        ("🔍 Joke 1", "details:1"),
        ("🔍 Joke 2", "details:2"),
        ("🔍 Slogan", "details:3"),
    ]


async def test_a_managers_private_answer_tells_of_jobs_and_models(
    app: App, server: FakeModelServer, home: Place
) -> None:
    one, other = await models(app, home.guild.id, ["ft:mine", "ft:yours"])
    await app.registry.rename(home.guild.id, "ft:mine", "Ducks_*")
    await app.registry.lose(other)
    await stock(app, home.guild.id, "jokes")
    job = await launched(app, home.guild.id, "jokes")
    server.say = choosing([JOBS, tool_call("models")], "One waits.")
    told = await home.admin.slash(home.channel, "ask", question="How is the training?", private=True)
    status = f"Job {job.id} on “jokes”: sending the training file to the model server"
    cancelled = f"Job {one.job_id} on “for-models”: cancelled"
    listed = "base (gpt-6-luna)\nDucks\\_\\* – tells this server's jokes\nft:yours – gone from the model server"
    assert private_card(told) == Card(
        "How is the training?",
        "One waits.",
        "Used: Jobs, Models. Private answers are not saved.",
        {"Fine-tuning jobs": f"{status}\n{cancelled}", "Models of this server": listed},
    )
    assert public(home.channel) == []


@pytest.mark.parametrize("private", [False, True])
async def test_a_members_model_that_calls_the_managers_ability_is_refused(
    app: App, server: FakeModelServer, home: Place, private: bool
) -> None:
    await stock(app, home.guild.id, "secret")
    await launched(app, home.guild.id, "secret")
    server.say = choosing([JOBS], "I cannot say.")
    told = await home.member.slash(home.channel, "ask", question="How is the training?", private=private)
    shown = (private_card if private else public_card)(told)
    assert (shown.text, shown.fields) == ("I cannot say.", {"Jobs": FORBIDDEN})
    sent = [call.body for call in server.calls("chat")]
    assert all("jobs" not in [tool["function"]["name"] for tool in body["tools"]] for body in sent)
    assert "secret" not in str(sent)


async def test_a_managers_public_answer_tells_no_more_than_a_members(
    app: App, server: FakeModelServer, home: Place
) -> None:
    server.say = choosing([JOBS], "I cannot say.")
    told = await home.admin.slash(home.channel, "ask", question="How is the training?")
    assert public_card(told).fields == {"Jobs": FORBIDDEN}


async def test_a_server_without_tools_says_so_in_private(
    env: Env, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.script("chat", replies.error(400, "No.", param="tools"))
    result = await member.slash(channel, "ask", question=QUESTION)
    assert refusal(env, result) == str(NO_TOOLS)
    assert str(NO_TOOLS) == (
        "The chat model here cannot use the bot's abilities. Use `/joke`, `/slogan` or `/similarity` directly. The bot's operator can "
        "choose a model that calls functions (CHAT_MODEL)."
    )
    assert public(channel) == []


async def test_what_was_made_is_shown_though_the_model_server_fails(
    app: App, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    def say(asked: Any) -> Any:
        server.script("chat", *([replies.error(503)] if "tools" not in asked else []))
        return [JOKE] if "tools" in asked else PUN

    server.say = say
    told = await member.slash(channel, "ask", question=QUESTION)
    assert public_card(told) == Card(QUESTION, str(texts.NO_CLOSING_WORDS), "Used: Joke", {"Joke about a cat": PUN})
    assert len(await rows(app, "generations")) == 1


async def test_nothing_that_people_or_models_write_is_live(
    env: Env, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    link = "@everyone [click](https://evil.example)"
    server.say = choosing([tool_call("joke", {"scenario": link})], f"# {link}", joke=link)
    told = await member.slash(channel, "ask", question=f"# {link}")
    shown = public_card(told)
    escaped = "\\@everyone \\[click\\](https\\://evil.example)"
    assert shown == Card(f"\\# {escaped}", f"\\# {escaped}", "Used: Joke", {f"Joke about {escaped}": escaped})
    assert all(body["allowed_mentions"]["parse"] == [] for body in texts_sent(env))


async def test_an_answer_that_is_as_long_as_can_be_fits_in_a_message(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    call = tool_call("joke", {"scenario": "_" * 300})
    server.say = choosing([call] * 4, "_" * 9000, joke="_" * 9000)
    told = await member.slash(channel, "ask", question="_" * 300)
    (embed,) = answer(told).embeds
    assert (len(embed.fields), len(embed) <= 6000) == (4, True)


def test_arguments_have_the_limits_of_the_commands_options(app: App) -> None:
    offered = {tool.name: tool.function.parameters for tool in app.ask.tools}
    same = {
        ("joke", "scenario"): ("joke", "scenario"),
        ("slogan", "description"): ("slogan", "description"),
        ("slogan", "count"): ("slogan", "count"),
        ("similarity", "a"): ("similarity compare", "first"),
        ("similarity", "b"): ("similarity compare", "second"),
        ("search", "query"): ("similarity search", "query"),
    }
    described: Any = offered
    assert {(name, key) for name in offered for key in described[name]["properties"]} == set(same)
    for (name, key), (command, option) in same.items():
        limits = described[name]["properties"][key]
        (typed,) = [one for one in COMMANDS[command] if one[0] == option]
        _, _, required, least, most = typed
        text = limits["type"] == "string"
        assert (limits["minLength" if text else "minimum"], limits["maxLength" if text else "maximum"]) == (least, most)
        # A command takes a recording in place of its text; a function has the text alone.
        or_spoken = any(one[0] == "voice" for one in COMMANDS[command]) and text
        assert (key in described[name]["required"]) == (required or or_spoken)
