"""Adapters in an object store: whole before they are asked for, gone with their model, whatever breaks off in between."""

import asyncio
from pathlib import Path

import pytest

from engine.backends.upstream.publisher import AdapterPublisher, StoreError, UnpublishedError
from engine.backends.upstream.store import CloudAdapterStore
from engine.storage.state import State
from tests.engine.backends.upstream.adapters import WEIGHTS, add_adapter, delete_model, published
from tests.engine.backends.upstream.bucket import Bucket


def publisher(state: State, weights: Path, s3: Bucket) -> AdapterPublisher:
    return AdapterPublisher(state, weights, CloudAdapterStore(s3.url), ["small"])


async def test_every_model_of_its_bases_is_published_checkpoints_too(state: State, weights: Path, s3: Bucket) -> None:
    adapters = [await add_adapter(state, weights, "small", step) for step in (None, 18)]
    await add_adapter(state, weights, "served by vLLM")
    assert await publisher(state, weights, s3).settle()
    assert s3.sizes == published(*adapters)


async def test_the_config_comes_last_and_nothing_is_sent_twice(state: State, weights: Path, s3: Bucket) -> None:
    adapter = await add_adapter(state, weights, "small")
    first = publisher(state, weights, s3)
    await asyncio.gather(*(first.publish("small", adapter) for _ in range(5)))
    folder = f"adapters/small/{adapter}"
    puts = [f"PUT {folder}/adapter_model.safetensors", f"PUT {folder}/adapter_config.json"]
    assert s3.requests == ["GET", *puts]
    await publisher(state, weights, s3).publish("small", adapter)  # after a restart
    assert s3.requests == ["GET", *puts, "GET"]


async def test_an_upload_that_broke_off_goes_on(state: State, weights: Path, s3: Bucket) -> None:
    adapter = await add_adapter(state, weights, "small")
    s3.put(f"adapters/small/{adapter}/adapter_model.safetensors", WEIGHTS[:10])
    await publisher(state, weights, s3).publish("small", adapter)
    assert s3.sizes == published(adapter)


async def test_a_deleted_model_is_deleted_there_and_nothing_else_is(state: State, weights: Path, s3: Bucket) -> None:
    gone, stays = [await add_adapter(state, weights, "small") for _ in range(2)]
    others = {"adapters/small/ftjob-of-another-engine/adapter_config.json": 1, "adapters/notes": 1}
    for key in others:
        s3.put(key, b"x")
    await publisher(state, weights, s3).settle()
    await delete_model(state, gone)
    assert await publisher(state, weights, s3).settle()  # another one, as after a restart
    assert s3.sizes == published(stays) | others
    assert [one.weights for one in await state.publications.list()] == [stays]


async def test_while_the_store_is_away_uploads_and_deletions_wait(
    state: State, weights: Path, s3: Bucket, caplog: pytest.LogCaptureFixture
) -> None:
    mine = publisher(state, weights, s3)
    gone = await add_adapter(state, weights, "small")
    await mine.settle()
    await delete_model(state, gone)
    new = await add_adapter(state, weights, "small")

    def is_away(_: str) -> None:
        raise OSError

    s3.before = is_away
    assert not await mine.settle()
    assert not await mine.settle()
    assert s3.sizes == published(gone)
    s3.before = lambda _: None
    assert await mine.settle()
    assert s3.sizes == published(new)
    told = [record.getMessage() for record in caplog.records if record.name == "engine.backends.upstream.publisher"]
    assert len(told) == 1
    assert told[0].startswith(f"2 adapters wait for the object store: {s3.url}: Generic S3 error: ")


@pytest.mark.parametrize("engines", [1, 2])
async def test_a_model_deleted_while_it_is_uploaded_leaves_nothing(
    state: State, weights: Path, s3: Bucket, engines: int
) -> None:
    adapter, mine = await add_adapter(state, weights, "small"), publisher(state, weights, s3)
    deleting = mine if engines == 1 else publisher(state, weights, s3)
    loop, uploading, deleted = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

    def wait(request: str) -> None:
        if request.startswith("PUT"):
            loop.call_soon_threadsafe(uploading.set)
            asyncio.run_coroutine_threadsafe(deleted.wait(), loop).result()

    s3.before = wait
    upload = asyncio.create_task(mine.publish("small", adapter))
    await uploading.wait()
    await delete_model(state, adapter)
    settling = asyncio.create_task(deleting.settle())
    if engines == 2:
        assert await settling
    deleted.set()
    with pytest.raises(UnpublishedError):
        await upload
    assert await settling
    assert await deleting.settle()
    assert s3.sizes == {}
    assert not await state.publications.list()


async def test_what_lies_in_another_store_is_left_to_who_uses_it(state: State, weights: Path, s3: Bucket) -> None:
    adapter = await add_adapter(state, weights, "small")
    await publisher(state, weights, s3).settle()
    await delete_model(state, adapter)
    elsewhere = AdapterPublisher(state, weights, CloudAdapterStore("s3://bucket/elsewhere"), ["small"])
    assert await elsewhere.settle()
    assert s3.sizes == published(adapter)
    assert await publisher(state, weights, s3).settle()
    assert s3.sizes == {}


async def test_a_bucket_that_is_not_there_is_named_in_one_line(state: State, weights: Path, s3: Bucket) -> None:
    adapter = await add_adapter(state, weights, "small")
    nowhere = AdapterPublisher(state, weights, CloudAdapterStore("s3://no-such-bucket/adapters/"), ["small"])
    with pytest.raises(StoreError, match=r"^s3://no-such-bucket/adapters: .*404 Not Found") as failed:
        await nowhere.publish("small", adapter)
    assert "\n" not in str(failed.value)
    assert "sesame" not in str(failed.value)
