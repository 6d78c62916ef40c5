"""Every way in which a model server fails has its own sentence, and what was asked is sent once."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.errors import (
    KeyRefusedError,
    ModelServerError,
    RemoteNotFoundError,
    ServerBusyError,
    ServerFailedError,
    ServerNonsenseError,
    ServerUnreachableError,
    TrainingNotAvailableError,
)
from bot.model_server.chat import ChatRequest, Message
from bot.model_server.client import LLM, open_llm
from bot.model_server.transcription import Audio
from bot.texts import server as texts
from bot.texts.server import TRAINING_CLOSED
from tests.bot.parts import settings_for
from tests.wire import replies
from tests.wire.model_server import FakeModelServer
from tests.wire.replies import Reply

ASK = (Message("user", "A man"),)
SPOKEN = Audio(b"OggS", "voice.ogg", "audio/ogg", 0.0)
NONSENSE, DOWN, SLOW = texts.NOT_THE_PROTOCOL, texts.UNREACHABLE, texts.TOO_SLOW
CHECK_RIGHTS = "Ask the bot's operator to check the key's rights."


@pytest.fixture
async def llm(server: FakeModelServer, tmp_path: Path) -> AsyncIterator[LLM]:
    """A client that gives up soon."""
    async with open_llm(settings_for(tmp_path, server.url, request_timeout=0.3)) as llm:
        yield llm


FAILURES = {
    "slow": (replies.hang(), ServerUnreachableError, SLOW),
    "a byte at a time": (replies.drip(), ServerUnreachableError, SLOW),
    "endless": (replies.endless(), ServerNonsenseError, texts.TOO_LARGE),
    "dropped before the answer": (replies.reset(), ServerUnreachableError, DOWN),
    "dropped in the answer": (replies.cut(), ServerUnreachableError, DOWN),
    "401": (
        replies.error(401, "Incorrect API key provided: openai-secret"),
        KeyRefusedError,
        "The model server rejects the API key. Ask the bot's operator to check OPENAI_API_KEY.",
    ),
    "403": (
        replies.error(403, "You lack the scope model.request."),
        KeyRefusedError,
        f"The model server does not permit this: “You lack the scope model.request”. {CHECK_RIGHTS}",
    ),
    "403 from a proxy": (
        replies.html(403),
        KeyRefusedError,
        f"The model server does not permit this. {CHECK_RIGHTS}",
    ),
    "403 training_not_available": (
        replies.error(403, "Closed.", "training_not_available"),
        TrainingNotAvailableError,
        TRAINING_CLOSED,
    ),
    "404": (
        replies.error(404, "No such model", "model_not_found"),
        RemoteNotFoundError,
        "The model server does not have the model practice-1: “No such model”.",
    ),
    "429": (
        replies.error(429, "Rate limit", "rate_limit_exceeded"),
        ServerBusyError,
        "The model server is busy (too many requests). Try again in a minute.",
    ),
    "429 with a time": (
        replies.error(429, "Rate limit", headers={"Retry-After": "7"}),
        ServerBusyError,
        "The model server is busy (too many requests). Try again in 7 seconds.",
    ),
    "429 insufficient_quota": (
        replies.error(429, "You exceeded your quota", "insufficient_quota"),
        ServerBusyError,
        "The account at the model server has no credit left. Ask the bot's operator to top it up.",
    ),
    "500": (replies.error(500), ServerFailedError, "The model server failed (HTTP 500). Try again in a minute."),
    "502 from a proxy": (
        replies.html(502),
        ServerFailedError,
        "The model server failed (HTTP 502). Try again in a minute.",
    ),
    "HTML on a 200": (replies.html(), ServerNonsenseError, NONSENSE),
    "half JSON on a 200": (replies.half_json(), ServerNonsenseError, NONSENSE),
    "choices null": (replies.ok({"model": "practice-1", "choices": None}), ServerNonsenseError, NONSENSE),
    "no choices": (replies.ok({"model": "practice-1", "choices": []}), ServerNonsenseError, NONSENSE),
    "an error on a 200": (replies.ok({"error": {"message": "no"}}), ServerNonsenseError, NONSENSE),
    "another shape": (replies.ok([1, 2]), ServerNonsenseError, NONSENSE),
    "null": (replies.ok(None), ServerNonsenseError, NONSENSE),
    "nothing": (Reply(), ServerNonsenseError, NONSENSE),
}


@pytest.mark.parametrize(("reply", "kind", "sentence"), FAILURES.values(), ids=FAILURES.keys())
async def test_each_failure_of_a_transcript_has_the_same_sentence(
    llm: LLM, server: FakeModelServer, reply: Reply, kind: type[ModelServerError], sentence: str
) -> None:
    server.script("transcriptions", reply)
    with pytest.raises(ModelServerError) as failed:
        await llm.transcribe("practice-1", SPOKEN)
    assert (type(failed.value), str(failed.value)) == (kind, str(sentence))
    assert [name for name, _ in server.history] == ["transcriptions"]


@pytest.mark.parametrize("text", [None, 7, ["a"], {"a": 1}])
async def test_a_transcript_without_a_text_is_not_the_protocol(llm: LLM, server: FakeModelServer, text: object) -> None:
    server.script("transcriptions", replies.ok({"text": text}))
    with pytest.raises(ServerNonsenseError):
        await llm.transcribe("whisper-1", SPOKEN)


@pytest.mark.parametrize(("reply", "kind", "sentence"), FAILURES.values(), ids=FAILURES.keys())
async def test_each_failure_of_a_chat_has_its_own_sentence(
    llm: LLM, server: FakeModelServer, reply: Reply, kind: type[ModelServerError], sentence: str
) -> None:
    server.script("chat", reply)
    with pytest.raises(ModelServerError) as failed:
        await llm.complete(ChatRequest("practice-1", ASK))
    assert (type(failed.value), str(failed.value)) == (kind, str(sentence))
    assert [name for name, _ in server.history] == ["chat"]


async def test_an_answer_too_large_for_what_was_asked_is_refused_unread(llm: LLM, server: FakeModelServer) -> None:
    text, vector = "ha " * 200_000, [0.5] * 100_000
    server.say = lambda _asked: text
    server.script("embeddings", replies.ok({"model": "e", "data": [{"index": 0, "embedding": vector}], "usage": {}}))
    for asking in (llm.complete(ChatRequest("practice-1", ASK)), llm.embed("e", ["apples"])):
        with pytest.raises(ServerNonsenseError) as refused:
            await asking
        assert str(refused.value) == str(texts.TOO_LARGE)


async def test_large_vectors_of_many_texts_are_read(llm: LLM, server: FakeModelServer) -> None:
    server.vector = lambda _text: [0.123456789] * 4096
    batch = await llm.embed("e", [f"text {n}" for n in range(100)])
    assert batch.vectors.shape == (100, 4096)


async def test_a_server_that_is_down_is_said_to_be(tmp_path: Path) -> None:
    async with FakeModelServer() as gone:
        url = gone.url
    async with open_llm(settings_for(tmp_path, url)) as llm:
        with pytest.raises(ServerUnreachableError) as failed:
            await llm.complete(ChatRequest("practice-1", ASK))
    assert str(failed.value) == str(DOWN)


async def test_the_servers_request_id_and_code_go_with_the_error(llm: LLM, server: FakeModelServer) -> None:
    server.script("chat", replies.error(404, code="model_not_found", headers={"x-request-id": "req-7"}))
    with pytest.raises(RemoteNotFoundError) as failed:
        await llm.complete(ChatRequest("practice-1", ASK))
    assert (failed.value.code, failed.value.request_id) == ("model_not_found", "req-7")


LEAKS = ("openai-secret", "the key openai-secret, and https://user:hunter2-hunter2@host")


@pytest.mark.parametrize("said", LEAKS)
@pytest.mark.parametrize("status", [200, 400, 401, 404, 500])
async def test_the_bots_own_secrets_reach_nobody(llm: LLM, server: FakeModelServer, said: str, status: int) -> None:
    answer = {"id": said, "model": said, "choices": [{"message": {"content": said}}]}
    server.script("chat", replies.ok(answer) if status == 200 else replies.error(status, said, said))
    try:
        completion = await llm.complete(ChatRequest("practice-1", ASK))
        shown = f"{completion}"
    except ModelServerError as error:
        shown = f"{error} {error.markdown()} {error.code} {error.request_id} {error.__cause__!r}"
    assert "openai-secret" not in shown
    if status in (200, 400, 404):
        assert "[redacted]" in shown


async def upload(llm: LLM) -> str:
    return await llm.fine_tuning.upload_training_file(Path(__file__), "jokes.jsonl")


CALLS: dict[str, Callable[[LLM], Awaitable[object]]] = {
    "chat": lambda llm: llm.complete(ChatRequest("practice-1", ASK)),
    "embeddings": lambda llm: llm.embed("text-embedding-3-small", ("a", "b")),
    "transcriptions": lambda llm: llm.transcribe("whisper-1", SPOKEN),
    "models": lambda llm: llm.list_models(),
    "upload": upload,
    "delete_file": lambda llm: llm.fine_tuning.delete_file("file-1"),
    "create_job": lambda llm: llm.fine_tuning.create_job(
        base_model="m", file_id="f", epochs=1, suffix=None, launch_id="l"
    ),
    "job": lambda llm: llm.fine_tuning.retrieve_job("ftjob-1"),
    "cancel_job": lambda llm: llm.fine_tuning.cancel_job("ftjob-1"),
    "events": lambda llm: llm.fine_tuning.list_events("ftjob-1"),
}


@pytest.mark.parametrize(("route", "call"), CALLS.items(), ids=CALLS.keys())
async def test_nothing_is_ever_sent_twice_and_every_failure_is_explained(
    llm: LLM, server: FakeModelServer, route: str, call: Callable[[LLM], Awaitable[object]]
) -> None:
    expected = [
        (replies.error(500), ServerFailedError),
        (replies.error(503), ServerFailedError),
        (replies.error(429), ServerBusyError),
        (replies.error(408), ModelServerError),
        (replies.error(409), ModelServerError),
        (replies.reset(), ServerUnreachableError),
        (replies.html(), ServerNonsenseError),
        (replies.half_json(), ServerNonsenseError),
        (replies.ok(None), ServerNonsenseError),
        (replies.ok("text"), ServerNonsenseError),
    ]
    for reply, kind in expected:
        server.history.clear()
        server.script(route, reply)
        with pytest.raises(kind):
            await call(llm)
        assert [name for name, _ in server.history] == [route]


EMBEDDED = {"object": "list", "model": "m", "usage": {"prompt_tokens": 2, "total_tokens": 2}}


@pytest.mark.parametrize(
    "data",
    [
        [],
        None,
        [{"index": 0, "embedding": [1.0]}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}],
        [{"index": 0, "embedding": []}, {"index": 1, "embedding": None}],
        [{"index": 0, "embedding": ["a"]}, {"index": 1, "embedding": ["b"]}],
        [1, 2],
        "vectors",
    ],
)
async def test_what_is_not_one_vector_a_text_is_not_the_protocol(
    llm: LLM, server: FakeModelServer, data: object
) -> None:
    server.script("embeddings", replies.ok({**EMBEDDED, "data": data}))
    with pytest.raises(ServerNonsenseError) as failed:
        await llm.embed("m", ("a", "b"))
    assert str(failed.value) == str(NONSENSE)
    assert len(server.history) == 1


@pytest.mark.parametrize("usage", [None, {}, [], {"prompt_tokens": None}, {"prompt_tokens": 1e999}])
async def test_a_server_that_counts_no_tokens_is_still_useful(llm: LLM, server: FakeModelServer, usage: object) -> None:
    data = [{"index": 0, "embedding": [1.0, 2.0]}]
    server.script("embeddings", replies.ok({**EMBEDDED, "data": data, "usage": usage}))
    choices = [{"index": 0, "message": {"role": "assistant", "content": "Haha"}}]
    server.script("chat", replies.ok({"model": "m", "choices": choices, "usage": usage}))
    assert (await llm.embed("m", ("a",))).tokens == 0
    assert (await llm.complete(ChatRequest("m", ASK))).prompt_tokens == 0
