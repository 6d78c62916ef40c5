"""Copying everything that one database holds into another, empty one, and comparing the two."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from bot.errors import StartupError
from bot.store.connections import Params, Row
from bot.store.database import Database
from bot.store.personal import TABLES
from bot.store.personal.table import Table
from bot.texts.startup import COPY_DIFFERS, NOT_EMPTY

BATCH = 300  # rows in one statement, which may have 32,766 values
NUL, REPLACEMENT = "\0", "\ufffd"  # PostgreSQL's text cannot hold the one, and has the other in its place


@dataclass(frozen=True)
class Moved:
    """A table: how many rows it has, and a hash of all of them, which is the same in both databases."""

    table: str
    rows: int
    sha256: str


async def move(source: Database, target: Database) -> tuple[Moved, ...]:
    """Copy all rows, their numbers included, or none. Nobody else writes in either database meanwhile; the source stays as it is.

    Raises `StartupError` if the target has rows, or what it holds in the end is not what the source holds.
    """
    async with source.transaction(), target.transaction():
        for table in TABLES:
            if await target.fetch_all(f"SELECT 1 FROM {table.name} LIMIT 1"):  # noqa: S608  # our own SQL
                raise StartupError(NOT_EMPTY.format(table=table.name))
        await target.connections.defer_references()
        moved = [await _copy(table, source, target) for table in TABLES]
        await target.connections.continue_after(await _last_numbers(source))
        for copied in moved:
            table = next(table for table in TABLES if table.name == copied.table)
            if await _look(table, target) != copied:
                raise StartupError(COPY_DIFFERS.format(table=table.name))
    return tuple(moved)


async def _copy(table: Table, source: Database, target: Database) -> Moved:
    found = _Fingerprint(table)
    async for rows in _batches(table, source):
        found.add(rows)
        values: dict[str, object] = {}
        for place, row in enumerate(rows):
            values |= {f"{column}_{place}": row[column] for column in table.columns}
        marks = ", ".join(
            f"({', '.join(f':{column}_{place}' for column in table.columns)})" for place in range(len(rows))
        )
        await target.write(f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES {marks}", values)  # noqa: S608  # our own SQL
    return found.made


async def _look(table: Table, database: Database) -> Moved:
    found = _Fingerprint(table)
    async for rows in _batches(table, database):
        found.add(rows)
    return found.made


async def _batches(table: Table, database: Database) -> AsyncIterator[Sequence[Row]]:
    """All rows by their primary key, whose order is the same in both systems."""
    key = table.key.split(", ")
    after: Params = {}
    while True:
        marks = ", ".join(f":{column}" for column in key)
        where = f" WHERE ({table.key}) > ({marks})" if after else ""
        rows = await database.fetch_all(
            f"SELECT {', '.join(table.columns)} FROM {table.name}{where} ORDER BY {table.key} LIMIT {BATCH}",  # noqa: S608  # our own SQL
            after,
        )
        if rows:
            yield rows
        if len(rows) < BATCH:
            return
        after = {column: rows[-1][column] for column in key}


class _Fingerprint:
    def __init__(self, table: Table) -> None:
        self._table = table
        self._rows = 0
        self._sha256 = hashlib.sha256()

    def add(self, rows: Sequence[Row]) -> None:
        """The next rows."""
        self._rows += len(rows)
        for row in rows:
            self._sha256.update(repr([_comparable(row[column]) for column in self._table.columns]).encode())

    @property
    def made(self) -> Moved:
        """Of all rows that were added."""
        return Moved(self._table.name, self._rows, self._sha256.hexdigest())


def _comparable(value: object) -> object:
    return value.replace(NUL, REPLACEMENT) if isinstance(value, str) else value


async def _last_numbers(database: Database) -> dict[str, int]:
    """The number that was given last, also where its row is gone; the largest where the database does not remember it."""
    numbers = dict(await database.connections.last_numbers())
    for table in TABLES:
        if table.key == "id":
            (row,) = await database.fetch_all(f"SELECT COALESCE(MAX(id), 0) AS last FROM {table.name}")  # noqa: S608  # our own SQL
            numbers[table.name] = max(numbers.get(table.name, 0), row["last"])
    return {table: number for table, number in numbers.items() if number}
