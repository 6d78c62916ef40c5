"""One bot on a PostgreSQL database."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from psycopg import Error

from bot.database_url import shown
from bot.errors import StartupError
from bot.store.postgres import Connection
from bot.store.postgres_opening import KEEPALIVE, connect, first_line
from bot.texts.startup import ANOTHER_BOT, CANNOT_REACH_DATABASE

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
BOT = 0x70756E64  # the lock's number
ALONE, SHARED = f"SELECT pg_try_advisory_lock({BOT})", f"SELECT pg_try_advisory_lock_shared({BOT})"


@asynccontextmanager
async def only_user_of(url: str, *, together: bool) -> AsyncIterator[None]:
    """Be the only bot on a database, by a lock that the server lets go of when the connection ends.

    Processes that do this `together` share the lock. A connection that breaks is made anew, and takes the lock again. Raises
    `StartupError` where another bot is running.
    """
    lock = _Lock(url, SHARED if together else ALONE)
    try:
        taken = await lock.take()
    except Error as error:
        raise StartupError(CANNOT_REACH_DATABASE.format(address=shown(url), reason=first_line(error))) from error
    keeping = asyncio.create_task(lock.keep(), name="bot lock")
    try:
        if not taken:
            raise StartupError(ANOTHER_BOT.format(address=shown(url)))
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await lock.let_go()


class _Lock:
    def __init__(self, url: str, taking: str) -> None:
        self._url = url
        self._taking = taking.encode()
        self._connection: Connection | None = None

    async def take(self) -> bool:
        """Whether it is ours, on a new connection."""
        self._connection = await connect(self._url)
        await self._connection.execute(KEEPALIVE.encode())
        row = await (await self._connection.execute(self._taking)).fetchone()
        return bool(row and row[0])

    async def keep(self) -> None:
        """Ask now and then whether the connection lives, and take the lock again where it does not."""
        taken = True
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not (taken and await self._lives()):
                with suppress(Error):
                    await self.let_go()
                    taken = await self.take()
                    if not taken:
                        log.error("Another bot started while the database could not be reached. Stop one of the two.")

    async def _lives(self) -> bool:
        try:
            if self._connection is not None:
                await self._connection.execute(b"SELECT 1")
        except Error:
            return False
        return self._connection is not None

    async def let_go(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
