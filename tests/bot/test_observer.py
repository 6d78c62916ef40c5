"""What an observer is told of requests to the model server."""

import asyncio

import pytest

from bot.errors import ServerFailedError, UnreadableAnswerError
from bot.model_server.chat import ChatRequest, Message
from bot.model_server.client import LLM
from bot.observer import EndedCommand, ModelCall, observe
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

ASKED = ChatRequest("gpt-6-luna", [Message("user", "A duck")])


class Notes:
    """An observer that writes everything down."""

    def __init__(self) -> None:
        self.calls: list[ModelCall] = []

    def command_ended(self, ended: EndedCommand) -> None:
        raise AssertionError(f"there is no command here, but {ended}")

    def model_called(self, call: ModelCall) -> None:
        self.calls.append(call)


@pytest.fixture
def notes() -> Notes:
    return Notes()


async def test_answers_and_vectors_with_what_they_cost(llm: LLM, notes: Notes) -> None:
    observe(notes)
    told = await llm.complete(ASKED)
    batch = await llm.embed("text-embedding-3-small", ["a duck"])
    assert [(call.model, call.outcome, call.prompt_tokens, call.completion_tokens) for call in notes.calls] == [
        ("gpt-6-luna", "ok", told.prompt_tokens, told.completion_tokens),
        ("text-embedding-3-small", "ok", batch.tokens, 0),
    ]
    assert all(call.seconds > 0 for call in notes.calls)


async def test_a_failure_has_the_class_of_its_error(llm: LLM, server: FakeModelServer, notes: Notes) -> None:
    observe(notes)
    server.script("chat", replies.error(500))
    with pytest.raises(ServerFailedError):
        await llm.complete(ASKED)
    assert [(call.outcome, call.prompt_tokens) for call in notes.calls] == [("ServerFailedError", 0)]


async def test_an_answer_that_cannot_be_read_has_cost_its_tokens(
    llm: LLM, server: FakeModelServer, notes: Notes
) -> None:
    observe(notes)
    server.script("chat", replies.ok({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3}}))
    with pytest.raises(UnreadableAnswerError):
        await llm.complete(ASKED)
    (call,) = notes.calls
    assert (call.outcome, call.prompt_tokens, call.completion_tokens) == ("UnreadableAnswerError", 9, 3)


async def test_a_request_that_nobody_waits_for_any_more_is_cancelled(
    llm: LLM, server: FakeModelServer, notes: Notes
) -> None:
    observe(notes)
    server.script("chat", replies.hang())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await llm.complete(ASKED)
    assert [call.outcome for call in notes.calls] == ["cancelled"]
