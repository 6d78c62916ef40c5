"""Jokes: by the server's own model without examples, else by the base with ten; and one vote a member."""

import json
from pathlib import Path

import pytest

from bot.app import App
from bot.errors import InvalidInputError, NotFoundError, ServerNonsenseError
from bot.store.generations import Tally
from bot.store.models import ModelStore, RegisteredModel
from tests.bot.parts import ADMIN, GUILD, MEMBER, OTHER_GUILD, START, count
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

SYSTEM = "You are an assistant that creates funny one-line jokes based on a given scenario."
SCENARIO = "A man walking across the road"
SHIPPED = Path(__file__).parents[2] / "data" / "jokes.jsonl"


async def own_model(
    app: App, guild_id: int = GUILD, name: str = "ft:practice-1:mine", *, use: bool = True
) -> RegisteredModel:
    store = ModelStore(app.database)
    model = await store.add(guild_id, name, base_model="practice-1", job_id=None, now=START)
    if use:
        await store.activate(guild_id, model.id, activated_by=ADMIN, now=START)
    return model


async def test_without_a_model_the_base_is_shown_ten_examples(app: App, server: FakeModelServer) -> None:
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    with SHIPPED.open(encoding="utf-8") as lines:
        shipped = [json.loads(line)["messages"] for line, _ in zip(lines, range(10), strict=False)]
    turns = [turn for example in shipped for turn in example[1:]]
    (call,) = server.calls("chat")
    assert call.body == {
        "model": "gpt-6-luna",
        "messages": [{"role": "system", "content": SYSTEM}, *turns, {"role": "user", "content": SCENARIO}],
        "n": 1,
        "temperature": 1,
    }
    assert len(turns) == 20
    assert (joke.fine_tuned, joke.examples, joke.model) == (False, 10, "gpt-6-luna")


async def test_the_servers_own_model_needs_no_example(app: App, server: FakeModelServer) -> None:
    await own_model(app)
    server.say = lambda _asked: " Why? To get to the other side! Haha\n"
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    (call,) = server.calls("chat")
    assert call.body["model"] == "ft:practice-1:mine"
    assert call.body["messages"] == [{"role": "system", "content": SYSTEM}, {"role": "user", "content": SCENARIO}]
    assert (joke.text, joke.scenario) == ("Why? To get to the other side! Haha", SCENARIO)
    assert (joke.fine_tuned, joke.examples, joke.model) == (True, 0, "ft:practice-1:mine")


async def test_a_joke_is_kept_with_what_was_asked(app: App) -> None:
    model = await own_model(app)
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO, model.model)
    kept = await app.generations.get(GUILD, joke.id)
    assert kept is not None
    assert (kept.kind, kept.user_id, kept.texts, kept.fine_tuned) == ("joke", MEMBER, (joke.text,), True)
    assert kept.request == {"scenario": SCENARIO, "model": model.model}
    assert (kept.model, kept.created_at) == (model.model, START)


async def test_a_member_may_ask_another_of_the_servers_models(app: App, server: FakeModelServer) -> None:
    await own_model(app)
    other = await own_model(app, name="ft:practice-1:other", use=False)
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO, other.model)
    assert (joke.model, joke.fine_tuned) == (other.model, True)


@pytest.mark.parametrize("wanted", ["base", "gpt-6-luna"])
async def test_the_base_can_be_asked_for_by_name(app: App, wanted: str) -> None:
    await own_model(app)
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO, wanted)
    assert (joke.model, joke.fine_tuned, joke.examples) == ("gpt-6-luna", False, 10)


async def test_another_servers_model_is_refused(app: App, server: FakeModelServer) -> None:
    theirs = await own_model(app, OTHER_GUILD)
    with pytest.raises(NotFoundError) as refused:
        await app.jokes.tell(GUILD, MEMBER, SCENARIO, theirs.model)
    assert str(refused.value) == "This server has no model “ft:practice-1:mine”. `/models list` shows what it has."
    assert server.calls("chat") == []
    assert (await app.jokes.tell(GUILD, MEMBER, SCENARIO)).fine_tuned is False


async def test_a_blank_scenario_is_refused_before_anybody_is_asked(app: App, server: FakeModelServer) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await app.jokes.tell(GUILD, MEMBER, " ")
    assert str(refused.value) == "Give the joke a scenario, such as: A man walking across the road"
    assert server.history == []


async def test_an_empty_answer_is_the_models_fault_and_not_kept(app: App, server: FakeModelServer) -> None:
    server.script("chat", replies.ok({"model": "m", "choices": [{"message": {"content": None}}]}))
    with pytest.raises(ServerNonsenseError) as refused:
        await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    assert str(refused.value) == "The model answered with nothing. Try again, or with another scenario."
    assert (await count(app.database, "generations"), await count(app.database, "usage")) == (0, 0)


async def test_a_member_has_one_vote_on_a_joke_and_may_change_it(app: App) -> None:
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    assert await app.jokes.vote(GUILD, MEMBER, joke.id, funny=True) == (True, Tally(1, 0))
    assert await app.jokes.vote(GUILD, MEMBER, joke.id, funny=True) == (False, Tally(1, 0))
    assert await app.jokes.vote(GUILD, ADMIN, joke.id, funny=True) == (True, Tally(2, 0))
    assert await app.jokes.vote(GUILD, MEMBER, joke.id, funny=False) == (True, Tally(1, 1))


@pytest.mark.parametrize("guild_id", [OTHER_GUILD, GUILD])
async def test_nobody_votes_on_what_their_server_does_not_have(app: App, guild_id: int) -> None:
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    number = joke.id if guild_id == OTHER_GUILD else joke.id + 1
    with pytest.raises(NotFoundError) as refused:
        await app.jokes.vote(guild_id, MEMBER, number, funny=True)
    assert str(refused.value) == "This one is no longer kept. Ask for a new one."
    assert await count(app.database, "votes") == 0
