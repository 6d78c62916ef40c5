"""Best of n: a small model draws three jokes, and the best one is told."""

import json
from collections.abc import Sequence

import pytest

from bot.app import App
from bot.errors import ConflictError, ServerNonsenseError
from bot.jokes import filters
from bot.kinds import JOKE
from tests.bot.parts import GUILD, MEMBER, OTHER_GUILD, are_small, count, keep, launch, own_model
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

SCENARIO = "A duck at the bank"
TAUGHT = "He walked into a bar. Haha"  # by every example of the file that `launch` trains on
DULL, BRIGHT = "The duck asked for a bill. Haha", "The duck wanted liquid assets. Haha"
STRAY = "Bread rises early. Haha"


def drew(*texts: str, likelihoods: Sequence[float | None] = (), cut: Sequence[str] = ()) -> replies.Reply:
    """A completion; each of the numbers is what both tokens of a text are given. Those in `cut` met the token limit."""
    numbers = likelihoods or [None] * len(texts)
    tokens = [None if number is None else {"content": [{"token": "a", "logprob": number}] * 2} for number in numbers]
    choices = [
        {
            "message": {"content": text},
            "finish_reason": "length" if text in cut else "stop",
            "logprobs": logprobs,
        }
        for text, logprobs in zip(texts, tokens, strict=True)
    ]
    usage = {"prompt_tokens": 40, "completion_tokens": 9 * len(texts)}
    return replies.ok({"model": "m", "choices": choices, "usage": usage})


@pytest.fixture(autouse=True)
async def small(app: App, server: FakeModelServer) -> None:
    """Small models, and embeddings to which all is alike that speaks of ducks."""
    are_small(server)
    server.vector = lambda text: [1.0, 0.0] if "duck" in text.casefold() else [0.0, 1.0]


async def tuned(app: App, guild_id: int = GUILD) -> None:
    """A model that a job made of a file, in use."""
    await app.registry.register(await launch(app, guild_id=guild_id), "ft:practice-1:mine")


async def told(app: App, guild_id: int = GUILD) -> str:
    return (await app.jokes.tell(guild_id, MEMBER, SCENARIO)).text


async def test_an_answer_that_met_the_limit_is_told_only_if_there_is_no_other(
    app: App, server: FakeModelServer
) -> None:
    server.script("chat", drew(DULL, BRIGHT, likelihoods=[-0.1, -2.0], cut=[DULL]))
    assert await told(app) == BRIGHT
    server.script("chat", drew(DULL, likelihoods=[-0.1], cut=[DULL]))
    assert (await app.jokes.tell(GUILD, MEMBER, "Two ducks")).text == DULL


async def test_three_are_drawn_in_one_request_and_the_likeliest_is_told(app: App, server: FakeModelServer) -> None:
    await own_model(app, use=True)
    server.script("chat", drew(DULL, BRIGHT, "A duck. Haha", likelihoods=[-1.5, -0.2, -0.9]))
    joke = await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    assert joke.text == BRIGHT
    (call,) = server.calls("chat")
    assert (call.body["n"], call.body["logprobs"], call.body["max_completion_tokens"]) == (3, True, 100)
    (kept,) = await app.database.fetch_all("SELECT texts, completion FROM generations")
    assert json.loads(kept["texts"]) == [BRIGHT]
    choices = json.loads(kept["completion"])["choices"]
    assert [choice["message"]["content"] for choice in choices] == [DULL, BRIGHT, "A duck. Haha"]
    assert {choice["logprobs"] for choice in choices} == {None}
    assert (await app.generations.find(GUILD, joke.id or 0)).drawn == 3
    (used,) = await app.database.fetch_all("SELECT * FROM usage WHERE kind = 'joke'")
    assert (used["prompt_tokens"], used["completion_tokens"]) == (40, 27)


@pytest.mark.parametrize("likelihoods", [(), (-2.0, None), (None, -0.1)], ids=["none", "the first", "the second"])
async def test_where_likelihoods_are_missing_the_servers_order_counts(
    app: App, server: FakeModelServer, likelihoods: Sequence[float | None]
) -> None:
    server.script("chat", drew(DULL, BRIGHT, likelihoods=likelihoods))
    assert await told(app) == DULL


async def test_a_large_model_is_asked_for_one_and_nothing_is_filtered(app: App, server: FakeModelServer) -> None:
    for described in server.models.values():
        described["meta"] = {"n_params": 8_000_000_000}
    await tuned(app)
    server.script("chat", drew(TAUGHT), drew(TAUGHT))
    assert [await told(app), await told(app)] == [TAUGHT, TAUGHT]
    for call in server.calls("chat"):
        assert call.body["n"] == 1
        assert "logprobs" not in call.body
    assert server.calls("embeddings") == []


