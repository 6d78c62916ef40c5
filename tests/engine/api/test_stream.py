"""Streaming: sent while it is being made, up to the first stop sequence, in chunks as OpenAI shapes them, and broken off clearly."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api.answers import StopWatch
from engine.backends.interface import GenerationChunk, GenerationError, GenerationRequest
from tests.engine.counting import counting_backend
from tests.engine.here import Engine, engine_here


class Prompted:
    """A generator that gives the next word when it is told to."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self.next = asyncio.Semaphore(0)
        self.closed = asyncio.Event()

    async def generate(self, _: GenerationRequest) -> AsyncGenerator[GenerationChunk, None]:
        try:
            for word in self.words:
                await self.next.acquire()
                if word == "!":
                    raise GenerationError("server_error", "The process died.")
                if word == "?":
                    raise RuntimeError("a bug")
                yield GenerationChunk(text=word)
            yield GenerationChunk(finish_reason="length")
        finally:
            self.closed.set()

    async def close(self) -> None:
        pass


@asynccontextmanager
async def prompted(folder: Path, *words: str) -> AsyncIterator[tuple[Prompted, Engine]]:
    generator = Prompted(words)
    async with engine_here(folder, backend=counting_backend(generator)) as engine:
        yield generator, engine


async def heard(generator: Prompted, engine: Engine, stop: str | None = None) -> list[str]:
    """What comes, a word being let out as soon as the one before was heard."""
    found = []
    generator.next.release()
    async with asyncio.timeout(10):
        async for chunk in await engine.client.chat.completions.create(
            model="counting", messages=[{"role": "user", "content": "hi"}], stream=True, stop=stop
        ):
            for choice in chunk.choices:
                found += [choice.delta.content or choice.finish_reason or ""]
                generator.next.release()
    return found


async def test_each_word_is_heard_before_the_next_is_made(tmp_path: Path) -> None:
    async with prompted(tmp_path, "one", " two", " three") as (generator, engine):
        assert await heard(generator, engine) == ["", "one", " two", " three", "length"]


async def test_a_stop_sequence_ends_the_generation(tmp_path: Path) -> None:
    async with prompted(tmp_path, "one", " two", " three", " four") as (generator, engine):
        for _ in range(3):
            generator.next.release()
        assert await heard(generator, engine, stop="o thr") == ["", "one", " tw", "stop"]
        async with asyncio.timeout(10):
            await generator.closed.wait()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("one", "!"), "The process died."),
        (("one", "?"), "The engine made an error. Its log has the reason."),
    ],
)
async def test_a_stream_that_breaks_off_ends_with_an_error(
    tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    async with prompted(tmp_path, *words) as (generator, engine):
        with pytest.raises(openai.APIError) as broken:
            await heard(generator, engine)
    assert broken.value.message == message


async def test_what_breaks_before_the_first_word_is_a_plain_error(tmp_path: Path) -> None:
    async with prompted(tmp_path, "!") as (generator, engine):
        with pytest.raises(openai.InternalServerError, match="The process died") as failed:
            await heard(generator, engine)
    assert failed.value.status_code == 503


@pytest.mark.parametrize("usage", [False, True])
async def test_chunks_are_shaped_as_openais(tmp_path: Path, usage: bool) -> None:
    body: dict[str, Any] = {
        "model": "counting",
        "messages": [{"role": "user", "content": "hi"}],
        "n": 2,
        "stream": True,
    }
    body |= {"stream_options": {"include_usage": True}} if usage else {}
    async with (
        engine_here(tmp_path) as engine,
        aiohttp.ClientSession() as session,
        session.post(f"{engine.url}/chat/completions", json=body) as response,
    ):
        events = (await response.text()).split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    chunks = [json.loads(event.removeprefix("data: ")) for event in events[:-2]]
    assert {tuple(chunk) for chunk in chunks} == {
        ("id", "choices", "created", "model", "object") + (("usage",) if usage else ())
    }
    choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
    assert [choice["delta"] for choice in choices[:2]] == [{"content": "", "role": "assistant"}] * 2
    assert all("finish_reason" in choice for choice in choices)
    assert [choice["finish_reason"] for choice in choices if not choice["delta"]] == ["stop", "stop"]
    assert {choice["finish_reason"] for choice in choices if choice["delta"]} == {None}
    if usage:
        assert [chunk["usage"] for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
        assert chunks[-1]["choices"] == []
        assert chunks[-1]["usage"] == {"completion_tokens": 6, "prompt_tokens": 7, "total_tokens": 13}


@given(st.lists(st.text("ab", max_size=3), max_size=8), st.lists(st.text("ab", min_size=1, max_size=3), max_size=3))
def test_text_is_cut_alike_however_it_comes(pieces: list[str], stops: list[str]) -> None:
    watch, text = StopWatch(stops), "".join(pieces)
    ends = [(place + len(stop), place) for stop in stops if (place := text.find(stop)) >= 0]
    expected = text[: min(ends)[1]] if ends else text
    assert "".join([watch.take(piece) for piece in pieces]) + watch.rest() == expected
    assert watch.stopped == bool(ends)
