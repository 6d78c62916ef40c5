"""A database that is damaged or newer is refused with one sentence, and not a byte of it changes."""

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import bot.store.integrity
from bot.errors import StartupError
from bot.store.database import open_database
from bot.store.integrity import state_of, was_cut_off
from bot.store.schema import migrations
from tests.bot.parts import count
from tests.wire.process import ROOT

pytestmark = pytest.mark.sqlite

NEWEST = migrations()[-1][0]
ROWS = 1000
WRITE_AND_DIE = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA journal_mode = WAL")
database.execute(sys.argv[2])
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A database, cleanly closed, with rows in the middle of its file; its folder has characters that an address would escape."""
    path = tmp_path / "what? #1" / "punchline.db"
    async with open_database(path) as database:
        for number in range(ROWS):
            await database.write(
                "INSERT INTO app_state VALUES (:key, :value)", {"key": str(number), "value": "x" * 500}
            )
    return path


def killed_after(path: Path, statement: str) -> None:
    """Another process writes this, and is killed before it closes the file."""
    done = subprocess.run([sys.executable, "-c", WRITE_AND_DIE, path, statement], check=False, cwd=ROOT)  # noqa: S603  # our own code
    assert done.returncode == -signal.SIGKILL


def prints(path: Path) -> dict[str, str]:
    """What the database's files are, but for the index of the log, which holds nothing of its own."""
    files = [file for file in path.parent.iterdir() if not file.name.endswith("-shm")]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def damage(path: Path) -> None:
    """Overwrite pages in the middle, as a failing disk does."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(3 * 4096))


async def refusal(path: Path) -> str:
    with pytest.raises(StartupError) as refused:
        async with open_database(path):
            pass
    return str(refused.value)


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
async def test_a_newer_database_is_refused_untouched(path: Path, mode: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA journal_mode = {mode}")
        database.execute("PRAGMA user_version = 99")
    before = prints(path)
    assert await refusal(path) == (
        f"The database has version 99, and this program only knows {NEWEST}. Install the newer program."
    )
    assert prints(path) == before


async def test_a_newer_database_whose_bot_was_killed_is_refused_untouched(path: Path) -> None:
    killed_after(path, "PRAGMA user_version = 99")
    before = prints(path)
    assert set(before) == {"punchline.db", "punchline.db-wal"}
    assert "version 99" in await refusal(path)
    assert prints(path) == before


async def test_a_damaged_database_is_refused_untouched_and_the_mend_is_named(path: Path) -> None:
    damage(path)
    before = prints(path)
    said = await refusal(path)
    assert said.startswith(f"The database {path} is damaged (")
    assert said.endswith(
        "). Nothing was changed. Move it away with its -wal and -shm files, and put back a backup: `python -m bot restore FILE`."
    )
    assert "\n" not in said
    assert prints(path) == before


async def test_a_large_file_is_read_whole_only_after_an_end_that_was_not_clean(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.store.integrity, "SMALL_BYTES", 1024)
    damage(path)
    async with open_database(path) as database:  # what is damaged is not looked at by a start
        assert await database.fetch_one("PRAGMA user_version") is not None
    assert not was_cut_off(path)
    killed_after(path, "CREATE TABLE more (a)")
    assert was_cut_off(path)
    assert "is damaged" in await refusal(path)


async def test_what_a_killed_bot_had_committed_is_there(path: Path) -> None:
    killed_after(path, "INSERT INTO app_state VALUES ('last', 'words')")
    async with open_database(path) as database:
        assert await count(database, "app_state") == ROWS + 1


async def test_a_transaction_that_was_cut_off_in_another_mode_is_rolled_back_first(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
    half = WRITE_AND_DIE.replace("WAL", "DELETE").replace(
        "database.execute(sys.argv[2])",
        "database.execute('PRAGMA cache_size = 1'); database.execute('BEGIN'); database.execute(sys.argv[2])",
    )
    statement = "UPDATE app_state SET value = 'half'"
    done = subprocess.run([sys.executable, "-c", half, path, statement], check=False, cwd=ROOT)  # noqa: S603, ASYNC221  # our own code, and over in a moment
    assert done.returncode == -signal.SIGKILL
    assert path.with_name("punchline.db-journal").exists()  # a local file
    async with open_database(path) as database:
        assert await database.fetch_all("SELECT 1 FROM app_state WHERE value = 'half'") == []


async def test_the_whole_look_reads_indexes_too(path: Path) -> None:
    assert state_of(path) == (NEWEST, "ok")
    damage(path)
    version, said = state_of(path)
    assert version == NEWEST
    assert said != "ok"
