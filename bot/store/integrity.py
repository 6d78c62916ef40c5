"""A look at the database file before it is opened for writing: one that is damaged or newer is left exactly as it is."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.errors import StartupError

# A start reads a small file whole, and a large one only after an end that was not clean (a kill, a power cut): `quick_check` takes
# 0.8 s a gigabyte from memory, and as long as the disk needs otherwise.
SMALL_BYTES = 64 * 1024**2
DAMAGED = (
    "The database {path} is damaged ({reason}). Nothing was changed. Move it away with its -wal and -shm files, and put back a backup: "
    "`python -m bot restore FILE`."
)
NEWER = "The database has version {version}, and this program only knows {newest}. Install the newer program."
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def read_only(path: Path) -> str:
    """The address under which SQLite opens a file for reading alone; use it with `uri=True`."""
    return f"{path.absolute().as_uri()}?mode=ro"


def examine(path: Path, newest: int) -> None:
    """Raise `StartupError` if the database is newer than this program's schema `newest`, or damaged. Blocks.

    A missing or an empty file is neither.
    """
    if not path.is_file() or not path.stat().st_size:
        return
    with closing(sqlite3.connect(_careful_address(path), uri=True)) as connection:
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > newest:
                raise StartupError(NEWER.format(version=version, newest=newest))
            if path.stat().st_size <= SMALL_BYTES or was_cut_off(path):
                (reason,) = connection.execute("PRAGMA quick_check(1)").fetchone()
                if reason != "ok":
                    raise StartupError(DAMAGED.format(path=path, reason=one_line(reason)))
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in DAMAGE:
                raise
            raise StartupError(DAMAGED.format(path=path, reason=error)) from error


def was_cut_off(path: Path) -> bool:
    """Whether whoever wrote last did not close the file: a clean end leaves no log behind. So does one who writes now."""
    log = _log_of(path)
    return log.exists() and log.stat().st_size > 0


def _careful_address(path: Path) -> str:
    """For reading alone. Where there is no log nobody has the file open, and SQLite is told so: else it would leave an empty log.

    A journal (of another mode, which the bot leaves at once) must be rolled back before the file means anything.
    """
    if path.with_name(f"{path.name}-journal").exists():
        return f"{path.absolute().as_uri()}?mode=rw"
    return read_only(path) + ("" if _log_of(path).exists() else "&immutable=1")


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def one_line(reason: object) -> str:
    """SQLite's finding without its heading."""
    return " ".join(line for line in str(reason).splitlines() if not line.startswith("***")) or str(reason)


def state_of(path: Path) -> tuple[int, str]:
    """Schema version, and `ok` or what is damaged, after reading the whole file and its indexes. Blocks. Raises `sqlite3.Error`."""
    with closing(sqlite3.connect(read_only(path), uri=True)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (reason,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    return version, one_line(reason)
