"""Whatever members, files, names and models write, nothing of it is live where Discord shows it.

The checks of what was sent are in `tests/cogs/sent.py`; every test of commands makes them at its end. Here all texts are hostile.
"""

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simcord import Env, InteractionResult

from bot.app import App
from bot.characters import mended
from bot.settings import Settings
from bot.store.models import ModelStore
from bot.texts.template import Text, clip, code, escape, markdown, plain
from cogs.ui.text import typed
from tests.cogs.conftest import Background, Place, Watch
from tests.cogs.contributing import give, opened, queue
from tests.cogs.seen import answer, buttons, public, texts_sent
from tests.cogs.sent import VICTIM, said, wrong
from tests.cogs.stock import stock
from tests.wire import replies
from tests.wire.model_answers import choosing, tool_call
from tests.wire.model_server import FakeModelServer

FAMILY = "👩‍👩‍👧‍👦"
HOSTILE = {
    "live": f"@everyone <@{VICTIM}> <@!{VICTIM}> <@&{VICTIM}> <#{VICTIM}> </joke:{VICTIM}> [Free](https://evil.example) <https://evil.example>"
    " HTTPS://evil.example discord.gg/evil Discord.GG/evil discordapp.com/invite/evil \\[a](https://evil.example) \\@here",
    "unseen": "\u202egpj.exe\u2066\u2069\u200e\u061c a\u200b\u200d\u2060\ufeff\u3164\U000e0041\x00\x1b\x7f \ud83d z"
    + "\u0335" * 150,
    "code": "```py\nevil\n``` ``` `one` ``two`` ``` \\\\``` \\",
    "lines": "# H\r# H\r\n> q\x0b# H\u2028# H\x85-# s\n1. x\n- y",
    "long": "*_~|`[]()<>#" * 8 + FAMILY * 18,
}
SLOW = ("code", "lines", "long")  # as good as one of the others, or nearly
ANYTHING = st.text(st.characters(), max_size=80) | st.text(
    st.sampled_from("*_~|`[]()<>#-+.1\\:/ \n\r\u202e\u200b\ud83dhtps@everyonediscord.gg"), max_size=60
)
# What is typed after a command, the largest that Discord lets through.
SCENARIO, DESCRIPTION, NAME, LONG = 300, 500, 100, 1000


@pytest.fixture(
    params=[pytest.param(text, marks=pytest.mark.soak if name in SLOW else ()) for name, text in HOSTILE.items()],
    ids=list(HOSTILE),
)
def hostile(request: pytest.FixtureRequest, server: FakeModelServer) -> str:
    """A text as people type it. The model writes it at length, each time with another number, and may break characters in two."""
    text: str = request.param
    numbers = count(1)
    server.say = lambda _asked: f"{text} {next(numbers)} {text * (6000 // len(text))}"
    return mended(text)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"contributions": "on"})


@given(ANYTHING, st.integers(1, 200))
def test_a_text_is_harmless_in_every_way_in_which_it_is_put_into_a_message(text: str, limit: int) -> None:
    template = Text("{text} and `{text!c}`")
    shown = [escape(text), typed(text, limit), clip(escape(text), limit), markdown(template, {"text": text})]
    shown += [f"`{code(text)}`", "".join(markdown(template, {"text": clip(text, limit)}))]
    assert [why for one in shown for why in wrong("description", one)] == []
    assert [why for one in (plain(template, {"text": text}), clip(text, limit)) for why in wrong("footer", one)] == []


async def press(member: Any, message: Any, *labels: str) -> list[InteractionResult]:
    """Press these buttons of one message, in order."""
    return [await member.click(message, label=label) for label in labels]


