"""Durable state: every object is a JSON document in the collection of its kind, in SQLite or PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from openai.types import FileObject
from openai.types.fine_tuning import FineTuningJobEvent
from openai.types.fine_tuning.jobs import FineTuningJobCheckpoint
from pydantic import BaseModel

from engine.concurrency.tasks import off_loop, to_the_end
from engine.protocol.objects import StoredJob, StoredModel
from engine.storage.database import Database, Row, StateError, Work
from engine.storage.directory import check_without_database
from engine.storage.sqlite import open_sqlite

__all__ = ["Collection", "Cursor", "State", "StateError", "UnknownCursorError", "open_state"]

DocumentT = TypeVar("DocumentT", bound=BaseModel)

_IN_PARENT = "(CAST(:parent AS TEXT) IS NULL OR parent = :parent)"


@dataclass(frozen=True)
class Cursor:
    """A page asked for: how many, after which id, oldest or newest first."""

    limit: int
    after: str | None = None
    oldest_first: bool = False


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
        await self._state.write(f"INSERT INTO deleted SELECT kind, id, parent, position {place}", row)
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
        return await self._read(
            f"{self._state.dialect.field.format(name=field)} IN ({wanted}) ORDER BY position", named
        )

    async def total(self, field: str) -> int:
        wanted = self._state.dialect.total.format(name=field)
        ((total,),) = await self._rows(f"SELECT {wanted} FROM documents WHERE kind = :kind", {})  # noqa: S608 - fixed text
        return int(total)

    async def ids(self) -> set[str]:
        return {str(row[0]) for row in await self._rows("SELECT id FROM documents WHERE kind = :kind", {})}

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
            conditions.append(self._state.dialect.metadata.format(number=number))
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

    async def _rows(self, statement: str, values: Mapping[str, object]) -> Sequence[Row]:
        return await self._state.read(statement, {**values, "kind": self._kind})


class State:
    """The collections, and the transactions that change them together."""

    def __init__(self, database: Database) -> None:
        self._database, self.dialect = database, database.dialect
        self._lock = asyncio.Lock()
        self._reading: AbstractAsyncContextManager[None] = nullcontext() if database.is_shared else self._lock
        self._writer: asyncio.Task[object] | None = None
        self.files = Collection(self, "file", FileObject)
        self.jobs = Collection(self, "job", StoredJob)
        self.events = Collection(self, "event", FineTuningJobEvent)
        self.checkpoints = Collection(self, "checkpoint", FineTuningJobCheckpoint)
        self.models = Collection(self, "model", StoredModel)

    @property
    def is_shared(self) -> bool:
        """Whether other processes use the same state and data directory."""
        return self._database.is_shared

    @property
    def changed_elsewhere(self) -> asyncio.Event:
        """Set while this process is elected and another one may have changed something. Who waits for it clears it."""
        return self._database.changed_elsewhere

    async def while_elected(self, work: Work) -> None:
        """Do what only one process may do at a time, whenever it is this one; of SQLite's it always is."""
        await self._database.while_elected(work)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """One writer at a time; everything inside is stored together or not at all. One within another belongs to that."""
        if self._writes():
            yield
            return
        async with self._lock:
            self._writer, committed = asyncio.current_task(), False
            try:
                await self._database.begin()
                yield
                await self._database.commit()
                committed = True
            finally:
                self._writer = None
                if not committed:
                    await to_the_end(self._database.roll_back())

    async def read(self, statement: str, values: Mapping[str, object]) -> Sequence[Row]:
        """Rows. Who is not in a transaction sees nothing that may yet be rolled back."""
        if self._writes():
            return await self._database.execute(statement, values)
        async with self._reading:
            return await self._database.read(statement, values)

    async def write(self, statement: str, values: Mapping[str, object]) -> int:
        """How many rows were changed. Needs an open transaction of this task's."""
        if not self._writes():
            raise RuntimeError("a collection was written outside a transaction")
        return await self._database.change(statement, values)

    def _writes(self) -> bool:
        return self._writer is not None and self._writer is asyncio.current_task()


@asynccontextmanager
async def open_state(folder: Path, database: str = "") -> AsyncIterator[State]:
    """Open the state of the data directory `folder`: its SQLite file, for this process alone, or PostgreSQL's `database`.

    Raises StateError where it cannot be used, or is not this directory's.
    """
    if database:
        try:
            from engine.storage.postgres_opening import open_postgres  # noqa: PLC0415 - one engine needs no such package
        except ModuleNotFoundError as error:
            raise StateError("A database on PostgreSQL needs psycopg: pip install '.[postgres]'.") from error
        async with open_postgres(database, folder) as opened:
            yield State(opened)
        return
    check_without_database(folder)
    async with open_sqlite(folder) as file:
        yield State(file)


def _id(document: BaseModel) -> str:
    return str(getattr(document, "id"))  # noqa: B009 - every stored model has one, which the type cannot say
