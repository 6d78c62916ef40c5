"""Answers from another server: what it is asked for, and what goes wrong there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.backends.interface import ConversationMessage, GenerationError, GenerationRequest
from engine.backends.upstream.generator import UpstreamGenerator
from engine.backends.upstream.publisher import AdapterPublisher
from engine.backends.upstream.server import Naming, UpstreamServer
from engine.backends.upstream.store import CloudAdapterStore
from engine.storage.state import State
from tests.engine.backends.upstream.adapters import add_adapter, delete_model, published
from tests.engine.backends.upstream.bucket import Bucket
from tests.engine.backends.upstream.stand_in import StandIn, stand_in

MESSAGES = [ConversationMessage("system", "You are funny."), ConversationMessage("user", "A cat")]
BASE = Path("/bases/small")


@asynccontextmanager
async def generator(
    url: str, naming: Naming = "vllm", publisher: AdapterPublisher | None = None
) -> AsyncIterator[UpstreamGenerator]:
    asked = UpstreamGenerator(UpstreamServer(url, naming=naming), "small", str(BASE), publisher)
    try:
        yield asked
    finally:
        await asked.close()


async def answer(asked: UpstreamGenerator, weights: Path) -> list[str]:
    request = GenerationRequest(weights=weights, messages=MESSAGES)
    return [chunk.text async for chunk in asked.generate(request) if chunk.text]


async def test_for_vllm_an_adapter_has_its_directorys_name() -> None:
    with stand_in() as other:
        async with generator(other.url) as asked:
            assert await answer(asked, Path("/data/models/ftjob-abc.step-18")) == ["I am ", "ftjob-abc.step-18"]
            assert await answer(asked, BASE) == ["I am ", "small"]
    assert other.asked[0]["messages"][0] == {"role": "system", "content": "You are funny."}


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        ("refuses", "model_not_found", "The model does not exist."),
        ("babbles", "upstream_error", "The server that answers for this model (URL) cannot be reached, or does not speak"),
        ("breaks off", "upstream_error", "The server that answers for this model (URL) stopped in the middle of the answer."),
        ("is gone", "upstream_error", "The server that answers for this model (URL) cannot be reached, or does not speak"),
    ],
)  # fmt: skip
async def test_a_server_that_fails_is_named(fault: str, code: str, message: str) -> None:
    with stand_in() as other:
        other.fault = fault
        url = other.url if fault != "is gone" else "http://127.0.0.1:9/v1"
        async with generator(url) as asked:
            with pytest.raises(GenerationError) as failed:
                await answer(asked, Path("/data/models/ftjob-abc"))
    assert failed.value.code == code
    assert failed.value.message.startswith(message.replace("URL", url))


@asynccontextmanager
async def ray(state: State, weights: Path, s3: Bucket) -> AsyncIterator[tuple[UpstreamGenerator, StandIn]]:
    """A stand-in for Ray Serve LLM, and who asks it."""
    publisher = AdapterPublisher(state, weights, CloudAdapterStore(s3.url), ["small"])
    with stand_in() as other:
        async with generator(other.url, "ray", publisher) as asked:
            yield asked, other


async def test_for_ray_an_adapter_has_the_bases_name_before_it_and_is_published_before_it_is_asked(
    state: State, weights: Path, s3: Bucket
) -> None:
    adapters = [await add_adapter(state, weights, "small", step) for step in (None, 18)]
    async with ray(state, weights, s3) as (asked, other):
        found: list[dict[str, int]] = []
        other.before = lambda: found.append(s3.sizes)
        told = [await answer(asked, model) for model in (BASE, *(weights / adapter for adapter in adapters))]
    assert other.models == ["small", *(f"small:{adapter}" for adapter in adapters)]
    assert told == [["I am ", model] for model in other.models]
    assert found == [{}, published(adapters[0]), published(*adapters)]


async def test_what_cannot_be_published_is_not_asked_for(state: State, weights: Path, s3: Bucket) -> None:
    adapter, gone = [await add_adapter(state, weights, "small") for _ in range(2)]
    await delete_model(state, gone)
    s3.remove()
    async with ray(state, weights, s3) as (asked, other):
        with pytest.raises(GenerationError) as failed:
            await answer(asked, weights / adapter)
        with pytest.raises(GenerationError) as deleted:
            await answer(asked, weights / gone)
    assert other.asked == []
    assert (failed.value.code, deleted.value.code) == ("upstream_error", "model_not_found")
    message = "This model's adapter cannot be uploaded to the object store. The engine's log has the reason."
    assert failed.value.message == message


async def test_an_adapter_that_is_not_found_there_any_more_is_published_again(
    state: State, weights: Path, s3: Bucket
) -> None:
    adapter = await add_adapter(state, weights, "small")
    async with ray(state, weights, s3) as (asked, other):
        await answer(asked, weights / adapter)
        s3.clear()  # by somebody else
        other.fault = "refuses"
        with pytest.raises(GenerationError, match="does not find its adapter") as failed:
            await answer(asked, weights / adapter)
        other.fault = ""
        await answer(asked, weights / adapter)
    assert failed.value.code == "upstream_error"
    assert s3.sizes == published(adapter)
