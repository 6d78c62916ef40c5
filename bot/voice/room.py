"""Memory for recordings: so many bytes of them at once, and the others wait before they are downloaded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.errors import LimitError
from bot.texts import server as texts

ROOM_BYTES, PATIENCE_SECONDS = 256 * 1024 * 1024, 60.0


class Room:
    """Two hundred members with 25 MB each would need five gigabytes, and copies of them."""

    def __init__(self, size: int = ROOM_BYTES, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._free = size
        self._patience_seconds = patience_seconds
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def of(self, size: int) -> AsyncIterator[None]:
        """Have so many bytes until left. Raises `LimitError` where none become free in time."""
        try:
            async with asyncio.timeout(self._patience_seconds):
                while self._free < size:
                    self._freed.clear()
                    await self._freed.wait()
        except TimeoutError:
            raise LimitError(texts.QUEUE_IS_FULL) from None
        self._free -= size
        try:
            yield
        finally:
            self._free += size
            self._freed.set()
