"""Work that is done again and again in the background, by one process where several are one bot."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar

from bot.errors import DatabaseBusyError
from bot.store.database import BACKGROUND_TURN_SECONDS, turn_seconds

log = logging.getLogger(__name__)

AFTER_FAILURE_SECONDS = 10.0


class Leadership:
    """Whether this process is the one that works in the background. It may change at any time."""

    def __init__(self) -> None:
        self._has_it = False
        self._changed = asyncio.Condition()

    async def set(self, *, has_it: bool) -> None:
        """From now on it is so."""
        if has_it is not self._has_it:
            async with self._changed:
                self._has_it = has_it
                self._changed.notify_all()

    async def until(self, *, has_it: bool) -> None:
        """Return once it is so."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._has_it is has_it)


# Of the loops that are started from now on; None where one process is the whole bot.
leadership: ContextVar[Leadership | None] = ContextVar("leadership", default=None)


class Loop:
    """Calls `work` until it is left; `work` returns the seconds after which it wants to be called again.

    Setting `wake` calls it at once, or right after the call that is under way. A failure is logged and the work tried again
    later; only cancellation ends the loop. Of several processes only the one with the leadership works; a call that is under way
    when that is lost is cancelled. With `everywhere` each process works.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[float]],
        wake: asyncio.Event | None = None,
        *,
        everywhere: bool = False,
    ) -> None:
        self._name = name
        self._work = work
        self._wake = wake or asyncio.Event()
        self._everywhere = everywhere

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run in a task of its own until left."""
        lead = None if self._everywhere else leadership.get()
        task = asyncio.create_task(self._run() if lead is None else self._run_with(lead), name=self._name)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run_with(self, lead: Leadership) -> None:
        while True:
            await lead.until(has_it=True)
            running = asyncio.create_task(self._run(), name=self._name)
            try:
                await lead.until(has_it=False)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    async def _run(self) -> None:
        turn_seconds.set(BACKGROUND_TURN_SECONDS)
        while True:
            self._wake.clear()
            try:
                seconds = await self._work()
            except DatabaseBusyError as error:
                log.warning("A round of the %s is put off: %s", self._name, error)
                seconds = AFTER_FAILURE_SECONDS
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
