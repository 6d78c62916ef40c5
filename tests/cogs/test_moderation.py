"""Moderation: what members may ask and models may say, the server's own words, alerts, and roles that are spared."""

from pathlib import Path
from typing import Any

import pytest
from simcord import Env, InteractionResult

from bot.app import App
from bot.settings import Settings
from tests.cogs.conftest import Background, Place, Watch
from tests.cogs.contributing import give, opened
from tests.cogs.seen import Card, answer, names, private_card, public, public_card, refusal, rows
from tests.cogs.stock import stock
from tests.wire import replies
from tests.wire.model_answers import choosing, judged, tool_call
from tests.wire.model_server import FakeModelServer

BLOCKED = "This server does not let that through: it has a word that is not allowed here. Put it in other words, and try again."
FLAGGED = (
    "This server does not let that through: its moderation found violence, hate. Put it in other words, and try again."
)
WITHHELD = "The model's answer was not let through. Try again, or ask for something else."


@pytest.fixture
def settings(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    path = tmp_path / "words.txt"
    path.write_text("drat\n/f[i1]ddle\\w*/\n", "utf-8")
    changes = {"moderation": getattr(request, "param", "on"), "blocked_words_file": path, "contributions": "on"}
    return settings.model_copy(update=changes)


@pytest.fixture(autouse=True)
def judging(server: FakeModelServer) -> None:
    """The moderation flags blood, and comes near to it with a knife."""

    def judge(text: str) -> dict[str, Any]:
        if "blood" in text:
            return judged("violence", "hate", violence=0.95)
        return judged(violence=0.4) if "knife" in text else judged()

    server.judge = judge


def asked(server: FakeModelServer) -> dict[str, int]:
    """How often each route was called that might cost something, and the moderation."""
    return {route: len(server.calls(route)) for route in ("moderations", "chat", "embeddings")}


async def everywhere(app: App, home: Place, text: str) -> dict[str, InteractionResult]:
    """A member types the text wherever they can."""
    member, channel = home.member, home.channel
    rank = await member.slash(channel, "similarity rank", text="a")
    matrix = await member.slash(channel, "similarity matrix")
    return {
        "joke": await member.slash(channel, "joke", scenario=text),
        "slogan": await member.slash(channel, "slogan", description="ice", style=text),
        "ask": await member.slash(channel, "ask", question=text),
        "compare": await member.slash(channel, "similarity compare", first="a", second=text),
        "rank": await member.submit_modal(rank, {"lines": f"a\n{text}"}),
        "matrix": await member.submit_modal(matrix, {"lines": f"a\n{text}"}),
        "search": await member.slash(channel, "similarity search", query=text),
        "classify": await member.slash(channel, "similarity classify", text=text),
        "arena": await member.slash(channel, "arena play", scenario=text),
        "contribute": await give(home, member, "A duck", text),
    }


@pytest.fixture
async def busy(app: App, env: Env, home: Place, server: FakeModelServer) -> None:
    """A server in which all of that can be asked."""
    await opened(app, home)
    await app.meaning.labels.add(home.guild.id, home.admin.id, "birds", "a duck")
    for name in ("one", "two"):
        form = await home.admin.slash(home.channel, "prompt add", kind="joke", name=name)
        fields = {"system": name, "examples": "", "step": ["none"], "instruction": ""}
        await home.admin.submit_modal(form, fields)
    await app.arena.start(home.guild.id, home.admin.id)
    for name in ("one v1", "two v1"):
        await app.arena.add(home.guild.id, home.admin.id, name)
    server.forget()


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("text", ["Oh DRAT", "f1ddlesticks", "what a ｄｕｃｋｌｉｎｇ", "d\u200brat"])
async def test_a_listed_word_is_refused_everywhere_before_anything_is_asked(
    app: App, env: Env, home: Place, server: FakeModelServer, text: str
) -> None:
    await home.admin.slash(home.channel, "moderation block", word="Duck*")
    before = len(public(home.channel))
    for command, result in (await everywhere(app, home, text)).items():
        assert refusal(env, result) == BLOCKED, command
    assert asked(server) == {"moderations": 0, "chat": 0, "embeddings": 0}
    assert (await rows(app, "usage"), await rows(app, "contributions")) == ([], [])
    assert len(public(home.channel)) == before


@pytest.mark.usefixtures("busy")
async def test_what_the_moderation_flags_is_refused_everywhere_before_anything_is_paid(
    app: App, env: Env, home: Place, server: FakeModelServer
) -> None:
    for command, result in (await everywhere(app, home, "blood everywhere")).items():
        assert refusal(env, result) == FLAGGED, command
    calls = asked(server)
    assert (calls["chat"], calls["embeddings"]) == (0, 0)
    assert await rows(app, "usage") == []
    first = server.calls("moderations")[0]
    assert first.body == {"model": "omni-moderation-latest", "input": ["blood everywhere"]}


async def test_an_answer_that_is_flagged_is_not_shown_and_not_kept(
    app: App, env: Env, home: Place, server: FakeModelServer
) -> None:
    for text in ("So much blood. Haha", "Drat. Haha"):
        server.say = lambda _asked, text=text: text  # type: ignore[misc]  # bound now
        for command, options in (
            ("joke", {"scenario": "a"}),
            ("slogan", {"description": "a"}),
            ("ask", {"question": "a"}),
        ):
            result = await home.member.slash(home.channel, command, **options)
            assert refusal(env, result) == WITHHELD
    assert await rows(app, "generations") == []
    assert {row["outcome"] for row in await rows(app, "usage")} == {"answered"}
    assert public(home.channel) == []


async def test_the_next_answer_takes_the_place_of_one_that_is_flagged(home: Place, server: FakeModelServer) -> None:
    said = iter(["Blood and blood", "A pun", "drat", "Another pun", "A third"])
    server.say = lambda _asked: next(said).lower()
    written = await home.member.slash(home.channel, "slogan", description="a", count=5)
    assert public_card(written).text == "1. a pun\n2. another pun\n3. a third"


async def test_closing_words_that_are_flagged_leave_the_results(home: Place, server: FakeModelServer) -> None:
    server.say = choosing([tool_call("joke", {"scenario": "a cat"})], "Blood and blood: blood", joke="A pun. Haha")
    server.judge = lambda text: judged("violence") if "Blood" in text else judged()
    told = public_card(await home.member.slash(home.channel, "ask", question="A joke"))
    assert told == Card("A joke", None, "Used: Joke", {"Joke about a cat": "A pun. Haha"})


async def test_one_model_of_a_comparison_is_withheld_and_the_text_is_judged_once(
    app: App, home: Place, server: FakeModelServer
) -> None:
    for name in ("dry", "wet"):
        form = await home.admin.slash(home.channel, "prompt add", kind="joke", name=name)
        fields = {"system": name, "examples": "", "step": ["none"], "instruction": ""}
        await home.admin.submit_modal(form, fields)
    server.say = lambda asked: "blood" if asked["messages"][0]["content"] == "wet" else "A pun"
    shown = public_card(await home.admin.slash(home.channel, "prompt compare", scenario="a", a="dry", b="wet"))
    assert [value.split("\n")[0] for value in shown.fields.values()] == ["A pun", f"⚠️ {WITHHELD}"]
    judged_texts = [text for call in server.calls("moderations") for text in call.body["input"]]
    assert sorted(judged_texts) == ["A pun", "a", "blood"]


async def test_a_report_withholds_answers(
    app: App, home: Place, server: FakeModelServer, background: Background
) -> None:
    await stock(app, home.guild.id, "ducks")
    quote = await home.admin.slash(home.channel, "finetune launch", dataset="ducks")
    await home.admin.click(answer(quote), label="Launch")
    await background.track()
    server.jobs.move(list(server.jobs.jobs)[-1], "succeeded")
    await background.track()
    server.say = lambda asked: "blood. Haha" if asked["model"].startswith("ft:") else "A pun."
    server.forget()
    await background.report()
    (report,) = [
        message for message in public(home.channel) if message.embeds and "learned" in (message.embeds[0].title or "")
    ]
    told = report.embeds[0].fields[-1].value
    assert told == "**Tuned:** ⚠️ Moderation did not let this answer through.\n**Base:** A pun."
    assert asked(server)["moderations"] == 1


async def test_levels(app: App, env: Env, home: Place, server: FakeModelServer) -> None:
    async def told(scenario: str) -> bool:
        result = await home.member.slash(home.channel, "joke", scenario=scenario)
        assert isinstance(env.errors, list)
        return not result.followups

    assert [await told(text) for text in ("a knife", "blood")] == [True, False]
    await home.admin.slash(home.channel, "moderation level", level="strict")
    assert [await told(text) for text in ("a knife", "blood")] == [False, False]
    await home.admin.slash(home.channel, "moderation level", level="off")
    calls = asked(server)["moderations"]
    assert [await told(text) for text in ("a knife", "blood", "drat")] == [True, True, False]
    assert asked(server)["moderations"] == calls


async def test_if_the_moderation_fails_texts_pass_except_in_a_strict_server(
    app: App, env: Env, home: Place, server: FakeModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.script("moderations", replies.error(500), replies.half_json())
    assert public_card(await home.member.slash(home.channel, "joke", scenario="blood")).title == "blood"
    assert caplog.text.count("The moderation did not answer: ") == 2
    await home.admin.slash(home.channel, "moderation level", level="strict")
    server.script("moderations", replies.error(404))
    refused = await home.member.slash(home.channel, "joke", scenario="a duck")
    assert refusal(env, refused) == (
        "This server lets nothing through that its moderation has not judged, and that does not answer. Try again in a minute."
    )


@pytest.mark.parametrize("settings", ["auto", "off"], indirect=True)
async def test_your_own_engine_is_not_asked_and_the_lists_apply(
    app: App, env: Env, home: Place, server: FakeModelServer
) -> None:
    assert public_card(await home.member.slash(home.channel, "joke", scenario="blood")).title == "blood"
    assert refusal(env, await home.member.slash(home.channel, "joke", scenario="drat")) == BLOCKED
    assert asked(server)["moderations"] == 0
    shown = private_card(await home.admin.slash(home.channel, "moderation show"))
    assert shown.fields["Moderation by the model server"] == "not turned on by the bot's operator (`MODERATION`)"


async def test_an_alert_says_who_where_and_why_and_never_what(
    app: App, env: Env, home: Place, server: FakeModelServer, background: Background, clock: Watch
) -> None:
    alerts = home.guild.create_text_channel("alerts")
    await home.admin.slash(home.channel, "moderation alerts", channel=alerts)
    for scenario in ("secret blood", "more blood"):
        await home.member.slash(home.channel, "joke", scenario=scenario)
    clock.now = clock.now.replace(minute=2)
    server.say = lambda _asked: "drat"
    await home.member.slash(home.channel, "joke", scenario="a duck")
    assert isinstance(env.errors, list)
    await background.deliver()
    where = f"`joke` in <#{home.channel.id}>"
    assert [message.content for message in alerts.history()] == [
        f"🛡️ Blocked what <@{home.member.id}> typed into {where}: its moderation found violence, hate.",
        f"🛡️ Blocked what a model answered to <@{home.member.id}> with {where}: it has a word that is not allowed here.",
    ]
    stored = str([await rows(app, table) for table in ("outbox", "usage", "generations", "moderation")])
    assert "secret" not in stored


async def test_members_with_a_bypass_role_are_judged_by_the_operators_list_alone(
    env: Env, home: Place, server: FakeModelServer
) -> None:
    role = home.guild.create_role("Trusted")
    trusted = home.guild.add_member(env.create_user("trusted"), roles=[role])
    await home.admin.slash(home.channel, "moderation block", word="duck")
    await home.admin.slash(home.channel, "moderation bypass", role=role)
    told = await trusted.slash(home.channel, "joke", scenario="blood of a duck")
    assert public_card(told).title == "blood of a duck"
    assert refusal(env, await trusted.slash(home.channel, "joke", scenario="drat")) == BLOCKED
    assert refusal(env, await home.member.slash(home.channel, "joke", scenario="a duck")) == BLOCKED
    shown = await home.admin.slash(home.channel, "moderation bypass", role=role, remove=True)
    assert private_card(shown).fields["Roles that are not moderated"] == "none"
    assert refusal(env, await trusted.slash(home.channel, "joke", scenario="a duck")) == BLOCKED


async def test_words_are_added_listed_and_removed(app: App, env: Env, home: Place, elsewhere: Place) -> None:
    async def said(command: str, word: str) -> str:
        return answer(await home.admin.slash(home.channel, f"moderation {command}", word=word)).content

    assert await said("block", " Ｄuck* ") == "“duck\\*” is blocked from now on."
    assert await said("block", "two  words") == "“two words” is blocked from now on."
    assert await said("block", "DUCK*") == "“duck\\*” is already blocked here."
    assert (await said("block", "***")).startswith("Give a word, several words or a sign, of at most 60 characters.")
    assert (await said("block", "a* b")).startswith("Give a word, several words or a sign, of at most 60 characters.")
    assert await said("unblock", "goose") == "“goose” is not blocked here. `/moderation words` shows what is."
    assert isinstance(env.errors, list)
    listed = private_card(await home.admin.slash(home.channel, "moderation words"))
    assert listed == Card("Words that are blocked", "duck\\*\ntwo words")
    assert names(await home.admin.autocomplete(home.channel, "moderation unblock", "word", "")) == [
        "duck*",
        "two words",
    ]
    assert await said("unblock", "Duck*") == "“duck\\*” is no longer blocked."
    theirs = private_card(await elsewhere.admin.slash(elsewhere.channel, "moderation words"))
    assert theirs.text == "No words are blocked here yet. `/moderation block` adds one."
    (row,) = await rows(app, "blocked_words")
    assert (row["guild_id"], row["word"], row["added_by"]) == (home.guild.id, "two words", home.admin.id)


async def test_everything_that_is_set_is_shown(home: Place) -> None:
    role = home.guild.create_role("Trusted")
    await home.admin.slash(home.channel, "moderation block", word="duck")
    await home.admin.slash(home.channel, "moderation level", level="strict")
    await home.admin.slash(home.channel, "moderation bypass", role=role)
    shown = private_card(await home.admin.slash(home.channel, "moderation alerts", channel=home.channel))
    level = "strict: also what comes near to being flagged, and everything while the moderation does not answer"
    assert shown == Card(
        "Moderation of this server",
        None,
        "/moderation level, alerts, bypass, block and unblock change this.",
        {
            "Moderation by the model server": level,
            "Channel for alerts": f"<#{home.channel.id}>",
            "Words that are blocked": "1 (/moderation words shows it)",
            "Roles that are not moderated": f"<@&{role.id}>",
        },
    )
    cleared = private_card(await home.admin.slash(home.channel, "moderation alerts", clear=True))
    assert cleared.fields["Channel for alerts"] == "none"


async def test_a_comparison_that_is_known_is_judged_too(env: Env, home: Place) -> None:
    texts = {"first": "a duck", "second": "a goose"}
    await home.member.slash(home.channel, "similarity compare", **texts)
    await home.admin.slash(home.channel, "moderation block", word="goose")
    assert refusal(env, await home.member.slash(home.channel, "similarity compare", **texts)) == BLOCKED
