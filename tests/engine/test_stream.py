"""Streaming: told while it is being made, up to the first stop sequence, and broken off clearly."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import openai
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from openai import AsyncOpenAI

from engine.api.chat_request import ChatRequest
from engine.api.chat_stream import Stream
from engine.api.stops import StopWatch, cut_at_stops
from engine.backends.interface import Answer, ChatTurn, Piece, Wish
from engine.training.task import Course, Settings, Wanted


class Talker:
    """A backend that says the next word when it is told to."""

    base, worker, extension = "talker", "", ""
    settings: Settings = {}  # noqa: RUF012 - it has none

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self.go_on = threading.Semaphore(0)
        self.closed = threading.Event()

    def base_weights(self) -> Path:
        return Path()

    def plan(self, examples: int, wanted: Wanted) -> Course:
        raise NotImplementedError

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def answer(self, weights: Path, conversation: Sequence[ChatTurn], wish: Wish) -> list[Answer]:
        raise NotImplementedError

    def stream(self, weights: Path, conversation: Sequence[ChatTurn], wish: Wish) -> Iterator[Piece]:  # noqa: ARG002 - it only talks
        try:
            for word in self.words:
                assert self.go_on.acquire(timeout=10)
                if word == "!":
                    raise RuntimeError("it broke")
                yield Piece(0, word)
            yield Piece(0, "", "length")
        finally:
            self.closed.set()


@asynccontextmanager
async def talking(backend: Talker) -> AsyncIterator[AsyncOpenAI]:
    async def complete(request: web.Request) -> web.StreamResponse:
        return await Stream(backend, Path(), ChatRequest.model_validate(await request.json())).send(request)

    app = web.Application()
    app.router.add_post("/chat/completions", complete)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with AsyncOpenAI(base_url=url, api_key="x", max_retries=0) as client:
            yield client
    finally:
        await runner.cleanup()


def asked(backend: Talker, client: AsyncOpenAI, stop: str | None = None) -> "asyncio.Task[list[str]]":
    async def listen() -> list[str]:
        heard = []
        stream = await client.chat.completions.create(
            model="talker", messages=[{"role": "user", "content": "hi"}], stream=True, stop=stop
        )
        async for chunk in stream:
            for choice in chunk.choices:
                heard += [choice.delta.content or choice.finish_reason or ""]
                if choice.delta.content:
                    backend.go_on.release()
        return heard

    return asyncio.create_task(listen())


async def test_each_word_is_heard_before_the_next_is_made() -> None:
    backend = Talker(["one", " two", " three"])
    async with talking(backend) as client:
        backend.go_on.release()
        assert await asyncio.wait_for(asked(backend, client), 10) == ["", "one", " two", " three", "length"]


async def test_a_stop_sequence_ends_the_generation() -> None:
    backend = Talker(["one", " two", " three", " four"])
    async with talking(backend) as client:
        for _ in range(3):
            backend.go_on.release()
        assert await asyncio.wait_for(asked(backend, client, stop="o thr"), 10) == ["", "one", " tw", "stop"]
        assert await asyncio.to_thread(backend.closed.wait, 10)


async def test_a_stream_that_breaks_off_says_so() -> None:
    backend = Talker(["one", "!"])
    async with talking(backend) as client:
        backend.go_on.release()
        with pytest.raises(openai.APIError, match="The engine made an error"):
            await asyncio.wait_for(asked(backend, client), 10)


@given(st.lists(st.text("ab", max_size=3), max_size=8), st.lists(st.text("ab", min_size=1, max_size=3), max_size=3))
def test_text_is_cut_alike_all_at_once_and_bit_by_bit(pieces: list[str], stops: list[str]) -> None:
    watch = StopWatch(stops)
    told = "".join(watch.take(piece) for piece in pieces) + watch.rest()
    whole = cut_at_stops(Answer(tuple(pieces), ended=False), stops)
    assert (told, watch.stopped) == ("".join(whole.pieces), whole.ended)
