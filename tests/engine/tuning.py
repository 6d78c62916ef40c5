"""Adapters that can be told apart by what they answer."""

import json

from openai import OpenAI

from tests.engine.waiting import finished

QUESTION = "Name a colour."


def tuned_to_say(client: OpenAI, word: str, base: str = "small") -> str:
    """A model that answers every request with this word three times. It has one checkpoint."""
    line = json.dumps(
        {
            "messages": [
                {"role": "user", "content": QUESTION},
                {"role": "assistant", "content": f"{word} {word} {word}."},
            ]
        }
    )
    uploaded = client.files.create(file=("word.jsonl", "\n".join([line] * 10).encode()), purpose="fine-tune")
    job = client.fine_tuning.jobs.create(
        model=base, training_file=uploaded.id, seed=1, hyperparameters={"n_epochs": 1, "batch_size": 1}
    )
    job = finished(client, job.id)
    assert job.status == "succeeded", job.error
    return job.fine_tuned_model or ""


def said(client: OpenAI, model: str, max_tokens: int = 8) -> str:
    """What a model answers to the question, in small letters."""
    completion = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": QUESTION}], temperature=0, max_tokens=max_tokens
    )
    return (completion.choices[0].message.content or "").lower()
