"""Background work goes on whatever happens, until it is left."""

import asyncio

import pytest

from bot.loop import Leadership, Loop, leadership


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


async def test_of_several_processes_only_the_one_that_leads_works() -> None:
    calls: asyncio.Queue[str] = asyncio.Queue()

    async def work() -> float:
        await calls.put("began")
        try:
            await asyncio.Event().wait()
        finally:
            await calls.put("cancelled")
        return 0

    lead = Leadership()
    token = leadership.set(lead)
    async with Loop("test", work).running(), asyncio.timeout(5):
        for _ in range(3):
            await asyncio.sleep(0)
        assert calls.empty()
        await lead.set(has_it=True)
        assert await calls.get() == "began"
        await lead.set(has_it=False)
        assert await calls.get() == "cancelled"
        await lead.set(has_it=True)
        assert await calls.get() == "began"
    leadership.reset(token)


async def test_what_each_process_has_to_do_itself_needs_no_leadership() -> None:
    called = asyncio.Event()

    async def work() -> float:
        called.set()
        return 3600

    token = leadership.set(Leadership())
    async with Loop("test", work, everywhere=True).running(), asyncio.timeout(5):
        await called.wait()
    leadership.reset(token)
