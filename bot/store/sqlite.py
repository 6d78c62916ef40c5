"""A database in one SQLite file: a connection that writes, one that reads, and one more for what takes long."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path

import aiosqlite

from bot.errors import DatabaseBusyError, StartupError
from bot.store.connections import BUSY_MILLISECONDS, Params, Row, State
from bot.store.integrity import examine, read_only, state_of
from bot.store.schema import migrations, snapshot
from bot.texts.common import DATABASE_BUSY
from bot.texts.startup import ANOTHER_BOT

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
)


class SqliteConnections:
    """See `Connections`. Each connection has a thread of its own."""

    def __init__(self, path: Path, writer: aiosqlite.Connection, reader: aiosqlite.Connection) -> None:
        self._path = path
        self._writer = writer
        self._reader = reader

    @property
    def is_gone(self) -> bool:
        """A file is there."""
        return False

    async def ready(self) -> None:
        """At once."""

    async def begin(self) -> None:
        """Take the file's only lock for writers."""
        await _run(self._writer, "BEGIN IMMEDIATE", {})  # begins even if the task is cancelled meanwhile

    async def commit(self) -> None:
        """Commit."""
        await self._writer.commit()

    async def roll_back(self) -> None:
        """Roll back. It comes before the next BEGIN even if the task is cancelled again."""
        await self._writer.rollback()

    async def execute(self, sql: str, params: Params) -> Sequence[Row]:
        """Run a statement on the writing connection."""
        return await _run(self._writer, sql, params)

    async def execute_each(self, statements: Sequence[tuple[str, Params]]) -> Sequence[Sequence[Row] | Exception]:
        """All in one commit and one way to the thread and back; if one of them fails, each by itself."""
        found: Sequence[Sequence[Row] | Exception] = await self._writer._execute(  # type: ignore[no-untyped-call]  # runs a function there
            _execute_each, self._writer._conn, statements
        )
        return [_busy(one) or one if isinstance(one, sqlite3.OperationalError) else one for one in found]

    async def change(self, sql: str, params: Params) -> int:
        """Run it, and ask how many rows that changed."""
        await _run(self._writer, sql, params)
        (row,) = await _run(self._writer, "SELECT changes() AS rows", {})
        return int(row["rows"])

    async def read(self, sql: str, params: Params) -> Sequence[Row]:
        """Run a statement on the reading connection."""
        return await _run(self._reader, sql, params)

    async def read_long(self, sql: str, params: Params) -> Sequence[Row]:
        """Run it on a connection of its own."""
        return await asyncio.to_thread(self._read_alone, sql, params)

    def _read_alone(self, sql: str, params: Params) -> Sequence[Row]:
        with closing(sqlite3.connect(read_only(self._path), uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(sql, params).fetchall()

    async def tell(self, topics: Sequence[str]) -> None:
        """There is nobody else to tell: one bot has the file."""

    @asynccontextmanager
    async def listening(self, heard: Callable[[str | None], None]) -> AsyncIterator[None]:  # noqa: ARG002  # see `Connections`
        """Likewise nobody tells anything."""
        yield

    async def rewrite(self) -> bool:
        """Write the whole file anew. False where another process reads the old state; then the log still has it."""
        await _run(self._writer, "VACUUM", {})
        (row,) = await _run(self._writer, "PRAGMA wal_checkpoint(TRUNCATE)", {})
        return bool(row[0] == 0)

    async def state(self) -> State:
        """Read the whole file, indexes too."""
        version, found = await asyncio.to_thread(state_of, self._path)
        size = sum(file.stat().st_size for file in (self._path, _beside(self._path, "-wal")) if file.exists())
        return State(version, size, f"SQLite {sqlite3.sqlite_version}", None if found == "ok" else found)

    async def defer_references(self) -> None:
        """Until the end of the transaction."""
        await _run(self._writer, "PRAGMA defer_foreign_keys = ON", {})

    async def last_numbers(self) -> Mapping[str, int]:
        """SQLite remembers them for the tables that use none twice."""
        return {row["name"]: row["seq"] for row in await self.read("SELECT name, seq FROM sqlite_sequence", {})}

    async def continue_after(self, numbers: Mapping[str, int]) -> None:
        """The others go on from their largest number."""
        tables = await _run(self._writer, "SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'", {})
        for table in {row["name"] for row in tables} & numbers.keys():
            await _run(self._writer, "DELETE FROM sqlite_sequence WHERE name = :table", {"table": table})
            statement = "INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :number)"
            await _run(self._writer, statement, {"table": table, "number": numbers[table]})


async def _run(connection: aiosqlite.Connection, sql: str, params: Params) -> Sequence[Row]:
    try:
        return list(await connection.execute_fetchall(sql, params))
    except sqlite3.OperationalError as error:
        if busy := _busy(error):
            raise busy from error
        raise


def _busy(error: sqlite3.OperationalError) -> DatabaseBusyError | None:
    """What stands for this error, if another process has the file."""
    return DatabaseBusyError(DATABASE_BUSY) if error.sqlite_errorcode == sqlite3.SQLITE_BUSY else None


def _execute_each(
    connection: sqlite3.Connection, statements: Sequence[tuple[str, Params]]
) -> list[Sequence[Row] | Exception]:
    try:
        connection.execute("BEGIN IMMEDIATE")
        found: list[Sequence[Row] | Exception] = [
            connection.execute(sql, params).fetchall() for sql, params in statements
        ]
        connection.execute("COMMIT")
    except Exception:  # noqa: BLE001  # whose statement it was shows when each runs by itself
        connection.rollback()
        return [_execute_alone(connection, sql, params) for sql, params in statements]
    return found


def _execute_alone(connection: sqlite3.Connection, sql: str, params: Params) -> Sequence[Row] | Exception:
    try:
        return connection.execute(sql, params).fetchall()
    except Exception as error:  # noqa: BLE001  # it is raised where the statement came from
        return error


@asynccontextmanager
async def open_sqlite(path: Path) -> AsyncIterator[SqliteConnections]:
    """Open the file (made with its folders if missing) and bring its schema up to date; closes on leaving.

    Raises `StartupError` if the file is damaged or newer than this program, which leaves it untouched, or if an upgrade fails.
    """
    async with AsyncExitStack() as stack:
        try:
            await asyncio.to_thread(examine, path, (await asyncio.to_thread(migrations))[-1][0])
            await asyncio.to_thread(_make_private, path)
            writer = await stack.enter_async_context(_connect(path))
            await _upgrade(writer)
            reader = await stack.enter_async_context(_connect(path))
        except (sqlite3.DatabaseError, OSError) as error:
            raise StartupError(
                f"Cannot use the database {path}: {getattr(error, 'strerror', None) or error}."
            ) from error
        yield SqliteConnections(path, writer, reader)


@contextmanager
def only_user_of(path: Path) -> Iterator[None]:
    """Be the only bot on a database, by a lock on an empty file beside it; the system lets go of it when the process ends.

    Raises `StartupError` where another one is running.
    """
    file = _beside(path, ".lock")
    _make_private(file)
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise StartupError(ANOTHER_BOT.format(address=path)) from error
        yield


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _make_private(path: Path) -> None:
    """Make the folder and the file for their owner alone, and tighten the files that are there already."""
    if not path.parent.exists():
        path.parent.mkdir(parents=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    for file in (path, *path.parent.glob(f"{path.name}-*")):  # SQLite gives its own files the mode of the first
        file.chmod(0o600)


@asynccontextmanager
async def _connect(path: Path) -> AsyncIterator[aiosqlite.Connection]:
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        connection.row_factory = sqlite3.Row
        for pragma in PRAGMAS:
            await connection.execute(pragma)
        yield connection


def _due(version: int) -> list[tuple[int, str]]:
    """The scripts that bring a file of this version up to date."""
    scripts, (whole, all_at_once) = migrations(), snapshot()
    if version == 0 and whole in dict(scripts):
        return [(whole, all_at_once), *((number, script) for number, script in scripts if number > whole)]
    return [(number, script) for number, script in scripts if number > version]


async def _upgrade(connection: aiosqlite.Connection) -> None:
    rows = await connection.execute_fetchall("PRAGMA user_version")
    version = next(iter(rows))[0]
    for number, script in await asyncio.to_thread(_due, version):
        try:
            await connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;")
        finally:
            await connection.rollback()
