"""Engines that hand the chats of their bases over to other servers: same ids for clients."""

from collections.abc import Callable
from pathlib import Path

import pytest
from openai import OpenAI

from tests.engine.backends.upstream.bucket import Bucket, bucket
from tests.engine.backends.upstream.stand_in import stand_in
from tests.engine.process import running_engine
from tests.engine.tuning import said, tuned_to_say
from tests.engine.waiting import wait_until

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("test_upstream")]


@pytest.fixture
def data_dir(prepared_dir: Callable[[], Path]) -> Path:
    return prepared_dir()


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


def test_each_server_is_asked_by_its_own_names_for_what_it_can_have(
    data_dir: Path, tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stand_in() as vllm, stand_in() as ray, bucket() as s3:
        for name, value in s3.environment.items():
            monkeypatch.setenv(name, value)
        bases = ("--base", f"a={tiny_base}", "--base", f"b={tiny_base}")
        servers = ("--serve-url", f"a={vllm.url}", "--serve-url", f"b={ray.url}", "--serve-naming", "b=ray")
        complete: list[set[str]] = []
        ray.before = lambda: complete.append(folders(s3))
        with (
            running_engine(data_dir, *bases, *servers, "--publish-adapters", s3.url) as engine,
            OpenAI(base_url=engine.url, api_key="x") as client,
        ):
            of_a, of_b = (tuned_to_say(client, "Haha", base) for base in ("a", "b"))
            (checkpoint,) = client.fine_tuning.jobs.checkpoints.list(client.fine_tuning.jobs.list().data[0].id)
            for model in (of_a, of_b, checkpoint.fine_tuned_model_checkpoint, "b"):
                said(client, model)
            wait_until(lambda: len(folders(s3)) == 2)
            client.models.delete(of_b)
            wait_until(lambda: len(folders(s3)) == 1)
        tuned, step, base = ray.models
        assert folders(s3) == {step}
    assert [name.startswith("ftjob-") for name in vllm.models] == [True]
    assert tuned.startswith("b:ftjob-")
    assert (step, base) == (f"{tuned}.step-10", "b")
    assert tuned in complete[0]
    assert step in complete[1]


def folders(s3: Bucket) -> set[str]:
    """The adapters that are complete, as Ray names them."""
    complete = [key.split("/") for key in s3.sizes if key.endswith("/adapter_config.json")]
    return {f"{base}:{adapter}" for _, base, adapter, _ in complete}


def test_each_base_has_its_own_server_and_key(data_dir: Path, tiny_base: Path) -> None:
    with stand_in() as one, stand_in() as two:
        options = [option for name in ("a", "b", "here") for option in ("--base", f"{name}={tiny_base}")]
        options += ["--serve-url", f"a={one.url}", "--serve-url", f"b={two.url}", "--serve-key", "b=sesame"]
        with running_engine(data_dir, *options) as engine, OpenAI(base_url=engine.url, api_key="x") as client:
            told = [said(client, model) for model in ("a", "b", "a", "here")]
    assert told[:3] == ["i am a", "i am b", "i am a"]
    assert "i am" not in told[3]
    assert (one.models, one.keys) == (["a", "a"], [None, None])
    assert (two.models, two.keys) == (["b"], ["Bearer sesame"])
