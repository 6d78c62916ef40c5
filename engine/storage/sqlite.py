"""The state as one SQLite file, for one process."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiosqlite

from engine.storage.database import Dialect, Row, StateError, Values, Work

FILE = "engine.db"
_VERSION = 2
# `deleted` keeps the place of what is gone, so that a list can go on from there.
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS documents (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    parent TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS documents_by_parent ON documents (kind, parent, position);
CREATE TABLE IF NOT EXISTS deleted (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    parent TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
COMMIT;
"""
_DIALECT = Dialect(
    field="json_extract(document, '$.{name}')",
    total="total(json_extract(document, '$.{name}'))",
    metadata="EXISTS (SELECT 1 FROM json_each(document, '$.metadata') WHERE key = :key{number} AND value = :value{number})",
)


class SQLiteDatabase:
    """See `Database`. Its one connection is the writer's while a transaction is under way."""

    dialect = _DIALECT
    is_shared = False

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self.changed_elsewhere = asyncio.Event()  # never

    async def begin(self) -> None:
        """Begins even if the task is cancelled meanwhile."""
        await self._connection.execute("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        await self._connection.commit()

    async def roll_back(self) -> None:
        await self._connection.rollback()

    async def execute(self, statement: str, values: Values) -> Sequence[Row]:
        return [tuple(row) for row in await self._connection.execute_fetchall(statement, values)]

    async def change(self, statement: str, values: Values) -> int:
        async with self._connection.execute(statement, values) as done:
            return done.rowcount

    async def read(self, statement: str, values: Values) -> Sequence[Row]:
        """The caller sees to it that no transaction is under way."""
        return await self.execute(statement, values)

    async def while_elected(self, work: Work) -> None:
        """There is no other process."""
        await work()


@asynccontextmanager
async def open_sqlite(folder: Path) -> AsyncIterator[SQLiteDatabase]:
    """Open the state in the file under `folder`, as `open_sqlite_connection` does."""
    async with open_sqlite_connection(folder) as connection:
        yield SQLiteDatabase(connection)


@asynccontextmanager
async def open_sqlite_connection(folder: Path) -> AsyncIterator[aiosqlite.Connection]:
    """Open the file under `folder`, for this process alone. Raises StateError where another one has it."""
    path = folder / FILE
    try:
        connection = await aiosqlite.connect(path, isolation_level=None, timeout=1)
    except (OSError, sqlite3.Error) as error:
        raise StateError(f"The data directory {folder} cannot be used: {error}") from error
    try:
        await _prepare(connection, path)
        yield connection
    finally:
        await connection.close()


async def _prepare(connection: aiosqlite.Connection, path: Path) -> None:
    """Lock the file for as long as it is open (the system lets go of it even after kill -9) and make the tables."""
    pragmas = ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL")
    try:
        for pragma in pragmas:
            await connection.execute(f"PRAGMA {pragma}")
        ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
        if version > _VERSION:
            raise StateError(f"{path} was written by a newer engine: run that one, or give --data-dir.")
        if version < _VERSION:
            await connection.executescript(_SCHEMA)
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise StateError(f"Another engine is using {path.parent}: stop it or give --data-dir.") from error
        raise StateError(f"{path} cannot be used: {error}.") from error


def count_documents(folder: Path) -> int:
    """How many objects the file under `folder` has; 0 where there is none. Raises StateError where it cannot be read."""
    path = folder / FILE
    if not path.exists() or not path.stat().st_size:
        return 0
    try:
        with closing(sqlite3.connect(path, timeout=1)) as connection:
            known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'documents'").fetchone()
            return int(connection.execute("SELECT COUNT(*) FROM documents").fetchone()[0]) if known else 0
    except sqlite3.Error as error:
        raise StateError(f"{path} cannot be used: {error}.") from error
