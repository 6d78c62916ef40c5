"""Answers as OpenAI's own types have them, the client's conveniences, and every parameter accounted for."""

import json
import os
import subprocess
import sys
import typing
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai.types import CreateEmbeddingResponse, FileDeleted, FileObject, Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.completion_create_params import CompletionCreateParamsBase
from openai.types.embedding_create_params import EmbeddingCreateParams
from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent
from openai.types.fine_tuning.job_create_params import JobCreateParams
from openai.types.fine_tuning.jobs import FineTuningJobCheckpoint
from pydantic import BaseModel

from engine.api.body import Body
from engine.api.chat_request import ChatRequest
from engine.api.embeddings import EmbeddingRequest
from engine.api.jobs import JobRequest
from tests.engine.datasets import training_file
from tests.engine.process import ROOT

EMBED = "text-embedding-minilm-l6-v2"


def strictly(kind: type[BaseModel], document: Any) -> None:
    """It is one of these, of exactly the right types, and nothing is in it that the type does not know."""
    parsed = kind.model_validate_json(json.dumps(document), strict=True)
    extras = [part for part in _parts(parsed) if part.model_extra]
    assert not extras, extras


def _parts(value: object) -> list[BaseModel]:
    if isinstance(value, BaseModel):
        return [value, *(part for name in type(value).model_fields for part in _parts(getattr(value, name)))]
    return [part for item in value for part in _parts(item)] if isinstance(value, list) else []


async def raw(pending: typing.Awaitable[Any]) -> Any:
    answer = await pending
    assert answer.headers["x-request-id"].startswith("req_")
    return json.loads(answer.text)


async def test_every_answer_is_of_openais_type(openai_client: AsyncOpenAI, joke_job: FineTuningJob) -> None:
    files, jobs = openai_client.files.with_raw_response, openai_client.fine_tuning.jobs.with_raw_response
    uploaded = await raw(files.create(file=training_file(10), purpose="fine-tune"))
    strictly(FileObject, uploaded)
    strictly(FileObject, await raw(files.retrieve(uploaded["id"])))
    strictly(FileDeleted, await raw(files.delete(uploaded["id"])))
    strictly(Model, await raw(openai_client.models.with_raw_response.retrieve(EMBED)))
    strictly(FineTuningJob, await raw(jobs.retrieve(joke_job.id)))
    checkpoints = openai_client.fine_tuning.jobs.checkpoints.with_raw_response
    for kind, page in (
        (Model, await raw(openai_client.models.with_raw_response.list())),
        (FileObject, await raw(files.list())),
        (FineTuningJob, await raw(jobs.list())),
        (FineTuningJobEvent, await raw(jobs.list_events(joke_job.id, limit=100))),
        (FineTuningJobCheckpoint, await raw(checkpoints.list(joke_job.id))),
    ):
        assert (page["object"], bool(page["data"])) == ("list", True)
        for document in page["data"]:
            document.pop("meta", None)  # as llama.cpp's server has it
            strictly(kind, document)


async def test_answers_of_models_are_of_openais_types(openai_client: AsyncOpenAI) -> None:
    chat = openai_client.chat.completions.with_raw_response
    ask = {"model": "practice-1", "messages": [{"role": "user", "content": "A firm that sells ice cream"}]}
    strictly(ChatCompletion, await raw(chat.create(**ask, n=2)))  # type: ignore[call-overload]
    plain = openai_client.embeddings.with_raw_response.create(model=EMBED, input=["a", "b"], encoding_format="float")
    strictly(CreateEmbeddingResponse, await raw(plain))
    stream = await chat.create(**ask, stream=True, stream_options={"include_usage": True})  # type: ignore[call-overload]
    lines = [line.removeprefix("data: ") async for line in stream.http_response.aiter_lines() if line]
    assert lines[-1] == "[DONE]"
    for line in lines[:-1]:
        strictly(ChatCompletionChunk, json.loads(line))


