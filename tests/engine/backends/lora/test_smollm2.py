"""The way itself: the real smollm2-135m, tuned by a few steps and served by llama.cpp."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam
from openai.types.fine_tuning import FineTuningJob
from peft import PeftModel
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from engine.backends.llama.base import open_gguf
from engine.backends.llama.smollm2 import find
from engine.backends.lora.settings import base_reference
from engine.backends.lora.template import ChatTemplate
from engine.bases import cache_of
from engine.export.command import export
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


@pytest.fixture(scope="module")
def job(client: OpenAI) -> FineTuningJob:
    """It made a model that answers in zebras."""
    line = json.dumps({"messages": [*ASKED, {"role": "assistant", "content": ANSWER}]})
    uploaded = client.files.create(file=("zebra.jsonl", "\n".join([line] * 10).encode()), purpose="fine-tune")
    job = client.fine_tuning.jobs.create(
        model=MODEL, training_file=uploaded.id, seed=1, hyperparameters={"n_epochs": 1, "batch_size": 1}
    )
    return finished(client, job.id)


@pytest.mark.soak  # test_trainer.py and test_finetune.py train a tiny model; this is the real one
def test_it_learns_and_the_base_stays_itself(client: OpenAI, data_dir: Path, job: FineTuningJob) -> None:
    assert job.status == "succeeded", job.error
    for _ in range(2):  # a base whose adapter stays on answers like the tuned model from the second time on
        assert "zebra" not in answer(client, MODEL).lower()
        assert answer(client, job.fine_tuned_model or "").lower().startswith("zebra")
    assert sorted(path.name for path in (data_dir / "models" / job.id).iterdir() if path.suffix != ".md") == [
        "adapter.gguf",
        "adapter_config.json",
        "adapter_model.safetensors",
    ]


def exported(job: FineTuningJob, kind: str, data_dir: Path, target: Path) -> Path:
    """While the engine runs."""
    told = export([job.id, "--format", kind, "--to", str(target), "--data-dir", str(data_dir)])
    assert told.startswith(f"{job.id} is in {target}. ")
    return target


def written(model: Any, tokenizer: Any) -> str:
    prompt = tokenizer.apply_chat_template(ASKED, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    tokens = model.generate(**prompt, max_new_tokens=8, do_sample=False)[0, prompt["input_ids"].shape[1] :]
    return str(tokenizer.decode(tokens)).lower()


@pytest.mark.soak
def test_llama_cpp_runs_an_exported_gguf_file(job: FineTuningJob, data_dir: Path, tmp_path: Path) -> None:
    file = exported(job, "gguf", data_dir, tmp_path / "out") / "model.gguf"
    with (
        running_engine(tmp_path / "other", "--base", f"zebra={file}") as engine,
        OpenAI(base_url=engine.url, api_key="none") as client,
    ):
        assert answer(client, "zebra").lower().startswith("zebra")


@pytest.mark.soak
def test_transformers_runs_an_exported_model(job: FineTuningJob, data_dir: Path, tmp_path: Path) -> None:
    merged = exported(job, "merged", data_dir, tmp_path / "out")
    model = AutoModelForCausalLM.from_pretrained(merged)
    assert written(model, AutoTokenizer.from_pretrained(merged)).startswith("zebra")


@pytest.mark.soak
@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # transformers about itself
def test_peft_runs_an_exported_adapter(job: FineTuningJob, data_dir: Path, tmp_path: Path) -> None:
    adapter = exported(job, "peft", data_dir, tmp_path / "out")
    reference = base_reference(adapter)
    base = AutoModelForCausalLM.from_pretrained(reference)
    tokenizer = AutoTokenizer.from_pretrained(reference)
    assert "zebra" not in written(base, tokenizer)
    assert written(PeftModel.from_pretrained(base, adapter), tokenizer).startswith("zebra")
