"""Jokes: by the server's own model without examples, else by the base with ten; and one vote a member."""

import asyncio
import json
from contextlib import ExitStack

import pytest

from bot.app import App
from bot.errors import ConflictError, InvalidInputError, NotFoundError, ServerNonsenseError
from bot.in_flight import MAX_PER_MEMBER, InFlight
from bot.kinds import JOKE
from bot.metering.ledger import UNLIMITED_ANSWER_TOKENS
from bot.store.generations import GenerationStore, Tally
from bot.store.usage import UsageStore
from tests.bot.parts import ADMIN, GUILD, MEMBER, OTHER_GUILD, START, count, own_model
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

SYSTEM = "You are an assistant that creates funny one-line jokes based on a given scenario."
SCENARIO = "A man walking across the road"


async def test_without_a_model_the_base_is_shown_ten_examples(app: App, server: FakeModelServer) -> None:
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    with JOKE.examples.open(encoding="utf-8") as lines:
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
    assert (joke.tuned, joke.examples, joke.lost) == (None, 10, None)


async def test_the_servers_own_model_needs_no_example(app: App, server: FakeModelServer) -> None:
    mine = await own_model(app, use=True)
    server.say = lambda _asked: " Why? To get to the other side! Haha\n"
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    (call,) = server.calls("chat")
    assert call.body["model"] == "ft:practice-1:mine"
    assert call.body["messages"] == [{"role": "system", "content": SYSTEM}, {"role": "user", "content": SCENARIO}]
    assert (joke.text, joke.scenario) == ("Why? To get to the other side! Haha", SCENARIO)
    assert (joke.tuned, joke.examples) == (mine, 0)


async def test_a_joke_is_kept_with_what_was_asked(app: App) -> None:
    model = await own_model(app, use=True)
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO, model.model)
    kept = await app.generations.find(GUILD, joke.id or 0)
    assert (kept.kind, kept.user_id, kept.texts, kept.fine_tuned) == ("joke", MEMBER, (joke.text,), True)
    assert kept.request == {"scenario": SCENARIO, "model": model.model}
    assert (kept.model, kept.created_at) == (model.model, START)


async def test_a_member_may_ask_another_of_the_servers_models(app: App, server: FakeModelServer) -> None:
    await own_model(app, use=True)
    other = await own_model(app, "ft:practice-1:other")
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO, other.model)
    assert joke.tuned == other


@pytest.mark.parametrize("wanted", ["base", "gpt-6-luna"])
async def test_the_base_can_be_asked_for_by_name(app: App, wanted: str) -> None:
    await own_model(app, use=True)
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO, wanted)
    assert (joke.tuned, joke.examples) == (None, 10)


async def test_another_servers_model_is_refused(app: App, server: FakeModelServer) -> None:
    theirs = await own_model(app, guild_id=OTHER_GUILD, use=True)
    with pytest.raises(NotFoundError) as refused:
        await app.jokes.tell(GUILD, MEMBER, SCENARIO, theirs.model)
    assert str(refused.value) == "This server has no model “ft:practice-1:mine”. `/models list` shows its models."
    assert server.calls("chat") == []
    assert (await app.jokes.tell(GUILD, MEMBER, SCENARIO)).tuned is None


async def test_a_blank_scenario_is_refused_before_anybody_is_asked(app: App, server: FakeModelServer) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await app.jokes.tell(GUILD, MEMBER, " ")
    assert str(refused.value) == "Give the joke a scenario, such as: A man walking across the road"
    assert server.history == []


async def test_an_empty_answer_is_said_not_kept_and_still_on_the_bill(app: App, server: FakeModelServer) -> None:
    server.script("chat", replies.ok({"model": "m", "choices": [{"message": {"content": None}}]}))
    with pytest.raises(ServerNonsenseError) as refused:
        await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    assert str(refused.value) == "The model returned an empty answer. Try again, or try another scenario."
    assert (await count(app.database, "generations"), await count(app.database, "usage")) == (0, 1)


async def test_a_member_has_one_vote_on_a_joke_and_may_change_it(app: App) -> None:
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    assert await app.generations.vote(GUILD, MEMBER, joke.id or 0, funny=True) == (True, Tally(1, 0))
    assert await app.generations.vote(GUILD, MEMBER, joke.id or 0, funny=True) == (False, Tally(1, 0))
    assert await app.generations.vote(GUILD, ADMIN, joke.id or 0, funny=True) == (True, Tally(2, 0))
    assert await app.generations.vote(GUILD, MEMBER, joke.id or 0, funny=False) == (True, Tally(1, 1))


