"""The one way to the model server: what is sent, and that it is sent once over one client and few connections."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openai import AsyncOpenAI

from bot.app import open_app
from bot.model_server.chat import ChatRequest, Message
from bot.model_server.client import LLM, open_llm
from bot.model_server.sampling import Sampling
from bot.slogans import SloganRequest
from tests.bot.parts import GUILD, MEMBER, launch, settings_for, training_file, upload
from tests.wire import replies
from tests.wire.model_answers import hashed
from tests.wire.model_server import FakeModelServer

ASK = (Message("system", "Joke."), Message("user", "A man"))


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> list[AsyncOpenAI]:
    """Every AsyncOpenAI that is constructed while the test runs."""
    constructed: list[AsyncOpenAI] = []
    construct = AsyncOpenAI.__init__

    def construct_and_note(self: AsyncOpenAI, **options: Any) -> None:
        constructed.append(self)
        construct(self, **options)

    monkeypatch.setattr(AsyncOpenAI, "__init__", construct_and_note)
    return constructed


async def test_a_chat_is_sent_as_it_was_given(llm: LLM, server: FakeModelServer) -> None:
    server.say = lambda asked: f" {asked['messages'][1]['content']} walked. Haha\n"
    completion = await llm.complete(ChatRequest("practice-1", ASK, n=2, sampling=Sampling(0.5)))
    (call,) = server.calls("chat")
    assert call.body == {
        "model": "practice-1",
        "messages": [{"role": "system", "content": "Joke."}, {"role": "user", "content": "A man"}],
        "n": 2,
        "temperature": 0.5,
    }
    assert call.headers["Authorization"] == "Bearer openai-secret"
    assert (completion.texts, completion.model) == (("A man walked. Haha",) * 2, "practice-1")
    assert completion.prompt_tokens > 0
    assert completion.completion_tokens > 0
    assert completion.latency_ms > 0


async def test_vectors_come_in_the_order_of_the_texts_whatever_the_servers(llm: LLM, server: FakeModelServer) -> None:
    data = [{"object": "embedding", "index": index, "embedding": [float(index), 1.0]} for index in (1, 0)]
    server.script("embeddings", replies.ok({"object": "list", "model": "m", "data": data, "usage": {}}))
    batch = await llm.embed("m", ("a", "b"))
    assert batch.vectors.tolist() == [[0.0, 1.0], [1.0, 1.0]]
    assert (batch.vectors.dtype.name, batch.tokens) == ("float32", 0)


async def test_vectors_are_the_servers(llm: LLM) -> None:
    batch = await llm.embed("text-embedding-3-small", ("a", "b"))
    assert batch.vectors == pytest.approx(np.array([hashed("a"), hashed("b")]), abs=1e-6)


async def test_a_job_is_created_as_supervised_with_its_launch_id(
    llm: LLM, server: FakeModelServer, tmp_path: Path
) -> None:
    (tmp_path / "jokes").write_bytes(training_file())
    file_id = await llm.fine_tuning.upload_training_file(tmp_path / "jokes", "punchline-1.jsonl")
    assert server.jobs.files[file_id].data == training_file()
    assert server.jobs.files[file_id].filename == "punchline-1.jsonl"
    for epochs, suffix in ((None, None), (4, "puns")):
        await llm.fine_tuning.create_job(
            base_model="m", file_id=file_id, epochs=epochs, suffix=suffix, launch_id="punchline-1"
        )
    auto, chosen = (call.body for call in server.calls("create_job"))
    assert chosen == {
        "model": "m",
        "training_file": file_id,
        "suffix": "puns",
        "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 4}}},
        "metadata": {"launch_id": "punchline-1"},
    }
    assert auto["method"]["supervised"]["hyperparameters"] == {"n_epochs": "auto"}
    assert "suffix" not in auto


async def test_events_are_read_back_to_the_one_that_is_known_oldest_first(llm: LLM, server: FakeModelServer) -> None:
    job = await llm.fine_tuning.create_job(base_model="m", file_id="file-1", epochs=None, suffix=None, launch_id="l")
    ids = [server.jobs.emit(job.id, f"Step {number}")["id"] for number in range(7)]
    assert [event.id for event in await llm.fine_tuning.list_events(job.id, limit=2)] == ids
    server.history.clear()
    assert [event.id for event in await llm.fine_tuning.list_events(job.id, known=frozenset(ids[:4]), limit=2)] == ids[
        4:
    ]
    assert len(server.history) == 2
    assert await llm.fine_tuning.list_events(job.id, known=frozenset(ids)) == ()


async def ask_for_everything(app_url: str, folder: Path, **changes: Any) -> None:
    async with open_app(settings_for(folder, app_url, **changes)) as app:
        for _ in range(3):
            await app.slogans.write(GUILD, MEMBER, SloganRequest("A company that sells ice cream"))
            await app.jokes.tell(GUILD, MEMBER, "A man walking across the road")
            await app.similarity.compare(GUILD, MEMBER, "I like apples", "I like bananas")
        await upload(app, training_file())
        await launch(app)
        await app.tracker.round()
        await app.tracker.round()
        await app.job_control.cancel(GUILD, 1)
        await asyncio.gather(*(app.jokes.tell(GUILD, member, "A man") for member in range(20)))


async def test_the_whole_bot_has_one_client_and_reuses_its_connections(
    clients: list[AsyncOpenAI], server: FakeModelServer, tmp_path: Path
) -> None:
    await ask_for_everything(server.url, tmp_path)
    assert len(clients) == 1
    assert {name for name, _ in server.history} == {
        "models",
        "chat",
        "embeddings",
        "files",
        "upload",
        "list_jobs",
        "create_job",
        "job",
        "events",
        "cancel_job",
    }
    assert server.total_connections <= 20


async def test_asking_one_after_the_other_takes_one_connection(llm: LLM, server: FakeModelServer) -> None:
    for _ in range(10):
        await llm.complete(ChatRequest("practice-1", ASK))
        await llm.embed("text-embedding-3-small", ("a",))
    assert (server.total_connections, server.open_connections) == (1, 1)


async def test_a_second_server_gets_the_tuned_models_and_the_training_on_the_same_client(
    clients: list[AsyncOpenAI], server: FakeModelServer, tmp_path: Path
) -> None:
    async with FakeModelServer() as tuning:
        settings = settings_for(tmp_path, server.url, finetune_base_url=tuning.url, finetune_api_key="tuning-secret")
        async with open_llm(settings) as llm:
            await llm.complete(ChatRequest("gpt-6-luna", ASK))
            await llm.embed("text-embedding-3-small", ("a",))
            await llm.complete(ChatRequest("ft:mine", ASK, fine_tuned=True))
            await llm.list_models(fine_tuned=True)
            await llm.fine_tuning.create_job(base_model="m", file_id="f", epochs=None, suffix=None, launch_id="l")
        assert [name for name, _ in server.history] == ["chat", "embeddings"]
        assert [name for name, _ in tuning.history] == ["chat", "models", "create_job"]
        assert {call.headers["Authorization"] for _, call in tuning.history} == {"Bearer tuning-secret"}
        main, view = clients
        assert view._client is main._client  # the connection pool


async def test_the_second_server_is_asked_with_the_first_ones_key_unless_it_has_its_own(
    server: FakeModelServer, tmp_path: Path
) -> None:
    async with open_llm(settings_for(tmp_path, "http://127.0.0.1:9/v1", finetune_base_url=server.url)) as llm:
        await llm.complete(ChatRequest("ft:mine", ASK, fine_tuned=True))
    assert server.calls("chat")[0].headers["Authorization"] == "Bearer openai-secret"


async def test_leaving_closes_the_client(clients: list[AsyncOpenAI], server: FakeModelServer, tmp_path: Path) -> None:
    async with open_llm(settings_for(tmp_path, server.url)) as llm:
        await llm.complete(ChatRequest("practice-1", ASK))
        assert not clients[0].is_closed()
    assert clients[0].is_closed()