async def test_jokes_slogans_and_their_buttons(env: Env, server: FakeModelServer, home: Place, hostile: str) -> None:
    member, channel = home.member, home.channel
    joke = answer(await member.slash(channel, "joke", scenario=hostile[:SCENARIO]))
    await press(member, joke, "Another", "Details", "More like this")
    await member.click(joke, custom_id=buttons(joke)[0][1])
    slogans = answer(
        await member.slash(channel, "slogan", description=hostile[:DESCRIPTION], count=5, style=hostile[:NAME])
    )
    await press(member, slogans, "Variations", "Again", "Details")
    await member.click(slogans, custom_id="use-slogan:3:0")
    await member.slash(channel, "similarity search", query=hostile)
    await member.slash(channel, "top")
    assert len(texts_sent(env)) >= 10


async def test_questions(server: FakeModelServer, home: Place, hostile: str) -> None:
    calls = [
        tool_call("joke", {"scenario": hostile[:SCENARIO]}),
        tool_call("slogan", {"description": hostile[:DESCRIPTION], "count": 5}),
        tool_call("similarity", {"a": hostile, "b": "x"}),
        tool_call("search", {"query": hostile}),
    ]
    server.say = choosing(calls, hostile * 50, joke=hostile * 50)
    asked = answer(await home.member.slash(home.channel, "ask", question=hostile[:SCENARIO]))
    await home.member.click(asked, label="Details")
    server.say = choosing([tool_call(hostile, {"a": hostile})], hostile)
    assert answer(await home.member.slash(home.channel, "ask", question="Hi")).embeds


async def test_comparisons_and_labels(env: Env, home: Place, hostile: str) -> None:
    admin, channel = home.admin, home.channel
    await admin.slash(channel, "similarity compare", first=hostile, second=f"{hostile} 2")
    for command, options in (("rank", {"text": hostile}), ("matrix", {}), ("classify", {"text": hostile})):
        shown = await admin.slash(channel, f"similarity {command}", **options)
        if shown.modal is not None:
            await admin.submit_modal(shown, {"lines": "\n".join([f"{n} {hostile}" for n in range(2)] * 3)[:4000]})
    for name in (hostile[:NAME], "@everyone", "[a](https://evil.example)"):
        form = await admin.slash(channel, "labels add", name=name)
        if form.modal is not None:
            await admin.submit_modal(form, {"lines": hostile.replace("\n", " ")})
        await admin.autocomplete(channel, "labels remove", "name", "")
    await admin.slash(channel, "labels list")
    await admin.slash(channel, "similarity classify", text=hostile)
    await admin.slash(channel, "labels remove", name=hostile[:NAME])
    assert isinstance(env.errors, list)


def training_file(text: str) -> bytes:
    """Twelve examples, every text of which is this one."""
    turns = [{"role": role, "content": text} for role in ("system", "user", "assistant")]
    chats = [[*turns[:2], {"role": "assistant", "content": f"{text} {number}"}] for number in range(12)]
    return "\n".join(json.dumps({"messages": chat}) for chat in chats).encode()


async def test_datasets_and_drafts(env: Env, app: App, home: Place, hostile: str) -> None:
    admin, channel = home.admin, home.channel
    for name in (f"{hostile}.jsonl", "jokes.jsonl"):
        await admin.slash(channel, "dataset upload", file=(name, training_file(hostile)))
        await admin.slash(channel, "dataset upload", file=(name, training_file(f"{hostile} \ud83d")))
    lines = "\n".join(f'"{hostile}","{hostile} {n}"' for n in range(12))
    drafted = await admin.slash(channel, "dataset upload", file=("lines.csv", f"Scenario,Punchline\n{lines}".encode()))
    if drafted.response is not None:  # no table has a null character
        await press(admin, answer(drafted), "Save")
        review = answer(await admin.slash(channel, "dataset review", draft="lines"))
        await press(admin, review, "Edit", "Keep")
    for name in (hostile[:NAME], "1. discord.gg"):
        await admin.slash(channel, "dataset new", name=name, system=hostile)
    form = await admin.slash(channel, "dataset add", draft="1. discord.gg")
    added = await admin.submit_modal(form, {"scenario": hostile, "punchline": hostile})
    form = (await press(admin, answer(added), "Paste many"))[0]
    await admin.submit_modal(form, {"lines": f"{hostile} => {hostile}"})
    for dataset in await app.datasets.list(home.guild.id):
        for command in ("show", "check", "split", "export", "remove"):
            await admin.slash(channel, f"dataset {command}", name=dataset.name)
        await admin.autocomplete(channel, "dataset show", "name", "")
    await admin.slash(channel, "dataset list")
    assert len(await app.datasets.list(home.guild.id)) >= 2
    assert isinstance(env.errors, list)


