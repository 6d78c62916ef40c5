"""The fake model server itself, proved by the client that the bot uses."""

import base64
from collections.abc import AsyncIterator

import openai
import pytest

from tests.wire import replies
from tests.wire.model_answers import hashed
from tests.wire.model_pictures import png
from tests.wire.model_server import FakeModelServer


@pytest.fixture
async def server() -> AsyncIterator[FakeModelServer]:
    async with FakeModelServer() as server:
        yield server


@pytest.fixture
async def client(server: FakeModelServer) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(api_key="loopback", base_url=server.url, max_retries=0, timeout=0.5) as client:
        yield client


async def ask(client: openai.AsyncOpenAI) -> str | None:
    asked = await client.chat.completions.create(model="practice-1", messages=[{"role": "user", "content": "A man"}])
    return asked.choices[0].message.content


async def test_it_lists_chats_and_embeds_over_one_connection(
    server: FakeModelServer, client: openai.AsyncOpenAI
) -> None:
    assert "practice-1" in [model.id async for model in client.models.list()]
    server.say = lambda asked: f"{asked['messages'][0]['content']} walked. Haha"
    assert await ask(client) == "A man walked. Haha"
    embedded = await client.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
    assert embedded.data[1].embedding == pytest.approx(hashed("b"), abs=1e-6)
    assert [name for name, _ in server.history] == ["models", "chat", "embeddings"]
    assert (server.open_connections, server.total_connections) == (1, 1)


async def test_it_generates_pictures_in_the_shapes_of_both_kinds_of_models(
    server: FakeModelServer, client: openai.AsyncOpenAI
) -> None:
    newer = await client.images.generate(model="gpt-image-1-mini", prompt="A cone", size="1024x1024", quality="low")
    assert newer.data is not None
    assert newer.usage is not None
    assert (base64.b64decode(newer.data[0].b64_json or ""), newer.usage.output_tokens) == (png(), 1056)
    server.link = f"{server.url}/pictures/cone.png"
    older = await client.images.generate(model="dall-e-3", prompt="A cone", n=1, response_format="url")
    assert older.data is not None
    assert (older.data[0].url, older.usage) == (server.link, None)


async def test_scripted_failures_come_in_order_and_the_truth_after_them(
    server: FakeModelServer, client: openai.AsyncOpenAI
) -> None:
    server.script("chat", replies.error(403, code="training_not_available"), replies.html(), replies.half_json())
    server.script("chat", replies.hang(), replies.reset(), replies.cut())
    with pytest.raises(openai.PermissionDeniedError) as refused:
        await ask(client)
    assert refused.value.code == "training_not_available"
    with pytest.raises(AttributeError):
        await ask(client)  # the SDK hands out the page as text
    with pytest.raises(ValueError, match="Unterminated"):
        await ask(client)
    with pytest.raises(openai.APITimeoutError):
        await ask(client)
    for _ in range(2):
        with pytest.raises(openai.APIConnectionError):
            await ask(client)
    assert (await ask(client) or "").endswith("Haha")


async def test_a_delay_holds_every_answer_back(server: FakeModelServer, client: openai.AsyncOpenAI) -> None:
    server.delay = 5
    with pytest.raises(openai.APITimeoutError):
        await ask(client)


async def test_a_job_is_moved_by_the_test(server: FakeModelServer, client: openai.AsyncOpenAI) -> None:
    uploaded = await client.files.create(file=("jokes.jsonl", b"{}\n"), purpose="fine-tune")
    job = await client.fine_tuning.jobs.create(
        model="practice-1", training_file=uploaded.id, metadata={"launch_id": "7"}
    )
    assert (job.status, job.metadata) == ("validating_files", {"launch_id": "7"})
    first = server.jobs.emit(job.id, "Step 1/2", kind="metrics", data={"step": 1, "train_loss": 2.5})
    second = server.jobs.emit(job.id, "Step 2/2", kind="metrics", data={"step": 2, "train_loss": 1.5})
    events = await client.fine_tuning.jobs.list_events(job.id, limit=1)
    assert ([event.id for event in events.data], events.has_more) == ([second["id"]], True)
    assert [event.id async for event in events] == [second["id"], first["id"]]
    server.jobs.move(job.id, "succeeded")
    done = await client.fine_tuning.jobs.retrieve(job.id)
    assert (done.status, (done.fine_tuned_model or "")[:14]) == ("succeeded", "ft:practice-1:")


async def test_a_plan_moves_a_job_each_time_it_is_asked_for(
    server: FakeModelServer, client: openai.AsyncOpenAI
) -> None:
    server.jobs.plan = ("queued", "running", "failed")
    uploaded = await client.files.create(file=("jokes.jsonl", b"{}\n"), purpose="fine-tune")
    job = await client.fine_tuning.jobs.create(model="practice-1", training_file=uploaded.id)
    seen = [await client.fine_tuning.jobs.retrieve(job.id) for _ in range(4)]
    assert [job.status for job in seen] == ["queued", "running", "failed", "failed"]
    assert seen[-1].error is not None
    with pytest.raises(openai.NotFoundError):
        await client.fine_tuning.jobs.cancel("ftjob-none")