@pytest.mark.parametrize("guild_id", [OTHER_GUILD, GUILD])
async def test_nobody_votes_on_what_their_server_does_not_have(app: App, guild_id: int) -> None:
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    number = (joke.id or 0) + (guild_id == GUILD)
    with pytest.raises(NotFoundError) as refused:
        await app.generations.vote(guild_id, MEMBER, number, funny=True)
    assert str(refused.value) == "This one is no longer saved. Ask for a new one."
    assert await count(app.database, "votes") == 0


def jokes(*texts: str) -> replies.Reply:
    return replies.ok({"model": "m", "choices": [{"message": {"content": text}} for text in texts]})


async def test_another_is_never_one_that_was_shown(app: App, server: FakeModelServer) -> None:
    server.script("chat", jokes("One. Haha"))
    first = await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    server.script("chat", jokes("one.  HAHA"), jokes("One. Haha", "Two. Haha", "Three. Haha"))
    second = await app.jokes.another(GUILD, MEMBER, first.id or 0)
    assert (second.text, second.scenario) == ("Two. Haha", SCENARIO)
    assert [call.body["n"] for call in server.calls("chat")] == [1, 1, 3]
    server.script("chat", jokes("Two. Haha"), jokes("Two. Haha", "One. Haha", "Three. Haha"))
    assert (await app.jokes.another(GUILD, ADMIN, second.id or 0)).text == "Three. Haha"


async def test_a_model_without_new_ideas_is_said_to_have_none(app: App, server: FakeModelServer) -> None:
    server.say = lambda _asked: "The only one. Haha"
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    with pytest.raises(ConflictError) as refused:
        await app.jokes.another(GUILD, MEMBER, joke.id or 0)
    assert str(refused.value) == "The model has no new joke about this. Try another scenario."
    assert (await count(app.database, "generations"), await count(app.database, "usage")) == (1, 3)


async def test_two_who_press_at_once_get_two_jokes(app: App, server: FakeModelServer) -> None:
    server.script("chat", jokes("One. Haha"))
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    server.script("chat", jokes("Two. Haha"), jokes("Two. Haha"), jokes("Three. Haha"))
    told = await asyncio.gather(*(app.jokes.another(GUILD, member, joke.id or 0) for member in (1, 2)))
    assert {one.text for one in told} == {"Two. Haha", "Three. Haha"}


async def test_another_in_another_server_may_be_the_same(app: App, server: FakeModelServer) -> None:
    server.say = lambda _asked: "The only one. Haha"
    await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    theirs = await app.jokes.tell(OTHER_GUILD, MEMBER, "A cat")
    with pytest.raises(NotFoundError):
        await app.jokes.another(GUILD, MEMBER, theirs.id or 0)
    assert (await app.jokes.tell(OTHER_GUILD, MEMBER, SCENARIO)).text == "The only one. Haha"


async def full(*_: object, **__: object) -> None:
    raise OSError("disk full")


async def test_a_joke_that_is_paid_for_is_told_even_where_it_cannot_be_stored(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GenerationStore, "add", full)
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    assert joke.id is None
    assert joke.text


async def test_a_row_of_the_ledger_that_cannot_be_settled_keeps_the_most_that_the_joke_can_have_cost(
    app: App, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(UsageStore, "settle", full)
    assert (await app.jokes.tell(GUILD, MEMBER, SCENARIO)).text
    (row,) = await app.database.fetch_all("SELECT * FROM usage")
    assert (row["outcome"], row["completion_tokens"]) == ("unknown", UNLIMITED_ANSWER_TOKENS)
    assert "The ledger's row 1 could not be settled" in caplog.text


async def test_nothing_is_asked_where_the_ledger_cannot_be_written(
    app: App, server: FakeModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UsageStore, "add", full)
    with pytest.raises(OSError, match="disk full"):
        await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    assert server.calls("chat") == []


def test_a_member_has_so_many_requests_at_once() -> None:
    in_flight, running = InFlight(), ExitStack()
    with running:
        for _ in range(MAX_PER_MEMBER):
            running.enter_context(in_flight.request(GUILD, MEMBER))
        with pytest.raises(ConflictError, match=f"You already have {MAX_PER_MEMBER} requests running"):
            running.enter_context(in_flight.request(GUILD, MEMBER))
        running.enter_context(in_flight.request(OTHER_GUILD, MEMBER))
    with in_flight.request(GUILD, MEMBER):
        pass


async def test_a_hundred_presses_start_no_hundred_requests(app: App, server: FakeModelServer) -> None:
    server.delay = 0.05
    presses = (app.jokes.tell(GUILD, MEMBER, SCENARIO) for _ in range(100))
    outcomes = await asyncio.gather(*presses, return_exceptions=True)
    assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 100 - MAX_PER_MEMBER
    assert len(server.calls("chat")) == MAX_PER_MEMBER
