"""Consistent copies of the database file, and checks of such copies."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.errors import StartupError
from bot.store.integrity import read_only
from bot.store.schema import migrations
from bot.texts.startup import NO_DATABASE

FILES = "SELECT sha256, validation_sha256 FROM datasets WHERE removed_at IS NULL"
OLD_FILES = "SELECT sha256 FROM datasets"  # before datasets could be split and removed
SPLIT_AND_REMOVED = 2  # the first version in which they could


def copy_database(source: Path, target: Path) -> None:
    """Copy the database as of one moment, even while the bot writes. Blocks. Raises `StartupError` if it is missing or unreadable."""
    if not source.exists():
        raise StartupError(NO_DATABASE.format(path=source))
    try:
        with (
            closing(sqlite3.connect(read_only(source), uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE")  # one file, without a -wal beside it
    except sqlite3.DatabaseError as error:
        raise StartupError(f"Cannot read the database {source}: {error}.") from error


def dataset_files(database: Path) -> frozenset[str]:
    """The SHA-256 of each dataset file that a database refers to.

    Blocks. Raises `StartupError` if the file is damaged, is no database of the bot's, or is newer than this program.
    """
    try:
        with closing(sqlite3.connect(read_only(database), uri=True)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (state,) = connection.execute("PRAGMA integrity_check").fetchone()
            if state != "ok":
                raise StartupError(f"The database is damaged: {state}.")
            if version > (newest := migrations()[-1][0]):
                raise StartupError(f"The database has version {version}, and this program only knows {newest}.")
            rows = connection.execute(FILES if version >= SPLIT_AND_REMOVED else OLD_FILES)
            return frozenset(sha256 for row in rows for sha256 in row if sha256)
    except sqlite3.DatabaseError as error:
        raise StartupError(f"The database cannot be read: {error}.") from error
