"""An engine's state, copied from its SQLite file into PostgreSQL."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite

from engine.storage.database import StateError
from engine.storage.directory import claim
from engine.storage.postgres import Connection
from engine.storage.postgres_opening import prepared, set_directory
from engine.storage.sqlite import FILE, open_sqlite_connection

_BATCH = 1000
_COLUMNS = {"documents": "position, kind, id, parent, document", "deleted": "position, kind, id, parent"}


async def move(folder: Path, url: str) -> dict[str, int]:
    """Copy all, compare counts and hashes, and put the file aside as engine.db.moved. How many rows of each table there are.

    Raises StateError where an engine runs on either side, or the database has objects already; then nothing has changed.
    """
    if not (folder / FILE).exists():
        raise StateError(f"{folder} has no {FILE}: give --data-dir the directory that the engine used.")
    async with open_sqlite_connection(folder) as source, prepared(url) as target:
        counts = {table: await _copy(source, target, table) for table in _COLUMNS}
        await target.execute(
            b"SELECT setval(pg_get_serial_sequence('documents', 'position'), GREATEST(1, (SELECT MAX(position) FROM"
            b" (SELECT position FROM documents UNION ALL SELECT position FROM deleted) AS places)))"
        )
        await set_directory(target, await asyncio.to_thread(claim, folder))
    await asyncio.to_thread(_put_aside, folder)
    return counts


def _put_aside(folder: Path) -> None:
    for left in list(folder.glob(f"{FILE}*")):
        left.replace(left.with_name(f"{left.name}.moved"))


async def _copy(source: aiosqlite.Connection, target: Connection, table: str) -> int:
    columns = _COLUMNS[table]
    marks = ", ".join(["%s"] * len(columns.split(",")))
    (known,) = await (await target.execute(f"SELECT COUNT(*) FROM {table}".encode())).fetchone() or (0,)  # noqa: S608 - ours
    if known:
        raise StateError("The database has an engine's objects already: give an empty one.")
    async with target.cursor() as cursor:
        async for rows in _batches(source, table):
            statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - ours
            await cursor.executemany(statement.encode(), rows)
    there = await _hash_of_target(target, table)
    here = await _hash_of_source(source, table)
    if here != there:
        raise StateError(f"The copy of {table} differs from {FILE}: nothing was moved.")
    return here[0]


async def _batches(source: aiosqlite.Connection, table: str) -> AsyncIterator[list[tuple[object, ...]]]:
    order = f"SELECT {_COLUMNS[table]} FROM {table} ORDER BY position"  # noqa: S608 - ours
    async with source.execute(order) as cursor:
        while rows := await cursor.fetchmany(_BATCH):
            yield [tuple(row) for row in rows]


async def _hash_of_source(source: aiosqlite.Connection, table: str) -> tuple[int, str]:
    count, digest = 0, hashlib.sha256()
    async for rows in _batches(source, table):
        count += len(rows)
        digest.update(repr(rows).encode())
    return count, digest.hexdigest()


async def _hash_of_target(target: Connection, table: str) -> tuple[int, str]:
    count, digest = 0, hashlib.sha256()
    async with target.cursor("moved") as cursor:
        await cursor.execute(f"SELECT {_COLUMNS[table]} FROM {table} ORDER BY position".encode())  # noqa: S608 - ours
        while rows := await cursor.fetchmany(_BATCH):
            count += len(rows)
            digest.update(repr(rows).encode())
    return count, digest.hexdigest()
