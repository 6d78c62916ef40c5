"""Background work goes on whatever happens, until it is left."""

import asyncio

import pytest

from bot.loop import Loop


async def test_it_is_called_again_when_woken_and_when_its_pause_is_over() -> None:
    calls: asyncio.Queue[int] = asyncio.Queue()
    pauses = iter([0.0, 3600.0, 3600.0])

    async def work() -> float:
        await calls.put(1)
        return next(pauses)

    wake = asyncio.Event()
    async with Loop("test", work, wake).running(), asyncio.timeout(5):
        await calls.get()
        await calls.get()
        wake.set()
        await calls.get()


async def test_a_failure_is_logged_and_the_work_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    calls: asyncio.Queue[int] = asyncio.Queue()

    async def work() -> float:
        await calls.put(1)
        raise RuntimeError("broken")

    wake = asyncio.Event()
    async with Loop("test", work, wake).running(), asyncio.timeout(5):
        await calls.get()
        wake.set()
        await calls.get()
    assert "A round of the test failed. It will be tried again." in caplog.text


async def test_leaving_it_ends_the_work_that_is_under_way() -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def work() -> float:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return 0

    async with Loop("test", work).running():
        await started.wait()
    assert ended.is_set()
