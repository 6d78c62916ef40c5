"""Durable state: one SQLite file in which every object is a JSON document in the collection of its kind."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import aiosqlite
from openai.types import FileObject
from openai.types.fine_tuning import FineTuningJobEvent
from openai.types.fine_tuning.jobs import FineTuningJobCheckpoint
from pydantic import BaseModel

from engine.concurrency.tasks import off_loop
from engine.protocol.objects import StoredJob, StoredModel
from engine.storage.publication import Publication

DocumentT = TypeVar("DocumentT", bound=BaseModel)

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
_IN_PARENT = "(:parent IS NULL OR parent = :parent)"
_METADATA_HAS = """
EXISTS (SELECT 1 FROM json_each(document, '$.metadata') WHERE key = :key{number} AND value = :value{number})
"""


@dataclass(frozen=True)
class Cursor:
    """A page asked for: how many, after which id, oldest or newest first."""

    limit: int
    after: str | None = None
    oldest_first: bool = False


class StateError(Exception):
    """The data directory cannot be used; the text is one line for the operator."""


class UnknownCursorError(Exception):
    """A page was asked for after an id that was never in its list."""


class Collection(Generic[DocumentT]):
    """The documents of one kind, in the order in which they were added. Writes need an open transaction."""

    def __init__(self, state: "State", kind: str, model: type[DocumentT]) -> None:
        self._state, self._kind, self._model = state, kind, model

    async def add(self, document: DocumentT, parent: str = "") -> None:
        row = {"id": _id(document), "parent": parent, "document": document.model_dump_json()}
        statement = "INSERT INTO documents (kind, id, parent, document) VALUES (:kind, :id, :parent, :document)"
        await self._state.write(statement, {"kind": self._kind, **row})

    async def update(self, document: DocumentT) -> None:
        row = {"kind": self._kind, "id": _id(document), "document": document.model_dump_json()}
        await self._state.write("UPDATE documents SET document = :document WHERE kind = :kind AND id = :id", row)

    async def delete(self, document_id: str) -> bool:
        """Delete a document, but remember its place; false where there was none."""
        place, row = "FROM documents WHERE kind = :kind AND id = :id", {"kind": self._kind, "id": document_id}
        await self._state.write(f"INSERT OR REPLACE INTO deleted SELECT kind, id, parent, position {place}", row)
        return await self._state.write(f"DELETE {place}", row) > 0

    async def get(self, document_id: str) -> DocumentT | None:
        found = await self._read("id = :id", {"id": document_id})
        return found[0] if found else None

    async def list(self, parent: str | None = None) -> Sequence[DocumentT]:
        return await self._read(f"{_IN_PARENT} ORDER BY position", {"parent": parent})

    async def having(self, field: str, *values: str) -> Sequence[DocumentT]:
        """The documents whose field has one of these values, oldest first."""
        named = {f"value{number}": value for number, value in enumerate(values)}
        wanted = ", ".join(f":{name}" for name in named)
        condition = f"json_extract(document, :field) IN ({wanted}) ORDER BY position"
        return await self._read(condition, {"field": f"$.{field}", **named})

    async def total(self, field: str) -> int:
        statement = "SELECT total(json_extract(document, :field)) FROM documents WHERE kind = :kind"
        ((total,),) = await self._rows(statement, {"field": f"$.{field}"})
        return int(total)

    async def page(
        self, cursor: Cursor, parent: str | None = None, metadata: Mapping[str, str] | None = None
    ) -> tuple[Sequence[DocumentT], bool]:
        """A page of documents, and whether more follow. Raises UnknownCursorError."""
        conditions, order = [_IN_PARENT], "ASC" if cursor.oldest_first else "DESC"
        values: dict[str, object] = {"parent": parent, "limit": cursor.limit + 1}
        if cursor.after is not None:
            conditions.append(f"position {'>' if cursor.oldest_first else '<'} :place")
            values["place"] = await self._place(cursor.after, parent)
        for number, (key, value) in enumerate((metadata or {}).items()):
            conditions.append(_METADATA_HAS.format(number=number))
            values |= {f"key{number}": key, f"value{number}": value}
        found = await self._read(f"{' AND '.join(conditions)} ORDER BY position {order} LIMIT :limit", values)
        return found[: cursor.limit], len(found) > cursor.limit

    async def _place(self, document_id: str, parent: str | None) -> int:
        """Where a document stands in its list, or stood before it was deleted."""
        known = " UNION ALL ".join(
            f"SELECT position FROM {table} WHERE kind = :kind AND id = :id AND {_IN_PARENT}"  # noqa: S608 - fixed text
            for table in ("documents", "deleted")
        )
        rows = await self._rows(known, {"id": document_id, "parent": parent})
        if not rows:
            raise UnknownCursorError(document_id)
        return int(rows[0][0])

    async def _read(self, condition: str, values: Mapping[str, object]) -> Sequence[DocumentT]:
        statement = f"SELECT document FROM documents WHERE kind = :kind AND {condition}"  # noqa: S608 - fixed text
        rows = await self._rows(statement, values)
        documents = [str(row[0]) for row in rows]
        return await off_loop(sum(map(len, documents)), lambda: [*map(self._model.model_validate_json, documents)])

    async def _rows(self, statement: str, values: Mapping[str, object]) -> Sequence[sqlite3.Row]:
        return await self._state.read(statement, {**values, "kind": self._kind})


class State:
    """The collections, and the transactions that change them together."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()
        self._writer: asyncio.Task[object] | None = None
        self.files = Collection(self, "file", FileObject)
        self.jobs = Collection(self, "job", StoredJob)
        self.events = Collection(self, "event", FineTuningJobEvent)
        self.checkpoints = Collection(self, "checkpoint", FineTuningJobCheckpoint)
        self.models = Collection(self, "model", StoredModel)
        self.publications = Collection(self, "publication", Publication)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """One writer at a time; everything inside is stored together or not at all."""
        async with self._lock:
            self._writer, committed = asyncio.current_task(), False
            try:
                await self._connection.execute("BEGIN IMMEDIATE")  # begins even if the task is cancelled meanwhile
                yield
                await self._connection.commit()
                committed = True
            finally:
                self._writer = None
                if not committed:
                    await self._connection.rollback()

    async def read(self, statement: str, values: Mapping[str, object]) -> Sequence[sqlite3.Row]:
        """Rows. Who is not in a transaction waits for the one that is, and sees nothing that may yet be rolled back."""
        if self._writer is asyncio.current_task():
            return [*await self._connection.execute_fetchall(statement, values)]
        async with self._lock:
            return [*await self._connection.execute_fetchall(statement, values)]

    async def write(self, statement: str, values: Mapping[str, object]) -> int:
        """How many rows were changed. Needs an open transaction of this task's."""
        if self._writer is not asyncio.current_task():
            raise RuntimeError("a collection was written outside a transaction")
        async with self._connection.execute(statement, values) as done:
            return done.rowcount


@asynccontextmanager
async def open_state(folder: Path) -> AsyncIterator[State]:
    """Open the state under `folder`, for this process alone. Raises StateError where another one has it."""
    path = folder / "engine.db"
    try:
        connection = await aiosqlite.connect(path, isolation_level=None, timeout=1)
    except (OSError, sqlite3.Error) as error:
        raise StateError(f"The data directory {folder} cannot be used: {error}") from error
    try:
        await _prepare(connection, path)
        yield State(connection)
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


def _id(document: BaseModel) -> str:
    return str(getattr(document, "id"))  # noqa: B009 - every stored model has one, which the type cannot say
