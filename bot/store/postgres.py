"""A PostgreSQL database. Readers and the one writer of this process take connections from a pool; writers of all processes take turns."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from uuid import uuid4

from psycopg import Error, InterfaceError, OperationalError, errors
from psycopg.errors import Diagnostic
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from bot.errors import DatabaseBusyError
from bot.store.connections import TURN_SECONDS, Params, Row, State, turn_seconds
from bot.store.personal import TABLES
from bot.store.postgres_outage import Connection, Outage
from bot.store.postgres_sql import statement
from bot.texts.common import DATABASE_BUSY, DATABASE_GONE

log = logging.getLogger(__name__)

CHANNEL = "punchline"  # of announcements
LOOK_SECONDS, LISTEN_AGAIN_SECONDS = 10.0, 1.0
ATTEMPT_SECONDS = 0.5  # after which whoever waits for a connection looks why
WRITER = 0x70756E63  # the number of the lock that whoever writes in several statements holds, in whichever process
TRIES, PAUSE_SECONDS = 10, 0.1  # of rewriting a table
BEGIN = f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({WRITER})".encode()
AT_ONCE = 4  # statements that write; readers have the other connections
BUSY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)


class PostgresConnections:
    """See `Connections`. A broken connection is replaced by the pool; what was under way on it was taken back by the server."""

    def __init__(self, pool: AsyncConnectionPool[Connection], outage: Outage) -> None:
        self._pool = pool
        self._outage = outage
        self._writer: Connection | None = None  # in the transaction under way
        self._id = uuid4().hex  # tells what this process announces from what others do

    @property
    def is_gone(self) -> bool:
        """Whether the last try to connect failed, and no connection is left."""
        return self._outage.is_on

    async def ready(self) -> None:
        """Wait until the server answers. Nobody else has to wait for whoever does this."""
        with _told():
            async with asyncio.timeout(_patience()):
                await self._outage.over()

    async def begin(self) -> None:
        """Begin, and wait for the lock that one writer of all processes has. All writers wait for this: an outage ends it soon."""
        self._writer = await self._get(alone=True)
        with _told():
            await self._writer.execute(BEGIN)

    async def _get(self, *, alone: bool = False) -> Connection:
        """A connection that lives, which must be given back. The pool's own check pauses after each broken one.

        With `alone` it does not wait for the end of an outage.
        """
        with _told():
            async with asyncio.timeout(_patience()):
                while True:
                    if alone and self._outage.is_on:
                        raise PoolTimeout
                    try:
                        connection = await self._pool.getconn(ATTEMPT_SECONDS)
                    except PoolTimeout:
                        continue
                    async with AsyncExitStack() as unless_it_lives:
                        unless_it_lives.push_async_callback(self._pool.putconn, connection)
                        with suppress(Error):
                            await AsyncConnectionPool.check_connection(connection)
                            unless_it_lives.pop_all()
                            return connection

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        connection = await self._get()
        try:
            yield connection
        finally:
            await asyncio.shield(self._pool.putconn(connection))

    async def commit(self) -> None:
        """Commit. If the connection breaks meanwhile, nobody knows whether that was done."""
        if self._writer is None or self._writer.info.transaction_status is not TransactionStatus.INTRANS:
            raise RuntimeError("a statement of this transaction failed")  # PostgreSQL would roll back, and not say so
        with _told():
            await self._writer.execute(b"COMMIT")
        writer, self._writer = self._writer, None
        await self._pool.putconn(writer)

    async def roll_back(self) -> None:
        """Roll back. The next transaction has another connection, and waits for the lock."""
        writer, self._writer = self._writer, None
        if writer is not None:
            await asyncio.shield(self._give_back(writer))

    async def _give_back(self, writer: Connection) -> None:
        try:
            await writer.rollback()
        except Error:
            await writer.close()
        await self._pool.putconn(writer)

    async def execute(self, sql: str, params: Params) -> Sequence[Row]:
        """Run a statement in the transaction, else by itself. One statement needs no lock."""
        if self._writer is None:
            return await self.read(sql, params)
        return (await _run(self._writer, sql, params))[0]

    async def execute_each(self, statements: Sequence[tuple[str, Params]]) -> Sequence[Sequence[Row] | Exception]:
        """Each commits itself, some at a time, which share what the disk takes. In one transaction they would hold locks on rows that
        another process waits for."""
        free = asyncio.Semaphore(AT_ONCE)

        async def run(sql: str, params: Params) -> Sequence[Row] | Exception:
            async with free:
                try:
                    return await self.read(sql, params)
                except Exception as error:  # noqa: BLE001  # it is raised where the statement came from
                    return error

        return await asyncio.gather(*(run(sql, params) for sql, params in statements))

    async def change(self, sql: str, params: Params) -> int:
        """Run it in the transaction."""
        if self._writer is None:
            raise RuntimeError("there is no transaction")
        return (await _run(self._writer, sql, params))[1]

    async def read(self, sql: str, params: Params) -> Sequence[Row]:
        """Run it on a connection of the pool."""
        async with self._connection() as connection:
            return (await _run(connection, sql, params))[0]

    async def read_long(self, sql: str, params: Params) -> Sequence[Row]:
        """The same: there are connections for others."""
        return await self.read(sql, params)

    async def tell(self, topics: Sequence[str]) -> None:
        """By NOTIFY, which PostgreSQL sends with the commit."""
        for topic in topics:
            await self.execute(
                "SELECT pg_notify(:channel, :topic)", {"channel": CHANNEL, "topic": f"{self._id} {topic}"}
            )

    @asynccontextmanager
    async def listening(self, heard: Callable[[str | None], None]) -> AsyncIterator[None]:
        """By LISTEN, on a connection of its own."""
        task = asyncio.create_task(self._listen(heard), name="announcements")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _listen(self, heard: Callable[[str | None], None]) -> None:
        while True:
            try:
                async with self._pool.connection() as connection:
                    await self._hear(connection, heard)
            except (Error, PoolTimeout):
                log.warning("Announcements of other processes are not heard. It is tried again.")
            await asyncio.sleep(LISTEN_AGAIN_SECONDS)

    async def _hear(self, connection: Connection, heard: Callable[[str | None], None]) -> None:
        await connection.execute(f"LISTEN {CHANNEL}".encode())
        try:
            heard(None)
            while True:
                async for notify in connection.notifies(timeout=LOOK_SECONDS):
                    sender, _, topic = notify.payload.partition(" ")
                    if sender != self._id:
                        heard(topic)
                await connection.execute(b"SELECT 1")  # whether it lives
        finally:
            await connection.close()  # the pool opens another: this one would go on listening

    async def rewrite(self) -> bool:
        """Write each table anew; who reads it waits. False where somebody holds a table, or may still see what was deleted."""
        try:
            async with self._connection() as connection:
                return all([await _rewritten(connection, table.name) for table in TABLES])
        except DatabaseBusyError:
            return False

    async def state(self) -> State:
        """PostgreSQL looks after its files itself, so no damage is told."""
        (row,) = await self.read(STATE, {})
        return State(row["version"], row["bytes"], f"PostgreSQL {row['server']}", None)

    async def defer_references(self) -> None:
        """Until the end of the transaction."""
        await self.execute("SET CONSTRAINTS ALL DEFERRED", {})

    async def last_numbers(self) -> Mapping[str, int]:
        """What the sequences say."""
        return {row["name"]: row["number"] for row in await self.execute(NUMBERS, {}) if row["number"]}

    async def continue_after(self, numbers: Mapping[str, int]) -> None:
        """Set the sequences."""
        for row in await self.execute(NUMBERS, {}):
            if number := numbers.get(row["name"]):
                sequence = {"sequence": row["sequence"], "number": number}
                await self.execute("SELECT setval(CAST(:sequence AS REGCLASS), :number)", sequence)


def _patience() -> float:
    """How many seconds the current task may wait."""
    return max(TURN_SECONDS, turn_seconds.get())


STATE = (
    "SELECT version, pg_database_size(current_database()) AS bytes, current_setting('server_version') AS server"
    " FROM schema_version"
)
NUMBERS = (
    "SELECT name, sequence, pg_sequence_last_value(CAST(sequence AS REGCLASS)) AS number FROM ("
    " SELECT c.relname AS name, pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS sequence"
    " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''"
    " WHERE c.relnamespace = CAST(quote_ident(current_schema()) AS REGNAMESPACE)) AS numbered"
)


async def _rewritten(connection: Connection, table: str) -> bool:
    """Whether no dead row is left. Whoever just connects to the server keeps some for a moment, so it is tried more than once."""
    kept = list[str]()

    def note(notice: Diagnostic) -> None:
        kept.extend(re.findall(r"^[1-9]\d*", notice.message_detail or ""))  # dead rows that could not be left out

    connection.add_notice_handler(note)
    try:
        for _ in range(TRIES):
            kept.clear()
            with _told():
                await connection.execute(f"VACUUM (FULL, VERBOSE) {table}".encode())
            if not kept:
                return True
            await asyncio.sleep(PAUSE_SECONDS)
    finally:
        connection.remove_notice_handler(note)
    return False


async def _run(connection: Connection, sql: str, params: Params) -> tuple[Sequence[Row], int]:
    """The rows, and how many there are or were changed."""
    with _told():
        cursor = await connection.execute(statement(sql), params)
        return (await cursor.fetchall() if cursor.description else []), cursor.rowcount


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong around the statements, in words for those who asked."""
    try:
        yield
    except BUSY as error:
        raise DatabaseBusyError(DATABASE_BUSY) from error
    except (OperationalError, InterfaceError, TimeoutError) as error:
        raise DatabaseBusyError(DATABASE_GONE) from error
