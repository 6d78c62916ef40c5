"""Large requests: what grows with the input is done beside the event loop, and what no model can read is refused before it is."""

import gzip
import io
import json
import threading
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import ValidationError

from engine.api import body, embeddings, replies
from engine.api.body import MAX_COMMAS, parse_body
from engine.api.chat_request import ChatRequest
from engine.api.embeddings import EmbeddingRequest
from engine.backends.minilm import MiniLM
from engine.protocol.errors import ApiError
from tests.engine import counting
from tests.engine.here import Engine, engine_here

LARGE_CHAT = {"model": "counting", "messages": [{"role": "user", "content": "word " * 6000}]}
HUGE = "a b " * 7_500_000
EMBED = {"model": "text-embedding-minilm-l6-v2"}


class Watch:
    """Notes in which threads functions were called."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch
        self.called: dict[str, set[bool]] = {}

    def on(self, owner: Any, name: str) -> None:
        work: Callable[..., object] = getattr(owner, name)

        def note(*args: object, **kwargs: object) -> object:
            self.called.setdefault(name, set()).add(threading.current_thread() is threading.main_thread())
            return work(*args, **kwargs)

        self._patch.setattr(owner, name, note)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch(monkeypatch)
    for owner, name in (
        (body, "parse_body"),
        (counting, "count_tokens"),
        (MiniLM, "tokenize"),
        (MiniLM, "embed"),
        (embeddings, "_answer"),
        (replies, "_list"),
    ):
        watch.on(owner, name)
    return watch


async def post(engine: Engine, path: str, document: object, encoding: str = "identity") -> tuple[int, Any]:
    packers: Mapping[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "identity": bytes,
    }
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    packed = io.BytesIO(packers[encoding](json.dumps(document).encode()))
    async with (
        aiohttp.ClientSession() as session,
        session.post(engine.url + path, data=packed, headers=headers) as response,
    ):
        return response.status, await response.json()


async def test_nothing_that_is_large_is_done_on_the_event_loop(tmp_path: Path, watch: Watch) -> None:
    async with engine_here(tmp_path) as engine:
        assert (await post(engine, "/chat/completions", LARGE_CHAT))[0] == 200
        texts = [f"a text that is long enough to count, number {number}" for number in range(100)]
        for encoding in ("float", "base64"):
            status, _ = await post(engine, "/embeddings", {**EMBED, "input": texts, "encoding_format": encoding})
            assert status == 200
        for _ in range(20):
            await engine.client.files.create(file=b"x", purpose="fine-tune")
        watch.called.pop("_list", None)
        assert len((await engine.client.files.list()).data) == 20
    assert watch.called.pop("count_tokens") == {False, True}  # the prompt is large, the answer is not
    assert watch.called == {name: {False} for name in ("parse_body", "tokenize", "embed", "_answer", "_list")}


async def test_what_is_small_needs_no_thread(tmp_path: Path, watch: Watch) -> None:
    async with engine_here(tmp_path) as engine:
        await post(engine, "/chat/completions", {**LARGE_CHAT, "messages": [{"role": "user", "content": "hi"}]})
    assert watch.called == {"parse_body": {True}, "count_tokens": {True}}


async def test_what_no_model_can_read_is_refused_before_its_tokens_are_counted(tmp_path: Path, watch: Watch) -> None:
    async with engine_here(tmp_path) as engine:
        for messages in ([HUGE], ["word " * 10_000] * 10):
            asked = {"model": "counting", "messages": [{"role": "user", "content": text} for text in messages]}
            status, refused = await post(engine, "/chat/completions", asked)
            assert (status, refused["error"]["code"]) == (400, "context_length_exceeded")
            assert refused["error"]["message"].startswith("This model's maximum context length is 1000 tokens.")
        for texts, code in (([HUGE], "max_tokens_exceeded"), (["word " * 50_000] * 50, "max_tokens_per_request")):
            status, refused = await post(engine, "/embeddings", {**EMBED, "input": texts})
            assert (status, refused["error"]["code"]) == (400, code)
    assert watch.called == {"parse_body": {False}}


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_body_is_measured_as_it_is_unpacked(tmp_path: Path, encoding: str) -> None:
    async with engine_here(tmp_path) as engine:
        for text, expected in (("hi", 200), ("a" * 40_000_000, 413)):
            document = {"model": "counting", "messages": [{"role": "user", "content": text}]}
            assert (await post(engine, "/chat/completions", document, encoding))[0] == expected


def test_a_body_with_more_values_than_can_be_used_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChatRequest, "model_validate_json", None)
    for values in (b"1," * MAX_COMMAS, b'"key":1,' * MAX_COMMAS):
        with pytest.raises(ApiError) as refused:
            parse_body(b"[" + values + b"1,1]", ChatRequest)
        assert refused.value.status == 413


async def test_a_refusal_quotes_no_more_than_can_be_read(tmp_path: Path) -> None:
    asked = {"model": "x" * 1_000_000, "messages": [{"role": "user", "content": "hi"}], "y" * 1_000_000: 1}
    async with engine_here(tmp_path) as engine:
        _, unknown = await post(engine, "/chat/completions", asked)
        del asked["y" * 1_000_000]
        _, absent = await post(engine, "/chat/completions", asked)
    for refused in (unknown, absent):
        assert len(json.dumps(refused)) < 3000


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        (
            ChatRequest,
            {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": ""}] * 3000}]},
        ),
        (ChatRequest, {"model": "m", "messages": [{"role": "user", "content": "a"}] * 3000}),
        (ChatRequest, {"model": "m", "messages": [7] * 2000}),
        (ChatRequest, {"model": "m", "messages": [], "stop": ["a"] * 3000}),
        (ChatRequest, {"model": "m", "messages": [], "metadata": {str(number): 1 for number in range(3000)}}),
        (ChatRequest, {str(number): 1 for number in range(3000)}),
        (EmbeddingRequest, {"model": "m", "input": ["a"] * 3000}),
        (EmbeddingRequest, {"model": "m", "input": [1.5] * 2000}),
        (EmbeddingRequest, {"model": "m", "input": [1] * 3000}),
    ],
)
def test_a_long_list_is_refused_at_its_first_fault(kind: Any, document: object) -> None:
    """And not after thousands of findings."""
    with pytest.raises(ApiError) as refused:
        parse_body(json.dumps(document).encode(), kind)
    assert isinstance(refused.value.__context__, ValidationError | None)
    assert refused.value.__context__ is None or refused.value.__context__.error_count() <= 2
