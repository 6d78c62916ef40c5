"""A lock that all processes share."""

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from uuid import uuid4

from bot.errors import DatabaseBusyError
from bot.store.leases import LeaseStore
from bot.texts.common import DATABASE_BUSY

HOLD_SECONDS, ASK_SECONDS, PATIENCE_SECONDS = 60.0, 0.1, 15.0


class LeaseLock:
    """`async with` it, for some seconds at most. Raises `DatabaseBusyError` where others have it for too long."""

    def __init__(self, leases: LeaseStore, name: str) -> None:
        self._leases = leases
        self._name = name
        self._here = asyncio.Lock()
        self._held = AsyncExitStack()  # what is given back at the end

    async def __aenter__(self) -> None:
        async with AsyncExitStack() as held:
            await held.enter_async_context(self._here)
            owner = uuid4().hex
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._claim(owner)
            except TimeoutError as error:
                raise DatabaseBusyError(DATABASE_BUSY) from error
            held.push_async_callback(self._leases.release, self._name, owner)
            self._held = held.pop_all()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._held.aclose()

    async def _claim(self, owner: str) -> None:
        while True:
            if await self._leases.claim(self._name, owner, HOLD_SECONDS):
                return
            await asyncio.sleep(ASK_SECONDS)
