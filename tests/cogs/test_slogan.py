"""`/slogan`: what members see, what the model is asked, and what is kept."""

import json
from collections.abc import Callable
from itertools import count

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.app import App
from bot.client import PunchlineBot
from bot.store.models import ModelStore
from tests.cogs.conftest import Place
from tests.cogs.seen import Card, answer, buttons, names, private_card, public, public_card, refusal, rows
from tests.wire.model_server import FakeModelServer

COMPANY = "A company that sells ice cream"
SYSTEM = {
    "role": "system",
    "content": "You are an assistant that creates a slogan based on company description",
}


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
    assert buttons(answer(written)) == [("🔁 Again", "slogan:1"), ("🔍 Details", "details:1")]
    (asked,) = server.calls("chat")
    messages = [SYSTEM, {"role": "user", "content": COMPANY}]
    assert asked.body == {"model": "gpt-6-luna", "messages": messages, "n": 1, "temperature": 1}
    (kept,) = await rows(app, "generations")
    request = {"description": COMPANY, "count": 1, "temperature": None, "style": None, "model": None}
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
    assert buttons(answer(second)) == [("🔁 Again", "slogan:2"), ("🔍 Details", "details:2")]
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
    assert written.footer == f"{shown}. This one could not be saved, so it has no buttons"


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
