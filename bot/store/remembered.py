"""What commands ask about a server again and again, and what seldom changes: read once, and kept until somebody changes it."""

import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from cachetools import TTLCache

from bot.store.database import Database

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

REMEMBERED = 10_000  # of the keys that were asked for last
# Nobody announces a write whose task was cancelled, or whose connection broke, just when it had been committed.
SECONDS = 60.0
# Announced where any of it may have changed.
FORGET_TOPIC = "forget what is remembered"


class Remembered(Generic[K, V]):
    """Values by key. All are read anew after a commit in which one of the topics was announced, in whichever process, and after a minute.

    Who writes such rows announces the topic after the write, or in its transaction. Inside a transaction nothing is remembered: it sees
    its own writes, and may be taken back.
    """

    def __init__(
        self,
        database: Database,
        read: Callable[[K], Awaitable[V]],
        *topics: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._read = read
        self._changed = database.subscribe(FORGET_TOPIC, *topics)
        self._forgotten = 0  # how often
        self._values = TTLCache[K, V](REMEMBERED, SECONDS, monotonic)

    async def get(self, key: K) -> V:
        """The value as it was after the last change that was announced."""
        if self._database.in_transaction:
            return await self._read(key)
        if self._changed.is_set():
            self._changed.clear()
            self._forgotten += 1
            self._values.clear()
        if (found := self._values.get(key)) is not None:
            return found
        forgotten = self._forgotten
        value = await self._read(key)
        if forgotten == self._forgotten:  # else this may be the value of before
            self._values[key] = value
        return value
