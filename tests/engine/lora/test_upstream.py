"""Handing the answering to another server (vLLM): same ids for clients, adapters by their directories' names there."""

from pathlib import Path

import pytest
from openai import OpenAI

from engine.backends.interface import ChatTurn, Wish
from engine.backends.lora.backend import LoraBackend
from engine.backends.lora.protocol import Ready
from engine.backends.lora.settings import LoraSettings
from engine.backends.lora.upstream import Upstream
from engine.protocol.errors import ApiError
from tests.engine.lora.tiny import make_tokenizer
from tests.engine.lora.upstream_server import upstream
from tests.engine.process import running_engine

TURNS = [ChatTurn("system", "You are funny."), ChatTurn("user", "A cat")]


def backend(url: str, key: str | None = None) -> LoraBackend:
    ready = Ready(tokenizer=make_tokenizer(["A cat"]).backend_tokenizer.to_str(), context=256)
    return LoraBackend("tiny", "/bases/tiny", ready, Upstream(url, key, "tiny"), LoraSettings())


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
            told = [chunk.choices[0].delta.content for chunk in stream if chunk.choices]
    assert completion.model == "tiny"
    assert [choice.message.content for choice in completion.choices] == ["I am tiny"] * 2
    assert [choice.finish_reason for choice in completion.choices] == ["stop", "length"]
    assert [piece for piece in told if piece] == ["I am ", "tiny"]
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


def test_an_adapter_goes_by_its_directorys_name() -> None:
    with upstream() as other:
        answers = backend(other.url).answer(Path("/data/models/ftjob-abc.step-18"), TURNS, Wish())
    assert "".join(answers[0].pieces) == "I am ftjob-abc.step-18"
    assert other.asked[0]["messages"][0] == {"role": "system", "content": "You are funny."}


def test_an_adapter_that_the_other_server_does_not_find_is_an_unknown_model() -> None:
    with upstream() as other:
        other.refuses = True
        with pytest.raises(FileNotFoundError, match=r"The model does not exist\."):
            backend(other.url).answer(Path("/data/models/ftjob-abc"), TURNS, Wish())


def test_a_server_that_is_gone_is_named() -> None:
    with upstream() as other:
        gone = backend(other.url)
    with pytest.raises(ApiError) as refused:
        gone.answer(Path("/bases/tiny"), TURNS, Wish())
    assert (refused.value.status, refused.value.code) == (502, "upstream_error")
    assert refused.value.message == f"The server that answers for this model ({other.url}) cannot be reached."
