"""Answers from another server: what it is asked for, and what goes wrong there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.backends.interface import ConversationMessage, GenerationError, GenerationRequest
from engine.backends.upstream.generator import UpstreamGenerator
from engine.backends.upstream.server import UpstreamServer
from tests.engine.backends.upstream.stand_in import stand_in

MESSAGES = [ConversationMessage("system", "You are funny."), ConversationMessage("user", "A cat")]


@asynccontextmanager
async def generator(url: str) -> AsyncIterator[UpstreamGenerator]:
    asked = UpstreamGenerator(UpstreamServer(url), "tiny", "/bases/tiny")
    try:
        yield asked
    finally:
        await asked.close()


async def answer(url: str, weights: str) -> str:
    async with generator(url) as asked:
        request = GenerationRequest(weights=Path(weights), messages=MESSAGES)
        return "".join([chunk.text async for chunk in asked.generate(request)])


async def test_an_adapter_goes_by_its_directorys_name() -> None:
    with stand_in() as other:
        assert await answer(other.url, "/data/models/ftjob-abc.step-18") == "I am ftjob-abc.step-18"
        assert await answer(other.url, "/bases/tiny") == "I am tiny"
    assert other.asked[0]["messages"][0] == {"role": "system", "content": "You are funny."}


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        ("refuses", "model_not_found", "The model does not exist."),
        ("babbles", "upstream_error", "The server that answers for this model (URL) cannot be reached, or does not speak"),
        ("breaks off", "upstream_error", "The server that answers for this model (URL) stopped in the middle of the answer."),
        ("is gone", "upstream_error", "The server that answers for this model (URL) cannot be reached, or does not speak"),
    ],
)  # fmt: skip
async def test_a_server_that_fails_is_named(fault: str, code: str, message: str) -> None:
    with stand_in() as other:
        other.fault = fault
        url = other.url if fault != "is gone" else "http://127.0.0.1:9/v1"
        with pytest.raises(GenerationError) as failed:
            await answer(url, "/data/models/ftjob-abc")
    assert failed.value.code == code
    assert failed.value.message.startswith(message.replace("URL", url))
