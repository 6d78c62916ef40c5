"""Which of the processes on one PostgreSQL database does what only one may do."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from psycopg import AsyncConnection, Error

from engine.storage.postgres_connecting import connect

log = logging.getLogger(__name__)

Connection: TypeAlias = AsyncConnection[tuple[Any, ...]]
InTerm: TypeAlias = Callable[[int], Awaitable[None]]

CHANNEL = "punchline_engine"  # of commits
ELECTED = 0x70756E66  # the lock's number
STAND_SECONDS = 2.0  # between two tries to be elected
LOOK_SECONDS, ANSWER_SECONDS = 5.0, 5.0
_TRY = f"SELECT pg_try_advisory_lock({ELECTED})".encode()


class Election:
    """One process at a time holds a lock for as long as its connection lives.

    The server lets go of it at once when the process ends, and within half a minute when its machine is gone. An elected process that
    no longer reaches the server stops before that. Each term has a number, which the elected one's transactions compare with the database's.
    """

    def __init__(self, url: str, own_id: str, writer: int, changed: asyncio.Event) -> None:
        """`own_id` is what this process's commits tell of themselves, `writer` the number of the writers' lock.

        `changed` is set whenever another process has committed, and every few seconds, in case one could not tell.
        """
        self._url, self._id, self._writer, self._changed = url, own_id, writer, changed

    async def while_elected(self, work: InTerm) -> None:
        """Do the work whenever this process is elected, until it ends by itself, fails, or is cancelled."""
        is_away = False
        while True:
            try:
                async with await connect(self._url) as connection:
                    is_away = False
                    term = await self._stand(connection)
                    log.info("This process is elected to run the queue (term %d)", term)
                    if await self._serve(connection, term, work):
                        return
            except (Error, TimeoutError) as error:
                if not is_away:
                    log.warning(
                        "The database cannot be reached, so this process cannot be elected: %s", first_line(error)
                    )
                is_away = True
            await asyncio.sleep(STAND_SECONDS)

    async def _stand(self, connection: Connection) -> int:
        """Wait to be elected; the number of the term."""
        while True:
            if await _first(connection, _TRY):
                break
            await asyncio.sleep(STAND_SECONDS)
        await connection.execute(f"LISTEN {CHANNEL}".encode())
        async with connection.transaction():
            await connection.execute(f"SELECT pg_advisory_xact_lock({self._writer})".encode())
            return int(await _first(connection, b"UPDATE engine SET term = term + 1 RETURNING term"))

    async def _serve(self, connection: Connection, term: int, work: InTerm) -> bool:
        """Whether the work came to its end; if not, the server was lost, and the work was cancelled."""
        working = asyncio.ensure_future(work(term))
        watching = asyncio.create_task(self._watch(connection))
        try:
            await asyncio.wait([working, watching], return_when=asyncio.FIRST_COMPLETED)
        finally:
            has_ended = working.done()
            working.cancel()
            watching.cancel()
            lost, failed = await asyncio.gather(watching, working, return_exceptions=True)
        if has_ended:
            if isinstance(failed, Exception):
                raise failed
            return True
        log.warning("The queue stops here: the database does not answer (%s)", first_line(lost))
        return False

    async def _watch(self, connection: Connection) -> None:
        """Raises psycopg's Error or TimeoutError once the connection is lost, and the lock with it."""
        while True:
            async for notify in connection.notifies(timeout=LOOK_SECONDS):
                if notify.payload != self._id:
                    self._changed.set()
            async with asyncio.timeout(ANSWER_SECONDS):
                await connection.execute(b"SELECT 1")
            self._changed.set()


async def _first(connection: Connection, statement: bytes) -> Any:
    row = await (await connection.execute(statement)).fetchone()
    return row[0] if row else None


def first_line(error: object) -> str:
    """What went wrong, in one line without a full stop."""
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
