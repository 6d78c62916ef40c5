"""Work that is done again and again in the background."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.store.database import BACKGROUND_TURN_SECONDS, turn_seconds

log = logging.getLogger(__name__)

AFTER_FAILURE_SECONDS = 10.0


class Loop:
    """Calls `work` until it is left; `work` returns the seconds after which it wants to be called again.

    Setting `wake` calls it at once, or right after the call that is under way. A failure is logged and the work tried again
    later; only cancellation ends the loop.
    """

    def __init__(self, name: str, work: Callable[[], Awaitable[float]], wake: asyncio.Event | None = None) -> None:
        self._name = name
        self._work = work
        self._wake = wake or asyncio.Event()

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
        turn_seconds.set(BACKGROUND_TURN_SECONDS)
        while True:
            self._wake.clear()
            try:
                seconds = await self._work()
            except Exception:
                log.exception("A round of the %s failed. It will be tried again.", self._name)
                seconds = AFTER_FAILURE_SECONDS
            await self._rest(seconds)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