async def test_what_is_not_there_is_named_harmlessly(env: Env, home: Place, hostile: str) -> None:
    admin, channel, name = home.admin, home.channel, hostile[:NAME]
    unknown: list[tuple[str, dict[str, Any]]] = [
        *((f"dataset {command}", {"name": name}) for command in ("show", "check", "split", "export", "remove")),
        *((f"dataset {command}", {"draft": name}) for command in ("add", "review")),
        ("finetune launch", {"dataset": name, "base_model": name, "suffix": name[:40]}),
        ("joke", {"scenario": "a", "model": name}),
        ("slogan", {"description": "a", "model": name}),
        ("models use", {"model": name}),
        ("models rename", {"model": name, "name": name[:40]}),
        ("models archive", {"model": name}),
        ("models compare", {"scenario": name, "model1": name, "model2": "base"}),
        ("prompt use", {"prompt": name}),
        ("prompt add", {"kind": "joke", "name": name}),
        ("prompt compare", {"scenario": name, "a": name, "b": "shipped"}),
        ("similarity map", {"dataset": name}),
        ("arena add", {"model": name}),
        ("arena remove", {"model": name}),
        ("settings contributions", {"draft": name}),
        ("dataset laughter", {"name": name}),
        ("dataset preferences", {"name": name}),
    ]
    for command, options in unknown:
        await admin.slash(channel, command, **options)
    assert isinstance(env.errors, list)
    assert len(texts_sent(env)) >= len(unknown)


async def test_what_the_model_server_says_of_its_failures(
    env: Env, server: FakeModelServer, home: Place, hostile: str
) -> None:
    await home.member.slash(home.channel, "joke", scenario="a")
    for status in (400, 401, 403, 404, 429, 500):
        server.script("chat", replies.error(status, hostile * 5, code=hostile))
        await home.member.slash(home.channel, "joke", scenario="a")
    server.script("embeddings", replies.error(400, hostile))
    await home.member.slash(home.channel, "similarity compare", first="a", second="b")
    assert isinstance(env.errors, list)


async def test_prompts_and_models(app: App, server: FakeModelServer, home: Place, hostile: str) -> None:
    admin, channel = home.admin, home.channel
    form = await admin.slash(channel, "prompt add", kind="joke", name="1. discord.gg")
    line = " ".join(hostile.split())
    fields = {"system": hostile, "examples": f"{line} => {line}", "step": ["polish"], "instruction": hostile}
    saved = await admin.submit_modal(form, fields)
    await press(admin, answer(saved), "Use it")
    await admin.slash(channel, "prompt add", kind="joke", name="1. discord.gg")
    await admin.slash(channel, "prompt list")
    await admin.slash(channel, "prompt compare", scenario=hostile[:SCENARIO], a="1. discord.gg", b="shipped")
    wild = f"ft:{hostile}"
    server.models[wild] = {"owned_by": hostile}
    store = ModelStore(app.database)
    model = await store.add(home.guild.id, wild, base_model=hostile, job_id=None, now=app.clock(), kind="joke")
    await store.activate(home.guild.id, model.id, kind="joke", activated_by=admin.id, now=app.clock())
    told = answer(await home.member.slash(channel, "joke", scenario="a"))
    await press(home.member, told, "Details")
    for command, option in (("models use", "model"), ("models compare", "model1"), ("arena add", "model")):
        await admin.autocomplete(channel, command, option, "")
    await admin.slash(channel, "models list")
    await admin.slash(channel, "models compare", scenario=hostile[:SCENARIO], model1="base", model2=wild)
    await admin.slash(channel, "arena start")
    await admin.slash(channel, "models rollback")