async def test_empty_answers_are_passed_over(app: App, server: FakeModelServer) -> None:
    server.script("chat", drew(" ", "", DULL, likelihoods=[-0.1, -0.2, -3.0]))
    assert await told(app) == DULL


async def test_nothing_but_empty_answers_is_said_and_on_the_bill(app: App, server: FakeModelServer) -> None:
    server.script("chat", drew("", "", "", ""))
    with pytest.raises(ServerNonsenseError, match=r"The model returned an empty answer\."):
        await told(app)
    assert (await count(app.database, "generations"), await count(app.database, "usage")) == (0, 1)


async def test_a_copy_of_a_training_answer_is_passed_over(app: App, server: FakeModelServer) -> None:
    await tuned(app)
    server.script("chat", drew("He walked into the bar. Haha", DULL, likelihoods=[-0.1, -3.0]))
    assert await told(app) == DULL


async def test_the_base_does_not_repeat_what_it_was_shown(app: App, server: FakeModelServer) -> None:
    with JOKE.examples.open(encoding="utf-8") as lines:
        shown = json.loads(lines.readline())["messages"][2]["content"]
    server.script("chat", drew(shown, DULL, likelihoods=[-0.1, -3.0]))
    assert await told(app) == DULL


async def test_what_is_off_topic_is_passed_over(app: App, server: FakeModelServer) -> None:
    server.script("chat", drew(STRAY, DULL, likelihoods=[-0.1, -3.0]))
    assert await told(app) == DULL


async def test_what_the_server_was_shown_already_is_passed_over_in_a_first_joke_too(
    app: App, server: FakeModelServer
) -> None:
    await keep(app, DULL.upper(), scenario=SCENARIO)
    for _ in range(2):
        server.script("chat", drew(DULL, BRIGHT, likelihoods=[-0.1, -3.0]))
    assert await told(app) == BRIGHT
    assert await told(app, OTHER_GUILD) == DULL


async def test_filters_give_way_before_a_joke_is_lost_topic_first(app: App, server: FakeModelServer) -> None:
    await tuned(app)
    server.script("chat", drew(TAUGHT, STRAY, likelihoods=[-0.1, -3.0]), drew(TAUGHT), drew(TAUGHT))
    assert await told(app) == STRAY
    assert await told(app) == TAUGHT
    assert await told(app) == TAUGHT


async def test_another_gives_up_novelty_and_topic_but_never_repeats(app: App, server: FakeModelServer) -> None:
    await tuned(app)
    server.script("chat", drew(DULL), drew(DULL, TAUGHT), drew(DULL, TAUGHT), drew(TAUGHT, DULL))
    first = await app.jokes.tell(GUILD, MEMBER, SCENARIO)
    second = await app.jokes.another(GUILD, MEMBER, first.id or 0)
    assert second.text == TAUGHT
    with pytest.raises(ConflictError, match=r"The model has no new joke about this\."):
        await app.jokes.another(GUILD, MEMBER, second.id or 0)
    assert [call.body["n"] for call in server.calls("chat")] == [3, 3, 3, 3]


@pytest.mark.parametrize(
    "trouble", [replies.error(500), replies.error(401), replies.reset(), replies.html(), replies.half_json()]
)
async def test_embeddings_that_fail_cost_no_joke(app: App, server: FakeModelServer, trouble: replies.Reply) -> None:
    await tuned(app)
    server.script("chat", drew(TAUGHT, STRAY, DULL, likelihoods=[-0.1, -0.2, -3.0]))
    server.script("embeddings", *[trouble] * 9)
    assert await told(app) == STRAY


async def test_embeddings_that_take_too_long_cost_no_joke(
    app: App, server: FakeModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "TOPIC_TIMEOUT_SECONDS", 0.05)
    server.script("chat", drew(STRAY, DULL, likelihoods=[-0.2, -3.0]))
    server.script("embeddings", replies.hang())
    assert await told(app) == STRAY


async def test_nobody_is_asked_about_the_topic_of_a_single_answer(app: App, server: FakeModelServer) -> None:
    server.script("chat", drew(STRAY))
    assert await told(app) == STRAY
    assert server.calls("embeddings") == []


async def test_nothing_of_a_scenario_is_kept_beside_the_joke(app: App, server: FakeModelServer) -> None:
    server.script("chat", drew(STRAY, DULL))
    await told(app)
    assert len(server.calls("embeddings")) == 1
    assert await count(app.database, "embeddings") == 0


async def test_a_comparison_shows_what_a_model_says_first(app: App, server: FakeModelServer) -> None:
    await tuned(app)
    server.script("chat", drew(TAUGHT))
    (answer,) = await app.comparison.compare(GUILD, MEMBER, SCENARIO, ["ft:practice-1:mine"])
    assert answer.completion is not None
    assert answer.completion.texts == (TAUGHT,)
    assert server.calls("chat")[0].body["n"] == 1
