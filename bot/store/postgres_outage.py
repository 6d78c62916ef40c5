"""While a PostgreSQL server does not answer: nobody waits in vain for a connection, and it is tried again until it does."""

import asyncio
import logging
from typing import TYPE_CHECKING, TypeAlias

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.store.postgres_values import NamedRow

log = logging.getLogger(__name__)

AGAIN_SECONDS = 0.3

Connection: TypeAlias = AsyncConnection[NamedRow]
if TYPE_CHECKING:
    Pool: TypeAlias = AsyncConnectionPool[Connection]


class Outage:
    """A pool tries to connect when somebody asks for a connection, and does not try again for those who wait. This does."""

    def __init__(self) -> None:
        self._over = asyncio.Event()
        self._over.set()
        self._trying: asyncio.Task[None] | None = None

    @property
    def is_on(self) -> bool:
        """Whether no connection is left, and the last try to make one failed."""
        return not self._over.is_set()

    async def over(self) -> None:
        """Wait until a connection can be made, or do nothing where there is no outage."""
        await self._over.wait()

    async def failed(self, pool: "Pool") -> None:
        """A connection could not be made."""
        if pool.get_stats().get("pool_size", 0) > 0:  # others are left, as where the server allows no more
            return
        if not self.is_on:
            self._over.clear()
            log.warning("The database does not answer. It is tried again until it does.")
        if self._trying is None:
            self._trying = asyncio.create_task(self._try_again(pool), name="database outage")

    def connected(self) -> None:
        """A connection could be made."""
        if self.is_on:
            self._over.set()
            log.info("The database answers again.")

    async def close(self) -> None:
        """Try no more."""
        if self._trying is not None:
            self._trying.cancel()
            await asyncio.gather(self._trying, return_exceptions=True)

    async def _try_again(self, pool: "Pool") -> None:
        """Until it is over. The pool grows, if it can, whenever it is checked."""
        while self.is_on:
            await asyncio.sleep(AGAIN_SECONDS)
            await pool.check()
        self._trying = None
