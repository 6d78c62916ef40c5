"""`/dataset preferences`: what people chose in the arena becomes a training file for DPO, and the next model meets the old one."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from simcord import Env

from bot.app import App
from bot.store.arena import ArenaStore, Round
from tests.bot.parts import path_of
from tests.cogs.conftest import Background, Place
from tests.cogs.seen import answer, buttons, private_card, public_card, refusal, rows
from tests.cogs.stock import models
from tests.wire.model_server import FakeModelServer

ONE, TWO = "ft:one", "ft:two"


async def play(app: App, home: Place, choices: Sequence[str], number: int, *, close: bool = True) -> None:
    """A round between the two models in which members 1, 2, … chose so."""
    store, now = ArenaStore(app.database), app.clock()
    left, right = [one.id for one in await store.contestants(home.guild.id) if one.model_id is not None]
    told = f"Short {number}. Haha", f"Long and longer {number}. Haha"
    ends = now + timedelta(hours=1)
    asked = Round(0, home.guild.id, f"Duck {number}", left, right, *told, 0.5, 9, 1, now, ends, None)
    round_ = await store.open(asked)
    for member, choice in enumerate(choices, 1):
        assert await store.vote(round_.id, member, choice, now=now)
    if close:
        await store.close(round_.id, now=now)


@pytest.fixture(autouse=True)
async def two(app: App, server: FakeModelServer, home: Place) -> None:
    for name in (ONE, TWO):
        server.models[name] = {"id": name, "object": "model", "created": 0, "owned_by": "x"}
    server.models["practice-1"]["meta"] = {"n_params": 500_000, "fine_tuning_methods": ["supervised"]}
    await models(app, home.guild.id, [ONE, TWO])
    await app.arena.start(home.guild.id, home.admin.id)


async def test_decided_rounds_become_pairs_without_anybodys_name(app: App, home: Place, elsewhere: Place) -> None:
    for number in range(9):
        await play(app, home, ["left", "left", "skip", "both_good"], number)
    await play(app, home, ["right", "right", "right", "left", "skip"], 9)
    for number, undecided in enumerate((["left"], ["left", "right"], ["left", "left", "both_bad", "both_bad"]), 20):
        await play(app, home, undecided, number)
    await play(app, home, ["left", "left"], 30, close=False)
    shown = await home.admin.slash(home.channel, "dataset preferences", name="taste")
    assert (public_card(shown).text or "").split("\n")[:2] == [
        "Made from 13 closed rounds: a round counts if one answer got at least 2 votes and 60 % of all votes.",
        "10 preference pairs, about 340 tokens, 3.1 kB",
    ]
    assert buttons(answer(shown))[0][0] == "🚂 Train on this"
    (dataset,) = [one for one in await app.datasets.list(home.guild.id) if one.name == "taste"]
    pairs = [json.loads(line) for line in path_of(app, dataset).read_bytes().splitlines()]
    system = "Tell a joke."  # of the model in use
    turns = [{"role": "system", "content": system}, {"role": "user", "content": "Duck 9"}]
    assert pairs[9] == {
        "input": {"messages": turns, "tools": [], "parallel_tool_calls": True},
        "preferred_output": [{"role": "assistant", "content": "Long and longer 9. Haha"}],
        "non_preferred_output": [{"role": "assistant", "content": "Short 9. Haha"}],
    }
    assert [pair["preferred_output"][0]["content"] for pair in pairs[:9]] == [f"Short {n}. Haha" for n in range(9)]
    sample = private_card(await home.admin.slash(home.channel, "dataset show", name="taste"))
    assert sample.fields["Example 1: Duck 0"] == (
        "**Preferred:** Short 0. Haha\n**Not preferred:** Long and longer 0. Haha"
    )
    assert await app.datasets.list(elsewhere.guild.id) == ()


async def test_pairs_train_the_model_in_use_by_dpo_and_what_comes_of_it_joins_the_arena(
    app: App, server: FakeModelServer, home: Place, background: Background
) -> None:
    for number in range(10):
        await play(app, home, ["left" if number else "right"] * 2, number)
    shown = await home.admin.slash(home.channel, "dataset preferences", name="taste")
    quote = answer(await home.admin.click(answer(shown), label="Train on this"))
    fields = {field.name: field.value for field in quote.embeds[0].fields}
    assert fields["Base model"] == ONE
    assert fields["Method"] == "DPO: learns which answers people prefer"
    await home.admin.click(quote, label="Launch")
    await background.track()
    (created,) = server.calls("create_job")
    assert created.body["method"] == {"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": "auto"}}}
    server.jobs.finish(next(iter(server.jobs.jobs)))
    await background.track()
    new = (await app.registry.models(home.guild.id)).models[0].model
    contestants = await ArenaStore(app.database).contestants(home.guild.id)
    assert [one.model for one in contestants] == [None, ONE, TWO, new]


async def test_a_model_that_an_admin_took_out_stays_out_when_the_arena_opens_again(app: App, home: Place) -> None:
    await home.admin.slash(home.channel, "arena remove", model=TWO)
    await home.admin.slash(home.channel, "arena stop")
    await home.admin.slash(home.channel, "arena start")
    contestants = await ArenaStore(app.database).contestants(home.guild.id)
    assert [one.model for one in contestants] == [None, ONE]


async def test_too_few_decided_rounds_and_rounds_that_one_model_won_are_refused(
    app: App, env: Env, home: Place
) -> None:
    for number in range(9):
        await play(app, home, ["left", "left"], number)
    few = (
        "Only 9 of 9 closed rounds have a clear winner, and training needs at least 10. Play more rounds with `/arena play`, or choose a"
        " smaller `votes` or `percent`."
    )
    assert refusal(env, await home.admin.slash(home.channel, "dataset preferences", name="taste")) == few
    await play(app, home, ["left", "left"], 9)
    one_sided = (
        "ft:one won all 10 decided rounds, so a model would learn nothing from them. Add more contestants with `/arena add`, such as a"
        " checkpoint of ft:one, and play more rounds."
    )
    assert refusal(env, await home.admin.slash(home.channel, "dataset preferences", name="taste")) == one_sided
    assert [row["name"] for row in await rows(app, "datasets")] == ["for-models"]
    assert list(app.settings.files_folder.glob("*.part")) == []


async def test_a_base_that_does_not_learn_by_dpo_is_refused_before_anything_is_launched(
    env: Env, app: App, home: Place
) -> None:
    for number in range(10):
        await play(app, home, ["left" if number else "right"] * 2, number)
    await home.admin.slash(home.channel, "dataset preferences", name="taste")
    said = "practice-1 cannot be tuned by the method `dpo`. Choose another base model, or a dataset of the other kind (`/dataset list`)."
    launch = await home.admin.slash(home.channel, "finetune launch", dataset="taste", base_model="practice-1")
    assert refusal(env, launch) == said
