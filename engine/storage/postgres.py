"""The state in PostgreSQL, which several processes share. Writers of all processes take turns."""

import asyncio
import errno
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, TypeAlias
from uuid import uuid4

from psycopg import AsyncConnection, Error, InterfaceError, OperationalError, errors
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool

from engine.storage.database import DatabaseUnavailableError, DeposedError, Dialect, Row, Values, Work
from engine.storage.election import CHANNEL, Election

Connection: TypeAlias = AsyncConnection[tuple[Any, ...]]

MOST_CONNECTIONS = 8
WAIT_SECONDS = 10.0  # for a connection, and for another writer
WRITER = 0x70756E65  # the number of the lock that the one writer of all processes holds
_BEGIN = f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({WRITER}); SELECT term FROM engine"  # noqa: S608 - a number of ours
_BUSY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)
_GONE = (OperationalError, InterfaceError, errors.IdleInTransactionSessionTimeout, TimeoutError)
_TOLD_BUSY = "The engine's database is busy. Try again."
_TOLD_GONE = "The engine's database does not answer right now. Try again."

# PostgreSQL's JSON cannot be read where a text in it has the character NUL, which clients may well send: there it is read as U+FFFD.
_JSON = (
    r"CAST(CASE WHEN strpos(document, '\u0000') > 0"
    r" THEN regexp_replace(document, '(?<!\\)((\\\\)*)\\u0000', '\1\\ufffd', 'g') ELSE document END AS JSON)"
)
_DIALECT = Dialect(
    field=f"({_JSON} ->> '{{name}}')",
    total=f"COALESCE(SUM(CAST({_JSON} ->> '{{name}}' AS BIGINT)), 0)",
    metadata=f"({_JSON} -> 'metadata' ->> :key{{number}}) = :value{{number}}",
)
_PARAMETER = re.compile(r":(\w+)")

# The term in which the current task's work is done: set where only the elected process may do it.
elected_term: ContextVar[int | None] = ContextVar("elected_term", default=None)


class DatabaseFullError(DatabaseUnavailableError):
    """The database server's disk is full."""

    errno = errno.ENOSPC


class PostgresDatabase:
    """See `Database`. A connection that breaks is replaced; what was under way on it was taken back by the server."""

    dialect = _DIALECT
    is_shared = True

    def __init__(self, pool: AsyncConnectionPool[Connection], url: str) -> None:
        self._pool = pool
        self._writer: Connection | None = None  # in the transaction under way
        self._id = uuid4().hex  # tells this process's commits from others'
        self.changed_elsewhere = asyncio.Event()
        self._election = Election(url, self._id, WRITER, self.changed_elsewhere)

    async def begin(self) -> None:
        """Begin, and wait for the lock that one writer of all processes has."""
        for is_last in self._tries():
            self._writer = await self._get()
            try:
                newest = await _begin(self._writer)
            except DatabaseUnavailableError:
                if is_last or not self._writer.closed:
                    raise
                await self.roll_back()
            else:
                if elected_term.get() not in (None, newest):
                    raise DeposedError("Another engine process has been elected.")
                return

    async def commit(self) -> None:
        """Commit, and wake the elected process."""
        writer = self._writer
        if writer is None or writer.info.transaction_status is not TransactionStatus.INTRANS:
            raise DatabaseUnavailableError(_TOLD_GONE)  # a statement failed: PostgreSQL would roll back, and not say so
        with _told():
            await writer.execute(f"SELECT pg_notify('{CHANNEL}', '{self._id}'); COMMIT".encode())
        self._writer = None
        await self._pool.putconn(writer)

    async def roll_back(self) -> None:
        """Roll back, on the connection that the transaction had."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        try:
            await writer.rollback()
        except Error:
            await writer.close()
        await self._pool.putconn(writer)

    async def execute(self, statement: str, values: Values) -> Sequence[Row]:
        return (await _run(self._in_transaction(), statement, values))[0]

    async def change(self, statement: str, values: Values) -> int:
        return (await _run(self._in_transaction(), statement, values))[1]

    async def read(self, statement: str, values: Values) -> Sequence[Row]:
        """On a connection of the pool; on others where it turns out to be broken."""
        for is_last in self._tries():
            async with self._connection() as connection:
                try:
                    return (await _run(connection, statement, values))[0]
                except DatabaseUnavailableError:
                    if is_last or not connection.closed:
                        raise
        raise DatabaseUnavailableError(_TOLD_GONE)

    async def while_elected(self, work: Work) -> None:
        """By a lock that the server gives one process at a time."""

        async def in_term(term: int) -> None:
            elected_term.set(term)
            await work()

        await self._election.while_elected(in_term)

    def _in_transaction(self) -> Connection:
        if self._writer is None:
            raise RuntimeError("there is no transaction")
        return self._writer

    def _tries(self) -> Iterator[bool]:
        """As often as connections of the pool may be broken, and once more; true at the last."""
        yield from (number == MOST_CONNECTIONS for number in range(MOST_CONNECTIONS + 1))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        connection = await self._get()
        try:
            yield connection
        finally:
            await asyncio.shield(self._pool.putconn(connection))

    async def _get(self) -> Connection:
        with _told():
            return await self._pool.getconn(WAIT_SECONDS)


async def _begin(connection: Connection) -> int:
    """Begin as the only writer; the number of the newest term."""
    with _told():
        cursor = await connection.execute(_BEGIN.encode())
        while cursor.nextset():
            pass
        row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def _run(connection: Connection, statement: str, values: Values) -> tuple[Sequence[Row], int]:
    """The rows, and how many there are or were changed."""
    with _told():
        cursor = await connection.execute(
            _for_driver(statement), {name: _storable(one) for name, one in values.items()}
        )
        return (await cursor.fetchall() if cursor.description else []), cursor.rowcount


@lru_cache(maxsize=256)
def _for_driver(statement: str) -> bytes:
    """A statement with `:name` as one with `%(name)s`."""
    return _PARAMETER.sub(r"%(\1)s", statement.replace("%", "%%")).encode()


def _storable(value: object) -> object:
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong around the statements, as errors of ours."""
    try:
        yield
    except errors.DiskFull as error:
        raise DatabaseFullError("The disk of the engine's database is full.") from error
    except _BUSY as error:
        raise DatabaseUnavailableError(_TOLD_BUSY) from error
    except _GONE as error:
        raise DatabaseUnavailableError(_TOLD_GONE) from error
