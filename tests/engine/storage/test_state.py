"""The engine's state: whole transactions, places in lists that outlive deletions, and databases of earlier engines."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from openai.types import FileObject

from engine.storage.state import Cursor, State, StateError, UnknownCursorError, open_state
from tests.engine.databases import database_of

FIRST_SCHEMA = """
CREATE TABLE documents (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, id TEXT NOT NULL, parent TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (kind, id)
);
CREATE INDEX documents_by_parent ON documents (kind, parent, position);
PRAGMA user_version = 1;
"""


def file(number: int) -> FileObject:
    return FileObject(
        id=f"file-{number}", bytes=1, created_at=1, filename="a", object="file", purpose="fine-tune", status="processed"
    )


async def add(state: State, *numbers: int, parent: str = "fine-tune") -> None:
    for number in numbers:
        async with state.transaction():
            await state.files.add(file(number), parent)


async def delete(state: State, *numbers: int) -> None:
    for number in numbers:
        async with state.transaction():
            assert await state.files.delete(f"file-{number}")


async def page(state: State, after: int | str, *, oldest_first: bool = False, parent: str | None = None) -> list[str]:
    found, _ = await state.files.page(Cursor(2, f"file-{after}", oldest_first), parent)
    return [stored.id for stored in found]


@pytest.mark.parametrize("turns", range(8))
async def test_a_cancelled_writer_leaves_no_transaction_open(tmp_path: Path, turns: int) -> None:
    async with open_state(tmp_path, database_of(tmp_path)) as state:
        writer = asyncio.create_task(add(state, 1))
        for _ in range(turns):
            await asyncio.sleep(0)
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
        async with asyncio.timeout(5):
            await add(state, 2)


async def test_nobody_reads_what_may_yet_be_rolled_back(tmp_path: Path) -> None:
    async with open_state(tmp_path, database_of(tmp_path)) as state:
        readers: list[asyncio.Task[FileObject | None]] = []

        async def break_off() -> None:
            async with state.transaction():
                await state.files.add(file(1))
                assert await state.files.get("file-1")
                readers.append(asyncio.create_task(state.files.get("file-1")))
                await asyncio.sleep(0.01)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await break_off()
        assert await readers[0] is None


async def test_a_list_goes_on_from_the_place_of_what_was_deleted(tmp_path: Path) -> None:
    async with open_state(tmp_path, database_of(tmp_path)) as state:
        await add(state, 1, 2, 3, 4, 5)
        await delete(state, 3, 4)
        assert await page(state, 3) == ["file-2", "file-1"]
        assert await page(state, 4) == ["file-2", "file-1"]
        assert await page(state, 3, oldest_first=True) == ["file-5"]
        assert await page(state, 4, parent="fine-tune") == ["file-2", "file-1"]
    async with open_state(tmp_path, database_of(tmp_path)) as state:
        assert await page(state, 4) == ["file-2", "file-1"]


async def test_a_place_that_never_was_in_the_list_is_refused(tmp_path: Path) -> None:
    async with open_state(tmp_path, database_of(tmp_path)) as state:
        await add(state, 1, 2)
        await add(state, 3, parent="other")
        for after, parent in (("nowhere", None), (3, "fine-tune")):
            with pytest.raises(UnknownCursorError):
                await page(state, after, parent=parent)


@pytest.mark.sqlite
async def test_places_survive_a_vacuum_and_are_never_given_twice(tmp_path: Path) -> None:
    async with open_state(tmp_path, database_of(tmp_path)) as state:
        await add(state, 1, 2, 3)
        await delete(state, 1, 3)
        await state._database._connection.execute("VACUUM")  # type: ignore[attr-defined]  # SQLite's
        await add(state, 4)
        assert await page(state, 3, oldest_first=True) == ["file-4"]
        assert await page(state, 3) == ["file-2"]


@pytest.mark.sqlite
async def test_a_database_of_the_first_engine_opens_and_one_of_a_newer_does_not(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "engine.db")) as database:
        database.executescript(FIRST_SCHEMA)
        values = ("file", "file-1", "fine-tune", file(1).model_dump_json())
        database.execute("INSERT INTO documents (kind, id, parent, document) VALUES (?, ?, ?, ?)", values)
        database.commit()
    async with open_state(tmp_path, database_of(tmp_path)) as state:
        assert await state.files.list() == [file(1)]
        await delete(state, 1)
    with closing(sqlite3.connect(tmp_path / "engine.db")) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(StateError, match="was written by a newer engine"):
        async with open_state(tmp_path, database_of(tmp_path)):
            pass
