"""One bot on a PostgreSQL database."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from psycopg import Error

from bot.database_url import shown
from bot.errors import StartupError
from bot.store.postgres_opening import KEEPALIVE, connect, first_line
from bot.store.postgres_outage import Connection
from bot.texts.startup import ANOTHER_BOT, ANOTHER_BOT_SINCE, CANNOT_REACH_DATABASE

log = logging.getLogger(__name__)

LOOK_SECONDS, AGAIN_SECONDS = 10.0, 0.5
BOT = 0x70756E64  # the lock's number
ALONE, SHARED = f"SELECT pg_try_advisory_lock({BOT})", f"SELECT pg_try_advisory_lock_shared({BOT})"
# A session of ours whose connection broke may live on at the server, which finds that out later (`KEEPALIVE`).
END_OLD = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = %(lock)s AND granted"
    " AND pid = %(pid)s AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@asynccontextmanager
async def only_user_of(url: str, *, together: bool, broken: Callable[[], None]) -> AsyncIterator[None]:
    """Be the only bot on a database, by a lock that the server lets go of when the connection ends.

    Processes that do this `together` share the lock. When the connection breaks, `broken` is called at once; then it is made anew, and takes the lock again. Where
    another bot has it by then, the task that is in here is cancelled. Raises `StartupError` where another bot is running, at first or then.
    """
    lock = _Lock(url, SHARED if together else ALONE, broken)
    try:
        taken = await lock.take()
    except Error as error:
        raise StartupError(CANNOT_REACH_DATABASE.format(address=shown(url), reason=first_line(error))) from error
    here = asyncio.current_task()
    keeping = asyncio.create_task(lock.keep(), name="bot lock")

    def lost(ended: "asyncio.Task[None]") -> None:
        if here is not None and not ended.cancelled():
            here.cancel()

    try:
        if not taken:
            raise StartupError(ANOTHER_BOT.format(address=shown(url)))
        keeping.add_done_callback(lost)
        yield
    finally:
        is_lost = keeping.done() and here is not None and here.cancelling() > 0
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await lock.let_go()
        if is_lost and here is not None:
            here.uncancel()
            raise StartupError(ANOTHER_BOT_SINCE.format(address=shown(url)))


class _Lock:
    def __init__(self, url: str, taking: str, broken: Callable[[], None]) -> None:
        self._url = url
        self._taking = taking.encode()
        self._broken = broken
        self._connection: Connection | None = None
        self._pid = 0  # of the server's process that held the lock for us last

    async def take(self) -> bool:
        """Whether it is ours, on a new connection."""
        self._connection = connection = await connect(self._url)
        await connection.execute(KEEPALIVE.encode())
        if not await self._try(connection):
            ended = await connection.execute(END_OLD.encode(), {"lock": BOT, "pid": self._pid})
            if not await ended.fetchall() or not await self._try_for_a_while(connection):
                return False
        self._pid = connection.info.backend_pid
        return True

    async def _try(self, connection: Connection) -> bool:
        row = await (await connection.execute(self._taking)).fetchone()
        return bool(row and row[0])

    async def _try_for_a_while(self, connection: Connection) -> bool:
        """A process of the server that is told to end does so soon."""
        for _ in range(10):
            if await self._try(connection):
                return True
            await asyncio.sleep(AGAIN_SECONDS)
        return False

    async def keep(self) -> None:
        """Notice when the connection ends, and take the lock again. Returns once another bot has it."""
        while True:
            try:
                await self._watch()
            except Error:
                self._broken()
                await self.let_go()
                if not await self._take_again():
                    return

    async def _watch(self) -> None:
        """The end of a connection shows at once; where a machine went silent, when it is asked something."""
        if self._connection is None:
            return
        async for _ in self._connection.notifies(timeout=LOOK_SECONDS):
            pass
        await self._connection.execute(b"SELECT 1")

    async def _take_again(self) -> bool:
        """Once the server answers, whether the lock is ours again."""
        while True:
            try:
                taken = await self.take()
            except Error:
                await self.let_go()
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return taken

    async def let_go(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
