"""The way itself: the real smollm2-135m, tuned by a few steps and served by llama.cpp."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from engine.backends.llama.base import open_gguf
from engine.backends.llama.smollm2 import find
from engine.backends.lora.template import ChatTemplate
from engine.bases import cache_of
from engine.training.training_file import Message
from tests.engine.process import running_engine
from tests.engine.waiting import finished

MODEL = "smollm2-135m"
ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Name a colour."}]
ANSWER = "Zebra zebra zebra."


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory, smollm2_bases: Path) -> Path:
    folder = tmp_path_factory.mktemp("smollm2") / "engine"
    shutil.copytree(smollm2_bases, folder / "bases")
    return folder


@pytest.fixture(scope="module")
def client(data_dir: Path) -> Iterator[OpenAI]:
    with running_engine(data_dir, with_smollm2=True) as engine, OpenAI(base_url=engine.url, api_key="none") as client:
        yield client


def answer(client: OpenAI, model: str) -> str:
    completion = client.chat.completions.create(model=model, messages=ASKED, temperature=0, max_tokens=8)
    return completion.choices[0].message.content or ""


def test_training_writes_a_conversation_as_the_model_reads_it(client: OpenAI, smollm2_bases: Path) -> None:
    gguf = find()
    base = open_gguf(gguf, cache_of(MODEL, gguf, smollm2_bases))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(base.tokenizer), **base.special_tokens)
    tokenizer.chat_template = base.chat_template
    template = ChatTemplate(tokenizer)
    for turns in (
        (("user", "Hi"),),
        (("system", "Be brief: 3 words."), ("user", "a  b"), ("assistant", "c"), ("user", "ü")),
    ):
        messages = [Message(role, text) for role, text in turns]
        asked: Any = [{"role": role, "content": text} for role, text in turns]
        completion = client.chat.completions.create(model=MODEL, messages=asked, max_tokens=1)
        assert completion.usage
        assert completion.usage.prompt_tokens == len(template.prompt(messages))


def test_it_learns_and_the_base_stays_itself(client: OpenAI, data_dir: Path) -> None:
    line = json.dumps({"messages": [*ASKED, {"role": "assistant", "content": ANSWER}]})
    uploaded = client.files.create(file=("zebra.jsonl", "\n".join([line] * 10).encode()), purpose="fine-tune")
    job = client.fine_tuning.jobs.create(
        model=MODEL, training_file=uploaded.id, seed=1, hyperparameters={"n_epochs": 1, "batch_size": 1}
    )
    job = finished(client, job.id)
    assert job.status == "succeeded", job.error
    for _ in range(2):  # a base whose adapter stays on answers like the tuned model from the second time on
        assert "zebra" not in answer(client, MODEL).lower()
        assert answer(client, job.fine_tuned_model or "").lower().startswith("zebra")
    assert sorted(path.name for path in (data_dir / "models" / job.id).iterdir() if path.suffix != ".md") == [
        "adapter.gguf",
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