async def test_rounds_of_the_arena_and_the_digest(
    app: App, home: Place, clock: Watch, background: Background, hostile: str
) -> None:
    admin, channel = home.admin, home.channel
    await admin.slash(channel, "prompt add", kind="joke", name="dry")
    form = await admin.slash(channel, "prompt add", kind="joke", name="dry")
    fields = {"system": hostile, "examples": "", "step": ["none"], "instruction": ""}
    await admin.submit_modal(form, fields)
    await admin.slash(channel, "settings digest", channel=channel)
    await app.arena.start(home.guild.id, admin.id)
    await admin.slash(channel, "arena add", model="dry v1")
    opened_round = answer(await home.member.slash(channel, "arena play", scenario=hostile[:SCENARIO]))
    await home.member.click(opened_round, label="A")
    joke = answer(await home.member.slash(channel, "joke", scenario=hostile[:SCENARIO]))
    await home.member.click(joke, custom_id=buttons(joke)[0][1])
    await admin.slash(channel, "arena ranking")
    clock.now = clock.now.replace(day=29, hour=13)
    await app.digests.round()
    await background.deliver()
    assert len(public(channel)) >= 4


async def test_contributions(app: App, home: Place, background: Background, hostile: str) -> None:
    await opened(app, home)
    stored = await give(home, home.member, hostile, hostile)
    assert list(said({"embeds": [embed.to_dict() for embed in answer(stored).embeds]}))
    page = await queue(home)
    await press(home.admin, page, "Edit")
    form = (await press(home.admin, page, "Reject"))[0]
    await home.admin.submit_modal(form, {"lines": hostile[:100]})
    shown = answer(await home.member.slash(home.channel, "contributions"))
    await press(home.member, shown, "Withdraw")
    await background.deliver()


async def test_trainings_and_their_reports(
    app: App, server: FakeModelServer, home: Place, background: Background, hostile: str
) -> None:
    admin, channel = home.admin, home.channel
    await home.member.slash(channel, "joke", scenario=hostile[:SCENARIO])
    await stock(app, home.guild.id, "ducks", content=training_file(hostile))
    quote = await admin.slash(channel, "finetune launch", dataset="ducks")
    await press(admin, answer(quote), "Launch")
    await background.track()
    remote = list(server.jobs.jobs)[-1]
    server.jobs.move(remote, "running")
    for level in ("info", "warn", "error"):
        server.jobs.emit(remote, hostile * 3, level=level)
    await background.track()
    for command in ("events", "status", "list"):
        await admin.slash(channel, f"finetune {command}")
    await admin.slash(channel, "finetune checkpoints", job=1)
    server.jobs.move(remote, "succeeded", fine_tuned_model=f"ft:{hostile}")
    await background.track()
    await background.report()
    report = public(channel)[-1]
    await press(home.member, report, "Details")
    await admin.slash(channel, "finetune report")
    await admin.slash(channel, "finetune launch", dataset="ducks")


async def test_a_training_that_failed_says_why(
    app: App, server: FakeModelServer, home: Place, background: Background, hostile: str
) -> None:
    await stock(app, home.guild.id, "ducks")
    quote = await home.admin.slash(home.channel, "finetune launch", dataset="ducks")
    await press(home.admin, answer(quote), "Launch")
    await background.track()
    problem = {"code": hostile, "message": hostile * 5, "param": hostile}
    server.jobs.move(list(server.jobs.jobs)[-1], "failed", error=problem)
    await background.track()
    await home.admin.slash(home.channel, "finetune status")
    await home.admin.slash(home.channel, "finetune list")
