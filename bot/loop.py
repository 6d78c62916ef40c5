"""Work that is done again and again in the background."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

log = logging.getLogger(__name__)

AFTER_FAILURE = 10.0


class Loop:
    """Calls `work` until it is left; `work` returns the seconds after which it wants to be called again.

    A failure is logged and the work tried again later; only cancellation ends the loop.
    """

    def __init__(self, name: str, work: Callable[[], Awaitable[float]]) -> None:
        self._name = name
        self._work = work
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Call the work again at once, or right after the call that is under way."""
        self._wake.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run in a task of its own until left."""
        task = asyncio.create_task(self._run(), name=self._name)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                pause = await self._work()
            except Exception:
                log.exception("A round of the %s failed; it is tried again.", self._name)
                pause = AFTER_FAILURE
            await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
