"""A lock that all processes share."""

import asyncio
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
        self._owner = ""

    async def __aenter__(self) -> None:
        await self._here.acquire()
        try:
            self._owner = uuid4().hex
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    if await self._leases.claim(self._name, self._owner, HOLD_SECONDS):
                        return
                    await asyncio.sleep(ASK_SECONDS)
        except BaseException as error:
            self._here.release()
            if isinstance(error, TimeoutError):
                raise DatabaseBusyError(DATABASE_BUSY) from error
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._leases.release(self._name, self._owner)
        finally:
            self._here.release()
