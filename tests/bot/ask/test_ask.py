"""`/ask`: the model chooses among the bot's abilities; whatever it calls, nothing is changed and four calls are the most."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app import App
from bot.ask.sentences import ToolResult
from bot.ask.service import Answer
from bot.ask.tools import Asker
from bot.errors import (
    ConflictError,
    InvalidInputError,
    ServerBusyError,
    ServerNonsenseError,
    ServerUnreachableError,
    ToolsRefusedError,
    UserError,
)
from bot.in_flight import MAX_PER_MEMBER
from bot.model_server.sampling import MAX_CALL_TOKENS, MAX_LINE_TOKENS
from bot.texts import ask as texts
from bot.texts.server import NO_TOOLS
from tests.bot.model_server.test_answers import JUNK
from tests.bot.parts import ADMIN, CHANNEL, GUILD, MEMBER, OTHER_GUILD, are_small, launch
from tests.wire import replies
from tests.wire.model_answers import PUN, choosing, tool_call
from tests.wire.model_server import FakeModelServer
from tests.wire.replies import Reply
from tests.wire.shapes import Json

ASKER = Asker(GUILD, MEMBER, CHANNEL)
MANAGER = Asker(GUILD, ADMIN, CHANNEL, private=True, manager=True)
QUESTION = "Tell me a joke about a cat"
JOKE = tool_call("joke", {"scenario": "a cat"})
OFFERED = ["joke", "slogan", "similarity", "search", "models"]


def asked(server: FakeModelServer) -> list[Json]:
    """What the model was asked for its choice, request by request."""
    return [call.body for call in server.calls("chat") if "tools" in call.body]


def read(answer: Answer) -> list[tuple[str, str]]:
    """What each tool returned, as the model reads it."""
    return [(one.name, said(one.outcome)) for one in answer.used]


def said(outcome: ToolResult | UserError) -> str:
    return outcome.content() if isinstance(outcome, ToolResult) else str(outcome)


def told(server: FakeModelServer) -> list[str]:
    """What the model was told of its calls, in its last request."""
    return [message["content"] for message in asked(server)[-1]["messages"] if message["role"] == "tool"]


async def rows(app: App, table: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await app.database.fetch_all(f"SELECT * FROM {table} ORDER BY 1")]  # noqa: S608 - names from tests


async def test_a_question_becomes_calls_and_the_results_become_an_answer(app: App, server: FakeModelServer) -> None:
    server.say = choosing([JOKE], "Here is one about a cat.")
    answer = await app.ask.ask(ASKER, QUESTION)
    assert (answer.question, answer.words, answer.unfinished) == (QUESTION, "Here is one about a cat.", False)
    assert read(answer) == [("joke", f"Joke about a cat:\n{PUN}")]
    first, second = asked(server)
    start = [{"role": "system", "content": texts.SYSTEM}, {"role": "user", "content": QUESTION}]
    assert first["messages"] == start
    assert second["messages"] == [
        *start,
        {"role": "assistant", "content": None, "tool_calls": [JOKE]},
        {"role": "tool", "content": f"Joke about a cat:\n{PUN}", "tool_call_id": "call_1"},
    ]
    assert (first["tool_choice"], second["tool_choice"]) == ("auto", "auto")
    assert (first["tools"], first.keys()) == (second["tools"], second.keys())
    assert first.keys() == {"model", "messages", "tools", "tool_choice", "temperature"}


async def test_the_joke_is_kept_as_usual_and_each_request_is_counted(app: App, server: FakeModelServer) -> None:
    server.say = choosing([JOKE], "Haha")
    answer = await app.ask.ask(ASKER, QUESTION)
    (kept,) = await rows(app, "generations")
    assert (kept["asked"], kept["channel_id"], json.loads(kept["texts"])) == ("a cat", CHANNEL, [PUN])
    assert answer.saved == (("joke", kept["id"]),)
    used = await rows(app, "usage")
    assert [(one["kind"], one["guild_id"], one["user_id"]) for one in used] == [
        (kind, GUILD, MEMBER) for kind in ("ask", "joke", "ask")
    ]
    assert answer.usage_ids == (used[0]["id"], used[2]["id"])
    assert [one.prompt_tokens for one in await app.ask.requests(GUILD, answer.usage_ids)] == [
        used[0]["prompt_tokens"],
        used[2]["prompt_tokens"],
    ]
    with pytest.raises(UserError, match=str(texts.GONE)):
        await app.ask.requests(OTHER_GUILD, answer.usage_ids)
    with pytest.raises(UserError, match=str(texts.GONE)):
        await app.ask.requests(GUILD, (used[1]["id"],))


async def test_text_at_once_is_the_answer(app: App, server: FakeModelServer) -> None:
    server.say = choosing("I tell jokes.")
    answer = await app.ask.ask(ASKER, "What can you do?")
    assert (answer.words, answer.used, len(asked(server))) == ("I tell jokes.", (), 1)


async def test_every_ability_answers_as_its_command_does(app: App, server: FakeModelServer) -> None:
    server.vector = lambda text: [1.0, {"I like bananas": 0.5, "roads": 0.2}.get(text, 0.0)]
    server.say = choosing(
        [
            tool_call("slogan", {"description": "ice cream", "count": 2}, "call_1"),
            tool_call("similarity", {"a": "I like apples", "b": "I like bananas"}, "call_2"),
            tool_call("models", "", "call_3"),
            tool_call("search", {"query": "roads"}, "call_4"),
        ],
        "Done.",
    )
    answer = await app.ask.ask(ASKER, "Do all that you can")
    assert read(answer) == [
        ("slogan", f"Slogans for ice cream:\n1. {PUN}\n2. {PUN}"),
        ("similarity", "Similarity of “I like apples” and “I like bananas”:\n0.89 – almost the same meaning"),
        ("models", "Models of this server:\nbase (gpt-6-luna) – tells this server's jokes"),
        ("search", f"Search for “roads”:\n1. {PUN} (0.98)"),
    ]
    assert told(server) == [text for _, text in read(answer)]
    last = asked(server)[-1]
    assert (len(asked(server)), last["tool_choice"]) == (2, "none")  # four calls are the most
    with pytest.raises(InvalidInputError):  # the model's words are not the member's last text
        await app.meaning.search.last_text(OTHER_GUILD, MEMBER)


@pytest.mark.parametrize("at_once", [1, 3, 9])
async def test_four_calls_and_five_requests_are_the_most(app: App, server: FakeModelServer, at_once: int) -> None:
    server.say = choosing([tool_call("models", {}, f"call_{number}") for number in range(at_once)])
    answer = await app.ask.ask(ASKER, "Which models?")
    assert [one.name for one in answer.used] == ["models"] * 4
    choices = [body["tool_choice"] for body in asked(server)]
    assert choices == [*["auto"] * -(-4 // at_once), "none"]
    answered = [one["tool_call_id"] for one in asked(server)[-1]["messages"] if one["role"] == "tool"]
    called = [call["id"] for one in asked(server)[-1]["messages"] for call in one.get("tool_calls", ())]
    assert (len(answered), answered) == (4, called)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (tool_call("launch"), "there is no function launch. There are: joke, slogan, similarity, search, models"),
        (tool_call("joke", "{half"), "the arguments do not fit. Invalid JSON: key must be a string"),
        (tool_call("joke", "[]"), "the arguments do not fit. Input should be an object"),
        (tool_call("joke"), "the arguments do not fit. scenario: Field required"),
        (tool_call("joke", {"scenario": ""}), "scenario: String should have at least 1 character"),
        (tool_call("joke", {"scenario": "x" * 301}), "scenario: String should have at most 300 characters"),
        (tool_call("joke", {"scenario": "x", "model": "ft:mine"}), "model: Extra inputs are not permitted"),
        (tool_call("joke", '{"scenario": "half \\ud83d a pair"}'), "the arguments do not fit. Invalid JSON"),
        (tool_call("slogan", {"description": "x", "count": 6}), "count: Input should be less than or equal to 5"),
        (tool_call("similarity", {"a": "x", "b": 7}), "b: Input should be a valid string"),
        (tool_call("jobs"), str(texts.MANAGERS_ONLY)),
    ],
)
async def test_a_call_that_nobody_could_type_is_refused_and_counts(
    app: App, server: FakeModelServer, call: Json, why: str
) -> None:
    server.say = choosing([call] * 3, [call, JOKE], "Sorry.")
    await app.ask.ask(ASKER, QUESTION)
    assert len(asked(server)) == 3
    assert asked(server)[-1]["tool_choice"] == "none"
    refused = told(server)
    assert len(refused) == 4
    assert all(text.startswith("refused: ") and why in text for text in refused)
    assert len(server.calls("chat")) == 3  # no joke was told


@pytest.mark.parametrize(
    "asker",
    [ASKER, Asker(GUILD, MEMBER, private=True), Asker(GUILD, ADMIN, manager=True)],
    ids=["member", "private member", "public manager"],
)
async def test_jobs_are_not_offered_and_not_told(app: App, server: FakeModelServer, asker: Asker) -> None:
    await launch(app)
    server.say = choosing([tool_call("jobs")], "I cannot say.")
    answer = await app.ask.ask(asker, "How is the training?")
    assert [tool["function"]["name"] for tool in asked(server)[0]["tools"]] == OFFERED
    assert told(server) == [f"refused: {texts.MANAGERS_ONLY}"]
    assert read(answer) == [("jobs", str(texts.MANAGERS_ONLY))]


async def test_a_manager_who_asks_in_private_sees_the_guilds_own_jobs(app: App, server: FakeModelServer) -> None:
    job = await launch(app)
    await launch(app, guild_id=OTHER_GUILD)
    server.say = choosing([tool_call("jobs")], "It waits.")
    answer = await app.ask.ask(MANAGER, "How is the training?")
    assert [tool["function"]["name"] for tool in asked(server)[0]["tools"]] == [*OFFERED, "jobs"]
    status = "sending the training file to the model server"
    assert read(answer) == [("jobs", f"Fine-tuning jobs:\nJob {job.id} on “jokes”: {status}")]


async def test_nothing_of_a_private_answer_is_saved(app: App, server: FakeModelServer) -> None:
    """Or what managers alone see could be told as a joke, and found by everybody."""
    calls = [JOKE, tool_call("slogan", {"description": "ice"}), tool_call("similarity", {"a": "x", "b": "y"})]
    server.say = choosing(calls, "Done.")
    answer = await app.ask.ask(MANAGER, QUESTION)
    assert ([one.name for one in answer.used], answer.saved) == (["joke", "slogan", "similarity"], ())
    assert (await rows(app, "generations"), await rows(app, "embeddings")) == ([], [])
    assert len(await rows(app, "usage")) == 5


async def test_what_a_tool_cannot_do_is_told_to_the_model_and_shown(app: App, server: FakeModelServer) -> None:
    server.say = choosing([tool_call("search", {"query": "cats"}), tool_call("joke", {"scenario": "  "})], "Nothing.")
    answer = await app.ask.ask(ASKER, "Find cats")
    failures = [
        "There are no jokes or slogans here yet. `/joke` and `/slogan` make some.",
        "Give the joke a scenario, such as: A man walking across the road",
    ]
    assert ([text for _, text in read(answer)], told(server), answer.words) == (failures, failures, "Nothing.")


async def test_a_fault_of_ours_ends_in_the_log_and_not_the_answer(
    app: App, server: FakeModelServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(app.registry, "models", None)
    server.say = choosing([tool_call("models"), JOKE], "One of two.")
    answer = await app.ask.ask(ASKER, "Which models?")
    assert [text for _, text in read(answer)] == [str(texts.TOOL_FAILED), f"Joke about a cat:\n{PUN}"]
    assert "A tool failed." in caplog.text


OLLAMA = replies.error(400, "registry.ollama.ai/library/phi3:latest does not support tools")
ENGINE = replies.error(400, "This engine does not support 'tools': its models call no tools.", param="tools")


@pytest.mark.parametrize("refusal", [OLLAMA, ENGINE], ids=["in words", "by the parameter's name"])
async def test_a_server_without_tools_is_named(app: App, server: FakeModelServer, refusal: Reply) -> None:
    server.script("chat", refusal)
    with pytest.raises(ToolsRefusedError, match="The chat model here cannot use the bot's abilities") as refused:
        await app.ask.ask(ASKER, QUESTION)
    assert str(refused.value) == str(NO_TOOLS)
    (row,) = await rows(app, "usage")
    assert (row["outcome"], row["error"], row["prompt_tokens"]) == ("failed", "ToolsRefusedError", 0)


async def test_a_model_that_is_known_to_call_no_tools_is_not_asked(app: App, server: FakeModelServer) -> None:
    server.models["gpt-6-luna"]["meta"] = {"tools": False}
    with pytest.raises(ToolsRefusedError):
        await app.ask.ask(ASKER, QUESTION)
    assert server.calls("chat") == []


WRONG_SHAPE = replies.ok({"model": "m", "choices": [{"message": {"content": None, "tool_calls": [{"id": "call_1"}]}}]})
TROUBLE = {
    "busy": (replies.error(429), ServerBusyError),
    "gone": (replies.reset(), ServerUnreachableError),
    "half": (replies.half_json(), ServerNonsenseError),
    "wrong shape": (WRONG_SHAPE, ServerNonsenseError),
}


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_what_was_made_is_shown_though_the_closing_words_fail(
    app: App, server: FakeModelServer, trouble: str
) -> None:
    reply, error = TROUBLE[trouble]
    server.say = choosing([JOKE])
    server.script("chat", *[replies.ok(_completion([tool_call("models")])), reply])
    answer = await app.ask.ask(ASKER, QUESTION)
    assert ([one.name for one in answer.used], answer.words, answer.unfinished) == (["models"], "", True)
    assert [one["outcome"] == "answered" for one in await rows(app, "usage")] == [True, False]
    server.script("chat", reply)
    with pytest.raises(error):  # and with nothing made it is an error
        await app.ask.ask(ASKER, QUESTION)


def _completion(calls: Sequence[Json]) -> Json:
    message = {"role": "assistant", "tool_calls": list(calls)}  # some servers leave the content out
    return {"model": "gpt-6-luna", "choices": [{"message": message}], "usage": {"prompt_tokens": 9}}


@pytest.mark.parametrize(
    "words",
    [
        "",
        "  ",
        '{"name": "joke", "parameters": {}}',
        '<tool_call>\n{"name": "joke"}',
        "<tool_response>\nA pun\n</tool_response>\n",
    ],
)
async def test_results_stand_without_words_and_no_words_without_results_are_an_error(
    app: App, server: FakeModelServer, words: str
) -> None:
    server.say = choosing([JOKE], words)
    answer = await app.ask.ask(ASKER, QUESTION)
    assert (answer.words, read(answer)) == ("", [("joke", f"Joke about a cat:\n{PUN}")])
    server.say = choosing(words)
    with pytest.raises(ServerNonsenseError, match="The model returned no answer"):
        await app.ask.ask(ASKER, QUESTION)


async def test_a_small_model_must_call_and_its_results_are_the_answer(app: App, server: FakeModelServer) -> None:
    are_small(server)
    server.say = choosing([tool_call("models")] * 2)
    answer = await app.ask.ask(ASKER, "Which models?")
    assert ([one.name for one in answer.used], answer.words, answer.unfinished) == (["models", "models"], "", False)
    limits = [(body["tool_choice"], body["max_completion_tokens"]) for body in asked(server)]
    assert limits == [("required", MAX_CALL_TOKENS)]


async def test_a_small_model_that_called_for_nothing_answers_briefly(app: App, server: FakeModelServer) -> None:
    are_small(server)
    server.say = choosing([tool_call("joke", "{half")], "I tell jokes.")
    answer = await app.ask.ask(ASKER, QUESTION)
    assert (answer.used, answer.words) == ((), "I tell jokes.")
    limits = [(body["tool_choice"], body["max_completion_tokens"]) for body in asked(server)]
    assert limits == [("required", MAX_CALL_TOKENS), ("none", MAX_LINE_TOKENS)]


async def test_words_around_calls_that_were_written_as_text_stay(app: App, server: FakeModelServer) -> None:
    server.say = choosing("Here: <tool_call>{}</tool_call>it is.")
    assert (await app.ask.ask(ASKER, QUESTION)).words == "Here: it is."


async def test_a_small_model_is_shown_examples_and_chooses_what_is_likeliest(app: App, server: FakeModelServer) -> None:
    are_small(server)
    server.say = choosing("Hello.")
    await app.ask.ask(ASKER, QUESTION)
    await app.ask.ask(MANAGER, QUESTION)
    for body, offered in zip(asked(server), ([*OFFERED], [*OFFERED, "jobs"]), strict=True):
        assert (body["max_completion_tokens"], body["temperature"], "top_p" in body) == (MAX_CALL_TOKENS, 0, False)
        system, *shown, question = body["messages"]
        assert (system["content"], question["content"]) == (texts.SYSTEM, QUESTION)
        assert [one["role"] for one in shown] == ["user", "assistant", "tool", "assistant"] * (len(shown) // 4)
        called = [call["function"] for one in shown for call in one.get("tool_calls", ())]
        assert {call["name"] for call in called} == {*offered}
        for call in called:
            next(tool for tool in app.ask.tools if tool.name == call["name"]).prepare(call["arguments"])


async def test_an_ask_counts_as_one_request_with_all_that_it_calls(app: App, server: FakeModelServer) -> None:
    server.say = lambda asked: [JOKE] if asked.get("tool_choice") == "auto" else PUN
    waiting = [app.ask.ask(ASKER, QUESTION) for _ in range(MAX_PER_MEMBER)]
    answers = await asyncio.gather(*waiting, app.ask.ask(ASKER, QUESTION), return_exceptions=True)
    assert isinstance(answers.pop(), ConflictError)
    assert all(isinstance(one, Answer) and one.saved[3:] and not one.unfinished for one in answers)


async def test_an_empty_question_costs_nothing(app: App, server: FakeModelServer) -> None:
    with pytest.raises(InvalidInputError, match="Ask a question"):
        await app.ask.ask(ASKER, " \n ")
    assert server.calls("chat") == []


SHAPES = JUNK | st.lists(
    st.builds(
        tool_call,
        st.sampled_from(["joke", "models", "jobs", "slogan", "nothing"]),
        st.text(max_size=20) | JUNK.map(json.dumps),
    )
    | JUNK,
    max_size=7,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=st.lists(SHAPES, min_size=1, max_size=6))
async def test_no_answer_of_a_model_crashes_or_makes_more_than_four_calls(
    app: App, server: FakeModelServer, turns: list[Any]
) -> None:
    server.forget()
    server.say = choosing("Enough.")
    for calls in turns:
        server.script(
            "chat", replies.ok({"model": "m", "choices": [{"message": {"content": "x", "tool_calls": calls}}]})
        )
    try:
        answer = await app.ask.ask(ASKER, QUESTION)
    except UserError:
        answer = None
    assert len(asked(server)) <= 5
    assert answer is None or len(answer.used) <= 4
    assert "jobs" not in [tool["function"]["name"] for body in asked(server) for tool in body["tools"]]
