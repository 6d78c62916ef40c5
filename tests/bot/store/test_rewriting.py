"""Rewriting the database file: what was deleted is in no byte of it, and others go on meanwhile."""

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.store.app_state import AppStateStore
from bot.store.database import BACKGROUND_TURN_SECONDS, Database, turn_seconds

pytestmark = pytest.mark.sqlite

SECRET = "secret-of-a-member"


async def fill(database: Database, rows: int, size: int, seed: int = 3) -> None:
    """Texts of many lengths, some of which are written anew: SQLite then moves others between pages, and leaves copies behind."""
    chance, keys = random.Random(seed), list[str]()  # noqa: S311 - no secret
    async with database.transaction():
        for number in range(rows):
            owner = SECRET if chance.random() < 0.3 else "other"
            keys.append(f"{owner} {number}")
            await database.insert("app_state", {"key": keys[-1], "value": owner * chance.randrange(1, size)})
            if chance.random() < 0.3:
                key = chance.choice(keys)
                value = key.split()[0] * chance.randrange(1, size)
                await database.write(
                    "UPDATE app_state SET value = :value WHERE key = :key", {"key": key, "value": value}
                )


def bytes_of(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob("punchline.db*"))


@pytest.mark.parametrize("seed", [3, 4, 5, 7])  # with each of them SQLite 3.40 leaves copies in spite of secure_delete
async def test_nothing_of_what_was_deleted_is_left_in_the_file_or_its_log(
    database: Database, tmp_path: Path, seed: int
) -> None:
    await fill(database, 800, 60, seed)
    assert SECRET.encode() in bytes_of(tmp_path / "punchline.db")
    await database.write("DELETE FROM app_state WHERE key LIKE :mine", {"mine": f"{SECRET}%"})
    assert await database.rewrite()
    assert SECRET.encode() not in bytes_of(tmp_path / "punchline.db")
    assert (tmp_path / "punchline.db-wal").stat().st_size == 0


async def test_reads_go_on_and_writes_wait(database: Database) -> None:
    turn_seconds.set(BACKGROUND_TURN_SECONDS)
    await fill(database, 4000, 400)
    state, reads = AppStateStore(database), 0
    rewriting = asyncio.create_task(database.rewrite())
    await asyncio.sleep(0)
    writing = asyncio.create_task(state.set("while", "rewriting"))
    while not rewriting.done():
        assert await state.get("none") is None
        await asyncio.sleep(0.001)
        reads += 1
    assert await rewriting
    await writing
    assert reads > 3
    assert await state.get("while") == "rewriting"


async def test_while_another_process_reads_the_log_is_not_cut(database: Database, tmp_path: Path) -> None:
    await fill(database, 20, 40)
    with closing(sqlite3.connect(tmp_path / "punchline.db", isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT COUNT(*) FROM app_state").fetchone()
        assert not await database.rewrite()
    assert await database.rewrite()
