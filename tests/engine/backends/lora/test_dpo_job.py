"""Preferences taught for real, through the openai client: short answers preferred, short answers given."""

import json
from collections.abc import Sequence

import openai
import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from tests.engine.backends.lora.test_finetune import SYSTEM, asked
from tests.engine.process import ROOT
from tests.engine.waiting import finished
from tests.preference_files import answer, preference_file

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("test_dpo_job")]

JOKES = [json.loads(line)["messages"] for line in (ROOT / "data" / "jokes.jsonl").read_text().splitlines()]


def pairs_of_jokes() -> bytes:
    """The first words of a joke preferred to all of it."""
    lines = []
    for _, request, joke in JOKES[:40]:
        short = " ".join(joke["content"].split()[:3]) + " Haha"
        given = {"messages": [{"role": "system", "content": SYSTEM}, request]}
        outputs = {"preferred_output": answer(short), "non_preferred_output": answer(joke["content"])}
        lines.append(json.dumps({"input": given, **outputs}))
    return "\n".join(lines).encode()


def mean_words(client: OpenAI, model: str, requests: Sequence[str]) -> float:
    texts = [
        client.chat.completions.create(model=model, messages=asked(request), temperature=0, max_tokens=60)
        for request in requests
    ]
    return sum(len((text.choices[0].message.content or "").split()) for text in texts) / len(texts)


def uploaded(client: OpenAI, content: bytes) -> str:
    return client.files.create(file=("pairs.jsonl", content), purpose="fine-tune").id


@pytest.mark.soak  # test_dpo.py has the loss and what is learned; this is the whole way
def test_a_tuned_model_learns_what_is_preferred(lora_client: OpenAI, lora_job: FineTuningJob) -> None:
    file = uploaded(lora_client, pairs_of_jokes())
    created = lora_client.fine_tuning.jobs.create(
        model=lora_job.fine_tuned_model or "",
        training_file=file,
        validation_file=file,
        method={"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2, "n_epochs": "auto"}}},
        seed=1,
    )
    assert created.method is not None
    assert created.method.to_dict() == {
        "type": "dpo",
        "dpo": {
            "hyperparameters": {
                "beta": 0.2, "n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto",
            }
        },
    }  # fmt: skip
    job = finished(lora_client, created.id)
    assert job.status == "succeeded", job.error
    assert job.method is not None
    assert job.method.dpo is not None
    assert job.method.dpo.hyperparameters is not None
    resolved = {"n_epochs": 3, "batch_size": 2, "learning_rate_multiplier": 1.0}
    assert job.method.dpo.hyperparameters.to_dict() == {**resolved, "beta": 0.2}
    assert job.hyperparameters.to_dict() == resolved

    requests = [request["content"] for _, request, _ in JOKES[:5]]
    tuned = job.fine_tuned_model or ""
    assert mean_words(lora_client, tuned, requests) < 0.8 * mean_words(lora_client, job.model, requests)

    events = [event.data for event in lora_client.fine_tuning.jobs.list_events(job.id, limit=100)]
    last, *_, first = [data for data in events if isinstance(data, dict)]
    assert first["train_loss"] == pytest.approx(0.693, abs=0.01)
    assert last["valid_loss"] < first["valid_loss"]
    assert last["valid_reward_accuracy"] > 0.9
    table = lora_client.files.content(job.result_files[0]).text.splitlines()
    assert table[0] == (
        "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy,"
        "train_reward_accuracy,train_reward_margin,valid_reward_accuracy,valid_reward_margin"
    )
    checkpoints = lora_client.fine_tuning.jobs.checkpoints.list(job.id).data
    assert [checkpoint.step_number for checkpoint in checkpoints] == [60, 40, 20]


def test_a_file_for_another_method_fails_the_job_at_its_line(lora_client: OpenAI) -> None:
    jokes = uploaded(lora_client, (ROOT / "data" / "jokes.jsonl").read_bytes())
    job = lora_client.fine_tuning.jobs.create(model="tiny", training_file=jokes, method={"type": "dpo"})
    ended = finished(lora_client, job.id)
    assert ended.error is not None
    assert ended.error.message.startswith("Line 1: it has `messages`, as examples for the method `supervised` do")
    assert (ended.error.code, ended.error.param) == ("invalid_training_file", "training_file")


def test_beta_left_to_the_engine_is_a_tenth(lora_client: OpenAI) -> None:
    file = uploaded(lora_client, preference_file(10))
    job = lora_client.fine_tuning.jobs.create(
        model="tiny", training_file=file, method={"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 1}}}
    )
    ended = finished(lora_client, job.id)
    assert ended.method is not None
    assert ended.method.dpo is not None
    assert ended.method.dpo.hyperparameters is not None
    assert (ended.status, ended.method.dpo.hyperparameters.beta) == ("succeeded", 0.1)


def test_the_practice_model_says_what_to_use_instead(lora_client: OpenAI) -> None:
    file = uploaded(lora_client, preference_file(10))
    with pytest.raises(openai.BadRequestError) as refused:
        lora_client.fine_tuning.jobs.create(model="practice-1", training_file=file, method={"type": "dpo"})
    assert refused.value.param == "method.type"
    assert "`practice-1` learns by the method 'supervised' only; 'dpo' needs a real model (`--base`)" in str(
        refused.value
    )
