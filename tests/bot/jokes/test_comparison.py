"""Models side by side: asked at once, each with its cost, no failure hiding another's answer."""

import pytest

from bot.app import App
from bot.errors import InvalidInputError, NotFoundError
from bot.jokes.comparison import ComparedModel
from bot.model_server.chat import ChatRequest
from bot.model_server.client import LLM
from bot.model_server.completion import Completion
from bot.texts.jokes import COMPARE_FAILED
from tests.bot.parts import GUILD, MEMBER, OTHER_GUILD, START, notices, own_model
from tests.wire import replies
from tests.wire.model_server import FakeModelServer


def outcome(compared: tuple[ComparedModel, ...]) -> list[tuple[str, str]]:
    """What each model said, or why it did not."""
    return [(one.model, str(one.error or (one.completion and one.completion.texts[0]))) for one in compared]


async def test_each_answers_by_itself_and_its_usage_is_kept(app: App, server: FakeModelServer) -> None:
    mine = await own_model(app, "ft:a")
    server.say = lambda asked: f"{asked['model']}, {len(asked['messages'])} messages"
    answers = await app.comparison.compare(GUILD, MEMBER, "A duck", ["base", "ft:a"])
    assert outcome(answers) == [
        ("gpt-6-luna", "gpt-6-luna, 22 messages"),
        ("ft:a", "ft:a, 2 messages"),
    ]
    assert [answer.tuned for answer in answers] == [None, mine]
    rows = await app.database.fetch_all("SELECT * FROM usage ORDER BY model DESC")
    kept = [(row["kind"], row["user_id"], row["model"], row["prompt_tokens"], row["latency_ms"]) for row in rows]
    completions = [answer.completion for answer in answers if answer.completion]
    assert kept == [("compare", MEMBER, each.model, each.prompt_tokens, each.latency_ms) for each in completions]
    assert all(each.prompt_tokens > 0 < each.completion_tokens for each in completions)


async def test_all_are_asked_at_the_same_time(app: App, server: FakeModelServer) -> None:
    for name in "abcd":
        await own_model(app, f"ft:{name}")
    await app.catalogue.chat_model()
    asked_before_an_answer: list[int] = []

    def say(_asked: object) -> str:
        asked_before_an_answer.append(len(server.calls("chat")))
        return "Haha"

    server.say, server.delay = say, 0.2
    await app.comparison.compare(GUILD, MEMBER, "A duck", [f"ft:{name}" for name in "abcd"])
    assert asked_before_an_answer == [4, 4, 4, 4]


async def test_failures_are_sentences_of_their_own(
    app: App, server: FakeModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ft:a", "ft:broken", "ft:mute"):
        await own_model(app, name)
    complete = LLM.complete

    async def scripted(self: LLM, request: ChatRequest) -> Completion:
        if request.model == "ft:broken":
            raise RuntimeError("a bug")
        if request.model == "gpt-6-luna":
            server.script("chat", replies.error(500))
        return await complete(self, request)

    monkeypatch.setattr(LLM, "complete", scripted)
    server.say = lambda asked: "" if asked["model"] == "ft:mute" else "Haha"
    (failed,) = await app.comparison.compare(GUILD, MEMBER, "A duck", ["base"])
    others = await app.comparison.compare(GUILD, MEMBER, "A duck", ["ft:broken", "ft:mute", "ft:a"])
    assert outcome((failed, *others)) == [
        ("gpt-6-luna", "The model server failed (HTTP 500). Try again in a minute."),
        ("ft:broken", str(COMPARE_FAILED)),
        ("ft:mute", "The model returned an empty answer. Try again, or try another scenario."),
        ("ft:a", "Haha"),
    ]
    assert others[1].completion is not None
    outcomes = await app.database.fetch_all("SELECT model, outcome FROM usage ORDER BY id")
    assert {(row["model"], row["outcome"]) for row in outcomes} == {
        ("gpt-6-luna", "failed"),
        ("ft:broken", "unknown"),  # a bug: nobody knows what was sent
        ("ft:mute", "answered"),
        ("ft:a", "answered"),
    }


async def test_a_model_that_is_gone_is_marked_and_the_others_answer(app: App, server: FakeModelServer) -> None:
    await own_model(app, "ft:a")
    server.script("chat", replies.error(404, "no such model", "model_not_found"))
    (gone,) = await app.comparison.compare(GUILD, MEMBER, "A duck", ["ft:a"])
    assert str(gone.error) == "The model server does not have the model ft:a: “no such model”."
    assert (await app.registry.find(GUILD, "ft:a")).lost_at == START
    await app.comparison.compare(GUILD, MEMBER, "A duck", ["ft:a"])
    assert (await app.registry.find(GUILD, "ft:a")).lost_at is None
    assert await notices(app) == []


async def test_the_same_model_by_several_names_is_asked_once(app: App, server: FakeModelServer) -> None:
    await own_model(app, "ft:a")
    await app.registry.rename(GUILD, "ft:a", "Ducks")
    answers = await app.comparison.compare(GUILD, MEMBER, "A duck", ["ft:a", "base", "DUCKS", "gpt-6-luna"])
    assert [answer.model for answer in answers] == ["ft:a", "gpt-6-luna"]
    assert len(server.calls("chat")) == 2


async def test_what_cannot_be_compared_costs_nothing(app: App, server: FakeModelServer) -> None:
    await own_model(app, "ft:a")
    await own_model(app, "ft:theirs", OTHER_GUILD)
    with pytest.raises(NotFoundError, match="This server has no model “ft:theirs”"):
        await app.comparison.compare(GUILD, MEMBER, "A duck", ["ft:a", "ft:theirs"])
    with pytest.raises(InvalidInputError, match="Give the models a scenario"):
        await app.comparison.compare(GUILD, MEMBER, "  ", ["ft:a"])
    assert server.calls("chat") == []
