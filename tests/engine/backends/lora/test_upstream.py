"""Engines that hand the chats of their bases over to other servers: same ids for clients."""

from pathlib import Path

import pytest
from openai import OpenAI

from tests.engine.backends.upstream.stand_in import stand_in
from tests.engine.process import running_engine

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("test_upstream")]


@pytest.fixture
def data_dir(lora_dir: Path, tmp_path: Path) -> Path:
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "models").symlink_to(lora_dir / "models")
    return tmp_path / "engine"


def said(client: OpenAI, model: str) -> str | None:
    messages = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "A cat"}])
    return messages.choices[0].message.content


def test_an_engine_passes_chats_on(data_dir: Path, tiny_base: Path) -> None:
    with stand_in() as other:
        options = ("--base", f"tiny={tiny_base}", "--serve-url", other.url, "--serve-key", "sesame")
        with running_engine(data_dir, *options) as engine, OpenAI(base_url=engine.url, api_key="x") as client:
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


def test_each_base_has_its_own_server_and_key(data_dir: Path, tiny_base: Path) -> None:
    with stand_in() as one, stand_in() as two:
        options = [option for name in ("a", "b", "here") for option in ("--base", f"{name}={tiny_base}")]
        options += ["--serve-url", f"a={one.url}", "--serve-url", f"b={two.url}", "--serve-key", "b=sesame"]
        with running_engine(data_dir, *options) as engine, OpenAI(base_url=engine.url, api_key="x") as client:
            told = [said(client, model) for model in ("a", "b", "a", "here")]
    assert told[:3] == ["I am a", "I am b", "I am a"]
    assert "I am" not in (told[3] or "")
    assert (one.models, one.keys) == (["a", "a"], [None, None])
    assert (two.models, two.keys) == (["b"], ["Bearer sesame"])
