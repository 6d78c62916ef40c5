"""Handing the answering to another server (vLLM): same ids for clients, adapters by their directories' names there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from openai import OpenAI

from engine.backends.interface import ConversationMessage, GenerationError, GenerationRequest
from engine.backends.lora.upstream import UpstreamGenerator
from tests.engine.backends.lora.upstream_server import upstream
from tests.engine.process import running_engine

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("test_upstream")]

MESSAGES = [ConversationMessage("system", "You are funny."), ConversationMessage("user", "A cat")]


@asynccontextmanager
async def generator(url: str) -> AsyncIterator[UpstreamGenerator]:
    asked = UpstreamGenerator(url, None, "tiny", "/bases/tiny")
    try:
        yield asked
    finally:
        await asked.close()


async def answer(url: str, weights: str) -> str:
    async with generator(url) as asked:
        request = GenerationRequest(weights=Path(weights), messages=MESSAGES)
        return "".join([chunk.text async for chunk in asked.generate(request)])


def test_an_engine_passes_chats_on(lora_dir: Path, tiny_base: Path, tmp_path: Path) -> None:
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "models").symlink_to(lora_dir / "models")
    with upstream() as other:
        options = ("--base", f"tiny={tiny_base}", "--serve-url", other.url, "--serve-key", "sesame")
        with (
            running_engine(tmp_path / "engine", *options) as engine,
            OpenAI(base_url=engine.url, api_key="x") as client,
        ):
            completion = client.chat.completions.create(
                model="tiny",
                messages=[{"role": "user", "content": "A cat"}],
                n=2,
                seed=4,
                max_tokens=9,
                temperature=0.5,
            )
            stream = client.chat.completions.create(
                model="tiny", messages=[{"role": "user", "content": "A cat"}], stream=True
            )
            texts = [chunk.choices[0].delta.content for chunk in stream if chunk.choices]
    assert completion.model == "tiny"
    assert [choice.message.content for choice in completion.choices] == ["I am tiny"] * 2
    assert [choice.finish_reason for choice in completion.choices] == ["stop", "length"]
    assert [text for text in texts if text] == ["I am ", "tiny"]
    assert other.asked[0] == {
        "path": "/v1/chat/completions",
        "model": "tiny",
        "messages": [{"role": "user", "content": "A cat"}],
        "n": 2,
        "temperature": 0.5,
        "top_p": 1.0,
        "max_completion_tokens": 9,
        "seed": 4,
        "stream": True,
    }
    assert other.keys == ["Bearer sesame"] * 2


async def test_an_adapter_goes_by_its_directorys_name() -> None:
    with upstream() as other:
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
    with upstream() as other:
        other.fault = fault
        url = other.url if fault != "is gone" else "http://127.0.0.1:9/v1"
        with pytest.raises(GenerationError) as failed:
            await answer(url, "/data/models/ftjob-abc")
    assert failed.value.code == code
    assert failed.value.message.startswith(message.replace("URL", url))
