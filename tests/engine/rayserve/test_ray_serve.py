"""Chats handed over to the real Ray Serve LLM, which loads our adapters from a bucket."""

from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from openai import OpenAI

from tests.engine.rayserve.conftest import BASES, MotoBucket, models
from tests.engine.tuning import QUESTION, said
from tests.engine.waiting import wait_until

AT_ONCE = 4


def test_it_answers_for_two_bases_and_an_adapter_of_each(client: OpenAI, zebra: str, violin: str) -> None:
    assert said(client, zebra) == "zebra zebra zebra."
    assert said(client, violin).startswith("violin violin")
    assert said(client, "small") == said(client, "large")
    assert not said(client, "small").startswith(("zebra", "violin"))


def test_it_names_them_as_we_do(ray_serve: str, s3: MotoBucket, zebra: str, violin: str) -> None:
    folders = {tuple(key.split("/")[1:3]) for key in s3.keys}
    assert sorted(base for base, _ in folders) == ["large", "large", "small", "small"]  # each with a checkpoint
    assert models(ray_serve) == {*BASES, *(f"{base}:{adapter}" for base, adapter in folders)}


def test_adapters_are_answered_at_once_and_piece_by_piece(client: OpenAI, zebra: str, violin: str) -> None:
    with ThreadPoolExecutor(2 * AT_ONCE) as threads:
        told = threads.map(lambda model: said(client, model), (zebra, violin) * AT_ONCE)
    assert [text[:5] for text in told] == ["zebra", "violi"] * AT_ONCE
    stream = client.chat.completions.create(
        model=zebra, messages=[{"role": "user", "content": QUESTION}], temperature=0, max_tokens=8, stream=True
    )
    pieces = [chunk.choices[0].delta.content for chunk in stream if chunk.choices and chunk.choices[0].delta.content]
    assert "".join(pieces) == "Zebra Zebra Zebra."
    assert len(pieces) > 3


def test_a_checkpoint_is_answered_too(client: OpenAI, violin: str) -> None:
    job = client.fine_tuning.jobs.list().data[0]
    (checkpoint,) = client.fine_tuning.jobs.checkpoints.list(job.id)
    assert job.fine_tuned_model == violin
    assert said(client, checkpoint.fine_tuned_model_checkpoint).startswith("violin")


def test_a_deleted_model_is_gone_and_the_others_stay(client: OpenAI, s3: MotoBucket, zebra: str, violin: str) -> None:
    before = len(s3.keys)
    client.models.delete(violin)
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        said(client, violin)
    wait_until(lambda: len(s3.keys) == before * 3 // 4)
    assert said(client, zebra).startswith("zebra")
