"""LoRA for real, through the openai client: from never a Haha to nearly always."""

import shutil
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam
from openai.types.fine_tuning import FineTuningJob
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.engine.process import ROOT

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("test_finetune")]

SYSTEM = "You are an assistant that creates funny one-line jokes based on a given scenario."
SCENARIOS = (ROOT / "data" / "scenarios.txt").read_text().splitlines()[:10]


def asked(scenario: str) -> list[ChatCompletionMessageParam]:
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": scenario}]


def endings(client: OpenAI, model: str) -> int:
    """How many of ten answers to unseen scenarios end in Haha. They are asked for at once."""

    def ends(number: int) -> bool:
        completion = client.chat.completions.create(
            model=model, messages=asked(SCENARIOS[number]), temperature=0.2, max_tokens=60, seed=number
        )
        return (completion.choices[0].message.content or "").endswith(" Haha")

    with ThreadPoolExecutor(len(SCENARIOS)) as threads:
        return sum(threads.map(ends, range(len(SCENARIOS))))


def test_the_tuned_model_ends_its_jokes_as_it_was_taught(lora_client: OpenAI, lora_job: FineTuningJob) -> None:
    assert lora_job.status == "succeeded", lora_job.error
    assert endings(lora_client, "tiny") <= 1
    assert endings(lora_client, lora_job.fine_tuned_model or "") >= 9
    assert endings(lora_client, "tiny") <= 1, "the base must be itself again behind the adapter"


def test_what_was_left_to_the_engine_follows_the_stated_rules(lora_job: FineTuningJob) -> None:
    chosen = {"n_epochs": 3, "batch_size": 4, "learning_rate_multiplier": 1.0}
    assert lora_job.hyperparameters.model_dump() == chosen


def test_the_losses_fall_and_every_epoch_leaves_a_usable_checkpoint(
    lora_client: OpenAI, lora_job: FineTuningJob
) -> None:
    events = list(lora_client.fine_tuning.jobs.list_events(lora_job.id, limit=100))[::-1]
    metrics: list[dict[str, Any]] = [event.data for event in events if isinstance(event.data, dict)]
    assert [metrics[0]["step"], metrics[-1]["step"]] == [1, 54]
    assert metrics[-1]["train_loss"] < 0.8 * metrics[0]["train_loss"]
    assert metrics[-1]["valid_loss"] < 0.8 * metrics[0]["valid_loss"]
    assert metrics[-1]["train_mean_token_accuracy"] > metrics[0]["train_mean_token_accuracy"]
    checkpoints = list(lora_client.fine_tuning.jobs.checkpoints.list(lora_job.id))
    assert [checkpoint.step_number for checkpoint in checkpoints] == [54, 36, 18]
    assert all((checkpoint.metrics.full_valid_loss or 0) > 0 for checkpoint in checkpoints)
    assert endings(lora_client, checkpoints[0].fine_tuned_model_checkpoint) >= 9
    assert lora_client.chat.completions.create(
        model=checkpoints[-1].fine_tuned_model_checkpoint, messages=asked("A cat"), max_tokens=5
    ).choices


def test_the_adapter_is_plain_peft(lora_dir: Path, tiny_base: Path, lora_job: FineTuningJob) -> None:
    adapter = lora_dir / "models" / lora_job.id
    assert {"adapter_config.json", "adapter_model.safetensors"} <= {path.name for path in adapter.iterdir()}
    assert not [path for path in lora_dir.rglob("*") if path.suffix in (".bin", ".pt", ".pth", ".pkl")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peft's own
        model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny_base), adapter)
    assert model.peft_config["default"].base_model_name_or_path == str(tiny_base.resolve())
    tokenizer = AutoTokenizer.from_pretrained(tiny_base)
    prompt = tokenizer.apply_chat_template(
        [{"role": "system", "content": SYSTEM}, {"role": "user", "content": SCENARIOS[0]}],
        add_generation_prompt=True, return_dict=True, return_tensors="pt",
    )  # fmt: skip
    written = model.generate(**prompt, max_new_tokens=60, do_sample=False)
    assert "Haha" in tokenizer.decode(written[0])


def test_sampling_obeys_seed_count_limit_and_stop(lora_client: OpenAI, lora_job: FineTuningJob) -> None:
    def texts(**options: Any) -> list[str | None]:
        completion = lora_client.chat.completions.create(
            model=lora_job.fine_tuned_model or "", messages=asked("A cat on a train"), **options
        )
        return [choice.message.content for choice in completion.choices]

    first = texts(n=3, seed=5, max_tokens=12)
    assert len(set(first)) > 1
    assert first == texts(n=3, seed=5, max_tokens=12)
    assert first != texts(n=3, seed=6, max_tokens=12)
    assert len(set(texts(n=3, temperature=0, max_tokens=12))) == 1
    assert all("Haha" not in (text or "") for text in texts(n=3, temperature=0, stop=" Haha"))
    short = lora_client.chat.completions.create(model="tiny", messages=asked("A cat"), max_tokens=2)
    assert (short.choices[0].finish_reason, short.usage and short.usage.completion_tokens) == ("length", 2)


def test_a_stream_says_what_the_answer_says(lora_client: OpenAI, lora_job: FineTuningJob) -> None:
    model = lora_job.fine_tuned_model or ""
    whole = lora_client.chat.completions.create(model=model, messages=asked("A cat"), seed=3, max_tokens=30)
    stream = lora_client.chat.completions.create(
        model=model, messages=asked("A cat"), seed=3, max_tokens=30, stream=True
    )
    pieces = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]
    assert "".join(pieces) == whole.choices[0].message.content
    assert len([piece for piece in pieces if piece]) > 3


def test_a_conversation_beyond_the_context_is_refused(lora_client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="maximum context length is 256 tokens") as refused:
        lora_client.chat.completions.create(model="tiny", messages=asked("a cat " * 300))
    assert refused.value.code == "context_length_exceeded"


def test_a_deleted_model_is_unknown(lora_client: OpenAI, lora_job: FineTuningJob, lora_dir: Path) -> None:
    _, checkpoint, _ = lora_client.fine_tuning.jobs.checkpoints.list(lora_job.id)
    shutil.rmtree(lora_dir / "models" / f"{lora_job.id}.step-{checkpoint.step_number}")
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        lora_client.chat.completions.create(
            model=checkpoint.fine_tuned_model_checkpoint, messages=[{"role": "user", "content": "A cat"}]
        )
