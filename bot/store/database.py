"""One SQLite file: opened, upgraded, read from anywhere, written in one transaction at a time."""

import asyncio
import os
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import aiosqlite

from bot.errors import DatabaseBusyError, StartupError
from bot.store.integrity import examine
from bot.texts.common import DATABASE_BUSY

Params = Mapping[str, object]
Row = sqlite3.Row

# Discord gives three seconds to acknowledge a command. Who answers one gives up before, waiting for other writers or for another
# process; once it is acknowledged there is more time, and work in the background has most.
TURN_SECONDS, ACKNOWLEDGED_TURN_SECONDS, BACKGROUND_TURN_SECONDS, BUSY_MILLISECONDS = 2.0, 20.0, 60.0, 500
turn_seconds: ContextVar[float] = ContextVar("turn_seconds", default=TURN_SECONDS)
# Whether Discord still waits for the acknowledgement of what the current task answers: such a writer goes before all others.
goes_first: ContextVar[bool] = ContextVar("goes_first", default=False)
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
)


def hurry(*, acknowledged: bool) -> None:
    """Say whether Discord has the acknowledgement of what the current task answers."""
    goes_first.set(not acknowledged)
    turn_seconds.set(ACKNOWLEDGED_TURN_SECONDS if acknowledged else TURN_SECONDS)


class Database:
    """Readers see what is committed; a writer holds the only lock from BEGIN to COMMIT.

    Inside `transaction()` the task's own reads and writes go through the writing connection, and a nested `transaction()`
    joins the outer one. Never await the network inside. A writer whose turn does not come gets `DatabaseBusyError`.
    """

    def __init__(self, writer: aiosqlite.Connection, reader: aiosqlite.Connection) -> None:
        self._writer = writer
        self._reader = reader
        self._lock = asyncio.Lock()
        self._line = asyncio.Lock()  # only the first of the others waits for the lock beside those who go first
        self._owner: asyncio.Task[object] | None = None
        self._subscribers: defaultdict[str, list[asyncio.Event]] = defaultdict(list)
        self._announced: set[str] = set()  # in the transaction under way

    def subscribe(self, topic: str) -> asyncio.Event:
        """An event that is set after every commit in which the topic was announced. The subscriber clears it."""
        event = asyncio.Event()
        self._subscribers[topic].append(event)
        return event

    def announce(self, topic: str) -> None:
        """Wake the topic's subscribers: once the transaction has been committed, or at once where there is none."""
        if self._owns():
            self._announced.add(topic)
        else:
            self._wake(topic)

    def _wake(self, topic: str) -> None:
        for event in self._subscribers[topic]:
            event.set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Commit everything written inside, or nothing."""
        if self._owns():
            yield
            return
        async with self._turn():
            self._owner = asyncio.current_task()
            self._announced.clear()
            committed = False
            try:
                await self._execute("BEGIN IMMEDIATE")  # begins even if the task is cancelled meanwhile
                yield
                await self._writer.commit()
                committed = True
            finally:
                self._owner = None
                if not committed:
                    await self._writer.rollback()  # comes before the next BEGIN even if the task is cancelled again
            for topic in self._announced:
                self._wake(topic)

    async def write(self, sql: str, params: Params | None = None) -> Row | None:
        """Run one statement, in a transaction of its own unless there is one; returns the first row of a RETURNING."""
        if self._owns():
            return await self._execute(sql, params)
        async with self._turn():  # a single statement commits itself
            return await self._execute(sql, params)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(turn_seconds.get()):
                    if not goes_first.get():
                        await held.enter_async_context(self._line)
                    await held.enter_async_context(self._lock)
            except TimeoutError as error:
                raise DatabaseBusyError(DATABASE_BUSY) from error
            yield

    async def _execute(self, sql: str, params: Params | None = None) -> Row | None:
        return next(iter(await _run(self._writer, sql, params)), None)

    async def insert(self, table: str, values: Params, clause: str = "") -> Row | None:
        """Add a row of a known table; `clause` may be an ON CONFLICT. Returns the row, or None if the conflict dropped it."""
        columns = ", ".join(values)
        marks = ", ".join(f":{column}" for column in values)
        sql = f"INSERT INTO {table} ({columns}) VALUES ({marks}) {clause} RETURNING *"  # noqa: S608  # names from our code
        return await self.write(sql, {column: storable(value) for column, value in values.items()})

    async def change(self, sql: str, params: Params | None = None) -> int:
        """Run one statement as `write` does; returns how many rows it changed, without those that went with them."""
        async with self.transaction():
            await self._execute(sql, params)
            row = await self._execute("SELECT changes() AS rows")
        return int(row["rows"]) if row else 0

    async def rewrite(self) -> bool:
        """Write the whole file anew, so that nothing of what was deleted is left in it or in its log. Readers go on, writers wait.

        False where another process reads the old state; then the log still has it. See docs/decisions.md.
        """
        async with self._turn():
            await self._execute("VACUUM")
            row = await self._execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return row is not None and row[0] == 0

    async def fetch_one(self, sql: str, params: Params | None = None) -> Row | None:
        """The first row, or None."""
        return next(iter(await self.fetch_all(sql, params)), None)

    async def fetch_all(self, sql: str, params: Params | None = None) -> Sequence[Row]:
        """All rows, in order."""
        return await _run(self._writer if self._owns() else self._reader, sql, params)

    def _owns(self) -> bool:
        return self._owner is not None and self._owner is asyncio.current_task()


async def _run(connection: aiosqlite.Connection, sql: str, params: Params | None) -> Sequence[Row]:
    try:
        return list(await connection.execute_fetchall(sql, params or {}))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise DatabaseBusyError(DATABASE_BUSY) from error
        raise


@asynccontextmanager
async def open_database(path: Path) -> AsyncIterator[Database]:
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
        yield Database(writer, reader)


@contextmanager
def only_user_of(path: Path) -> Iterator[None]:
    """Be the only bot on a database, by a lock on an empty file beside it; the system lets go of it when the process ends.

    Raises `StartupError` where another one is running.
    """
    file = path.with_name(f"{path.name}.lock")
    _make_private(file)
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise StartupError(
                f"Another bot is running on the database {path}. Stop it, or set DATABASE_URL."
            ) from error
        yield


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


def migrations() -> list[tuple[int, str]]:
    """The numbered scripts in order, as (version, SQL)."""
    folder = resources.files("bot.store.migrations")
    scripts = [entry for entry in folder.iterdir() if entry.name.endswith(".sql")]
    return sorted((int(entry.name.split("_")[0]), entry.read_text("utf-8")) for entry in scripts)


async def _upgrade(connection: aiosqlite.Connection) -> None:
    rows = await connection.execute_fetchall("PRAGMA user_version")
    version = next(iter(rows))[0]
    scripts = await asyncio.to_thread(migrations)
    for number, script in scripts:
        if number > version:
            try:
                await connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;")
            finally:
                await connection.rollback()


def to_text(moment: datetime) -> str:
    """A moment as it is stored: ISO 8601 in UTC with microseconds, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def storable(value: object) -> object:
    """The value in a type that SQLite stores."""
    return to_text(value) if isinstance(value, datetime) else value


def from_text(text: str) -> datetime:
    """The moment that `to_text` wrote."""
    return datetime.fromisoformat(text)


def read_moments(row: Row, *names: str) -> dict[str, Any]:
    """The row's values by column, those named as moments (or None)."""
    values = dict(row)
    return values | {name: from_text(values[name]) for name in names if values[name] is not None}