async def test_the_clients_own_ways_work(openai_client: AsyncOpenAI, joke_job: FineTuningJob) -> None:
    uploaded = await openai_client.files.create(file=training_file(10), purpose="fine-tune")
    assert (await openai_client.files.wait_for_processing(uploaded.id)).status == "processed"
    events = [event.id async for event in openai_client.fine_tuning.jobs.list_events(joke_job.id, limit=3)]
    assert len(events) == len(set(events)) > 20
    async with openai_client.chat.completions.stream(
        model="practice-1", messages=[{"role": "user", "content": "A firm that sells tea"}]
    ) as stream:
        final = await stream.get_final_completion()
    assert "tea" in (final.choices[0].message.content or "").lower()


PARAMETERS: list[tuple[type[Body], Any]] = [
    (ChatRequest, CompletionCreateParamsBase),
    (EmbeddingRequest, EmbeddingCreateParams),
    (JobRequest, JobCreateParams),
]


@pytest.mark.parametrize(("body", "params"), PARAMETERS)
def test_every_parameter_of_openais_is_taken_or_refused_by_name(body: type[Body], params: Any) -> None:
    known = set(typing.get_type_hints(params))
    assert known <= body.model_fields.keys() | body.unsupported.keys()
    documented = (ROOT / "docs" / "engine.md").read_text()
    assert [name for name in sorted(known) if f"`{name}`" not in documented] == []


async def test_a_refusal_names_the_parameter_and_says_why(openai_client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        await openai_client.chat.completions.create(
            model="practice-1", messages=[{"role": "user", "content": "hi"}], logprobs=True, top_logprobs=2
        )
    assert (raised.value.param, raised.value.code) == ("top_logprobs", "unsupported_parameter")
    assert "This engine does not support 'top_logprobs': it tells the probabilities of the words that it writes" in str(
        raised.value
    )
    harmless = await openai_client.chat.completions.create(
        model="practice-1", messages=[{"role": "user", "content": "hi"}], logprobs=False, frequency_penalty=0, tools=[]
    )
    assert harmless.choices


async def test_long_texts_are_read_in_part_and_said_to_be_or_refused(openai_client: AsyncOpenAI) -> None:
    answer = await openai_client.embeddings.with_raw_response.create(model=EMBED, input=["apple " * 300, "apple"])
    assert answer.headers["punchline-truncated-inputs"] == "1"
    assert answer.parse().usage.prompt_tokens == 256 + 3
    with pytest.raises(
        openai.BadRequestError, match=r"Invalid 'input\[1\]': it has 9002 tokens, and an input may have 8192"
    ):
        await openai_client.embeddings.create(model=EMBED, input=["apple", "apple " * 9000])
    with pytest.raises(openai.BadRequestError, match="a request may have 300000"):
        await openai_client.embeddings.create(model=EMBED, input=["apple " * 8000] * 38)


async def test_metrics_count_what_was_asked(openai_client: AsyncOpenAI, engine_url: str) -> None:
    await openai_client.models.list()
    answer = await openai_client.get(engine_url.removesuffix("/v1") + "/metrics", cast_to=str)
    assert 'punchline_engine_requests_total{method="GET",route="/v1/models",status="200"}' in answer
    assert 'punchline_engine_request_seconds_bucket{le="+Inf",route="/v1/models"}' in answer
    assert "# TYPE punchline_engine_jobs_waiting gauge" in answer
    assert "punchline_engine_trainings_running 0" in answer


@pytest.mark.soak
def test_the_example_does_what_it_says(engine_url: str) -> None:
    script = ROOT / "examples" / "finetune_with_openai_client.py"
    environment = {**os.environ, "OPENAI_BASE_URL": engine_url, "OPENAI_API_KEY": "none"}
    ended = subprocess.run(  # noqa: S603 - our own
        [sys.executable, str(script)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    told = ended.stdout.splitlines()
    assert told[-2] == "The job has successfully completed"
    assert told[-1].endswith("Haha")
